/**
 * A model that gets placeholders for personal data and secrets, and whose answer gets them back. It passes on the prompt alone: what
 * else a request holds is as it was written.
 */
import type { SealedPrompt } from '../egress/sealed-prompt.ts';
import type { GenerateEvent, GenerateRequest, LanguageModel } from './language-model.ts';

interface PromptRedactor {
  redact(texts: readonly string[]): Promise<{
    readonly texts: readonly string[];
    restorer(): { push(delta: string): string; end(): string };
  }>;
}

export function withRedaction(model: LanguageModel, redactor: PromptRedactor): LanguageModel {
  async function* generate(request: GenerateRequest): AsyncGenerator<GenerateEvent> {
    const { system, user } = request.prompt;
    const redaction = await redactor.redact([system, user, request.question]);
    const [hiddenSystem = '', hiddenUser = '', question = ''] = redaction.texts;
    const hidden = new Map([
      [system, hiddenSystem],
      [user, hiddenUser],
    ]);
    const prompt: SealedPrompt = request.prompt.rewritten((text) => hidden.get(text) ?? '');
    const window = { ...request.window, items: [], text: '' };
    const evidence = { sentences: [], features: {}, fingerprint: '' };
    const restorer = redaction.restorer();
    for await (const event of model.generate({ ...request, question, prompt, window, evidence })) {
      const text = event.type === 'finish' ? restorer.end() : restorer.push(event.text);
      if (text !== '') yield { type: 'text-delta', text };
      if (event.type === 'finish') yield event;
    }
  }
  // Its own fields by name: a model may be a class, whose methods a copy loses.
  const { id, provider, zone, contextTokens, price, tokens } = model;
  return {
    id,
    provider,
    zone,
    contextTokens,
    price,
    tokens,
    generate,
    noteChecked: (isSupported) => model.noteChecked?.(isSupported),
  };
}
