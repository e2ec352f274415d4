/** What every `LanguageModel` keeps to; run against the fake, the extractive and the OpenAI-compatible one. */
import { describe, expect, it } from 'vitest';
import { PerseaError } from '../../src/core/errors.ts';
import { type SealedPrompt, sealPrompt } from '../../src/egress/sealed-prompt.ts';
import type { GenerateEvent, GenerateRequest, LanguageModel } from '../../src/llm/language-model.ts';
import { requestFor } from '../support/context-window.ts';
import { openEgress } from '../support/guarded.ts';

const documents = [{ documentId: 'leave', text: 'Parental leave is 26 weeks. It is paid in full.' }];

export async function eventsOf(model: LanguageModel, request: GenerateRequest): Promise<GenerateEvent[]> {
  const events: GenerateEvent[] = [];
  for await (const event of model.generate(request)) events.push(event);
  return events;
}

/** @param setUp gives a model that answers `documents` with at least one sentence marked `[1]` */
export function languageModelContract(name: string, setUp: () => LanguageModel): void {
  describe(`the contract of a language model: ${name}`, () => {
    it('yields text, then exactly one finish', async () => {
      const model = setUp();
      const events = await eventsOf(model, requestFor(documents));
      expect(events.map((event) => event.type).lastIndexOf('text-delta')).toBe(events.length - 2);
      expect(events.filter((event) => event.type === 'finish')).toHaveLength(1);
      expect(events.at(-1)).toMatchObject({ type: 'finish', finishReason: 'stop' });
      const text = events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
      expect(text).toContain('[1]');
    });

    it('counts tokens as whole numbers', async () => {
      const model = setUp();
      const finish = (await eventsOf(model, requestFor(documents))).at(-1);
      if (finish?.type !== 'finish') throw new Error('The last event is not a finish.');
      expect(Number.isInteger(finish.inputTokens) && finish.inputTokens >= 0).toBe(true);
      expect(Number.isInteger(finish.outputTokens) && finish.outputTokens >= 0).toBe(true);
    });

    it('gives the same answer to the same request', async () => {
      const model = setUp();
      const first = await eventsOf(model, requestFor(documents));
      expect(await eventsOf(model, requestFor(documents))).toEqual(first);
    });

    it('throws `aborted` from the iterator, never from the call', async () => {
      const model = setUp();
      expect(() => model.generate(requestFor(documents, { signal: AbortSignal.abort() }))).not.toThrow();
      const thrown = await eventsOf(model, requestFor(documents, { signal: AbortSignal.abort() })).then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(thrown).toBeInstanceOf(PerseaError);
      expect(thrown).toMatchObject({ code: 'aborted' });
    });

    it('refuses a prompt that may not reach its zone, and one that was not sealed', async () => {
      const model = setUp();
      const request = requestFor(documents);
      const nowhere = { public: [], internal: [], confidential: [] };
      const closed = sealPrompt(request.prompt, request.window.items, nowhere);
      await expect(eventsOf(model, { ...request, prompt: closed })).rejects.toMatchObject({ code: 'egress-refused' });
      const forged = { ...request.prompt, mayReach: () => true, covers: () => true } as unknown as SealedPrompt;
      await expect(eventsOf(model, { ...request, prompt: forged })).rejects.toMatchObject({ code: 'internal' });
      const unnamed = sealPrompt(request.prompt, [], openEgress);
      await expect(eventsOf(model, { ...request, prompt: unnamed })).rejects.toMatchObject({ code: 'internal' });
    });

    it('declares what egress and budgets need', async () => {
      const model = setUp();
      expect(model.contextTokens).toBeGreaterThan(0);
      expect(['local', 'private', 'external']).toContain(model.zone);
      expect(model.tokens.count('')).toBe(0);
      expect(model.tokens.count('parental leave')).toBeGreaterThanOrEqual(2);
    });
  });
}
