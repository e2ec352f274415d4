/** A model whose calls are counted: tokens, cost and the time until its first word. */
import { toPerseaError } from '../core/errors.ts';
import type { GenerateEvent, GenerateRequest, LanguageModel, ModelPrice } from './language-model.ts';

/** What one call came to. */
export interface ModelCall {
  readonly modelId: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  /** Null where it said nothing. */
  readonly firstTokenMs: number | null;
  readonly totalMs: number;
  /** Code of the error that ended it; null where it came to its end, or was no longer wanted. */
  readonly errorCode: string | null;
}

/** `onCall` is told once for each call, however it ends. */
export function withMetering(model: LanguageModel, onCall: (call: ModelCall) => void): LanguageModel {
  async function* generate(request: GenerateRequest): AsyncGenerator<GenerateEvent> {
    const startedAt = performance.now();
    let firstTokenMs: number | null = null;
    let text = '';
    let spent: { readonly inputTokens: number; readonly outputTokens: number } | null = null;
    let errorCode: string | null = null;
    try {
      for await (const event of model.generate(request)) {
        if (event.type === 'text-delta') {
          firstTokenMs ??= performance.now() - startedAt;
          text += event.text;
        } else {
          spent = event;
        }
        yield event;
      }
    } catch (thrown) {
      errorCode = toPerseaError(thrown).code;
      throw thrown;
    } finally {
      const { inputTokens, outputTokens } = spent ?? estimate(model, request, text);
      onCall({
        modelId: model.id,
        inputTokens,
        outputTokens,
        costUsd: costOf(model.price, inputTokens, outputTokens),
        firstTokenMs,
        totalMs: performance.now() - startedAt,
        errorCode,
      });
    }
  }
  return { ...model, generate };
}

/** In US dollars. */
export function costOf(price: ModelPrice, inputTokens: number, outputTokens: number): number {
  return (inputTokens * price.inputPerMTok + outputTokens * price.outputPerMTok) / 1_000_000;
}

/** Who breaks off in the middle is paid for all the same; who refuses before the first word is not. */
function estimate({ tokens }: LanguageModel, { prompt }: GenerateRequest, text: string) {
  if (text === '') return { inputTokens: 0, outputTokens: 0 };
  return { inputTokens: tokens.count(prompt.system) + tokens.count(prompt.user), outputTokens: tokens.count(text) };
}
