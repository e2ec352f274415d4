import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { PerseaError } from '../../src/core/errors.ts';
import { type CircuitBreakerOptions, withCircuitBreaker } from '../../src/llm/circuit-breaker.ts';
import { withDeadline } from '../../src/llm/deadline.ts';
import type { GenerateEvent, GenerateRequest } from '../../src/llm/language-model.ts';
import { eventsOf, languageModelContract } from '../contract/language-model-contract.ts';
import { requestFor } from '../support/context-window.ts';
import { FakeLanguageModel, type FakeLanguageModelOptions } from '../support/fake-language-model.ts';
import { ManualClock } from '../support/manual-clock.ts';

const request = requestFor([{ documentId: 'leave', text: 'Parental leave is 26 weeks.' }]);
const broken = new PerseaError('model-failed', 'broken');
const answer = 'Parental leave is 26 weeks. [1]';

languageModelContract('a circuit breaker', () => withCircuitBreaker(new FakeLanguageModel({ reply: answer })));

function circuit(reply: FakeLanguageModelOptions['reply'], options: CircuitBreakerOptions = {}) {
  const fake = new FakeLanguageModel({ reply });
  const clock = new ManualClock();
  const opened: string[] = [];
  const model = withCircuitBreaker(fake, {
    failures: 3,
    unsupported: 2,
    openMs: 1000,
    longestOpenMs: 3000,
    clock,
    onOpen: (message) => opened.push(message),
    ...options,
  });
  const ask = (more: Partial<GenerateRequest> = {}) =>
    eventsOf(model, { ...request, ...more }).then(
      () => 'answered',
      (thrown: PerseaError) => (thrown.message.includes('left alone') ? 'left alone' : thrown.code),
    );
  return { fake, clock, opened, model, ask };
}

describe('a circuit breaker', () => {
  it('leaves a model alone that fails again and again, says so, and asks nothing of it meanwhile', async () => {
    const { fake, opened, ask } = circuit(broken);
    expect([await ask(), await ask(), await ask()]).toEqual(Array(3).fill('model-failed'));
    expect([await ask(), await ask()]).toEqual(['left alone', 'left alone']);
    expect(fake.calls).toHaveLength(3);
    expect(opened).toEqual([expect.stringContaining('"fake" is left alone for 1 s: 3 failures in a row')]);
  });

  it('counts using up the time for a question, where the model had most of it', async () => {
    const endless = {
      ...new FakeLanguageModel({ reply: answer }),
      async *generate({ signal }: GenerateRequest): AsyncGenerator<GenerateEvent> {
        while (signal?.aborted !== true) {
          yield { type: 'text-delta', text: 'well, ' };
          await setTimeout(1);
        }
        throw new PerseaError('aborted', 'stopped');
      },
    };
    const opened: string[] = [];
    const model = withCircuitBreaker(endless, { failures: 2, onOpen: (message) => opened.push(message) });
    const ask = async (wholeMs: number, leftMs: number, signal?: AbortSignal) => {
      const deadline = { wholeMs, remainingMs: () => leftMs };
      const asked = { ...request, deadline, ...(signal === undefined ? {} : { signal }) };
      return eventsOf(withDeadline(model), asked).catch((thrown: PerseaError) => thrown.message);
    };
    expect(await ask(40, 40)).toContain('The time for the answer was over');
    // Only a rest was left to this one, and of this one the asker had enough.
    for (let call = 0; call < 3; call++) await ask(200, 20);
    await ask(10_000, 10_000, AbortSignal.timeout(20));
    expect(opened).toEqual([]);
    expect(await ask(40, 40)).toContain('The time for the answer was over');
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    expect(await ask(40, 40)).toContain('left alone');
  });

  it('counts only failures one after another', async () => {
    const { ask } = circuit([broken, broken, answer, broken, broken, answer]);
    for (const outcome of ['model-failed', 'model-failed', 'answered', 'model-failed', 'model-failed', 'answered']) {
      expect(await ask()).toBe(outcome);
    }
  });

  it('lets one probe through afterwards: an answer closes it, a failure opens it for longer', async () => {
    const { fake, clock, opened, ask } = circuit([broken, broken, broken, broken, answer]);
    for (let call = 0; call < 3; call++) await ask();
    await clock.sleep(1000);
    expect(await ask()).toBe('model-failed');
    await clock.sleep(1999);
    expect(await ask()).toBe('left alone');
    await clock.sleep(1);
    expect([await ask(), await ask()]).toEqual(['answered', 'answered']);
    expect(fake.calls).toHaveLength(6);
    expect(opened.map((message) => /for (\d+) s/.exec(message)?.[1])).toEqual(['1', '2']);
  });

  it('lets only one probe through at a time', async () => {
    const { clock, ask, fake } = circuit([broken, broken, broken, answer]);
    for (let call = 0; call < 3; call++) await ask();
    await clock.sleep(1000);
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(['answered', 'left alone', 'left alone']);
    expect(fake.calls).toHaveLength(4);
  });

  it('is opened once by what fails together, and for no longer by what was under way', async () => {
    const { clock, opened, ask } = circuit([...Array<PerseaError>(6).fill(broken), answer]);
    await Promise.all(Array.from({ length: 6 }, () => ask()));
    expect(opened).toEqual([expect.stringContaining('for 1 s: 3 failures in a row')]);
    await clock.sleep(1000);
    expect(await ask()).toBe('answered');
  });

  it('is not kept open for longer by answers under way that do not hold', async () => {
    const { model, clock, opened, ask } = circuit(answer);
    for (let call = 0; call < 5; call++) expect(await ask()).toBe('answered');
    for (let call = 0; call < 5; call++) model.noteChecked?.(false);
    expect(opened).toEqual([expect.stringContaining('for 1 s: 2 answers in a row')]);
    await clock.sleep(1000);
    expect(await ask()).toBe('answered');
  });

  it('does not blame a model for what its caller did or its key', async () => {
    const noKey = new PerseaError('model-key-missing', 'no key');
    const { ask, opened } = circuit([noKey, noKey, noKey, noKey, broken]);
    for (let call = 0; call < 4; call++) expect(await ask()).toBe('model-key-missing');
    for (let call = 0; call < 4; call++) await ask({ signal: AbortSignal.abort() });
    expect(await ask()).toBe('model-failed');
    expect(opened).toEqual([]);
  });

  it('counts a model that stops in the middle, and not a reader who does', async () => {
    const { model, ask, opened } = circuit(answer);
    for (let call = 0; call < 5; call++) for await (const _ of model.generate(request)) break;
    expect(opened).toEqual([]);
    expect(await ask()).toBe('answered');
  });

  it('leaves a model alone whose answers do not hold, until a probe of it does', async () => {
    const { model, clock, opened, ask } = circuit(answer);
    model.noteChecked?.(false);
    model.noteChecked?.(true);
    model.noteChecked?.(false);
    expect(await ask()).toBe('answered');
    model.noteChecked?.(false);
    expect(opened).toEqual([expect.stringContaining('2 answers in a row that no source supports')]);
    expect(await ask()).toBe('left alone');
    await clock.sleep(1000);
    expect(await ask()).toBe('answered');
    model.noteChecked?.(false);
    expect(await ask()).toBe('left alone');
    await clock.sleep(2000);
    expect(await ask()).toBe('answered');
    model.noteChecked?.(true);
    expect(await ask()).toBe('answered');
    expect(opened).toHaveLength(2);
  });
});
