/** A model whose calls are counted: tokens, cost and the time until its first word. */
import { toPerseaError } from '../core/errors.ts';
import type { CallMeter, GenerateEvent, GenerateRequest, LanguageModel, ModelPrice } from './language-model.ts';

/** What one call came to. */
export interface ModelCall {
  readonly modelId: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  /** Not all tokens are those that the model's server told. */
  readonly isEstimated?: true;
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
    let spent: Tokens | null = null;
    let errorCode: string | null = null;
    const meter = new Meter(request.meter);
    try {
      for await (const event of model.generate({ ...request, meter })) {
        if (event.type === 'text-delta') {
          firstTokenMs ??= performance.now() - startedAt;
          text += event.text;
        } else {
          spent = isCount(event.inputTokens) && isCount(event.outputTokens) ? event : null;
        }
        yield event;
      }
    } catch (thrown) {
      errorCode = toPerseaError(thrown).code;
      throw thrown;
    } finally {
      const { inputTokens, outputTokens, isEstimated } = tokensOf(model, request, {
        spent,
        text,
        takings: meter.takings,
      });
      onCall({
        modelId: model.id,
        inputTokens,
        outputTokens,
        costUsd: costOf(model.price, inputTokens, outputTokens),
        ...(isEstimated === true ? { isEstimated } : {}),
        firstTokenMs,
        totalMs: performance.now() - startedAt,
        errorCode,
      });
    }
  }
  return { ...model, generate };
}

interface Tokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly isEstimated?: true;
}

class Meter implements CallMeter {
  /** What was written each time that the model took the prompt. */
  readonly takings: string[] = [];
  readonly #outer: CallMeter | undefined;

  constructor(outer: CallMeter | undefined) {
    this.#outer = outer;
  }

  taken(): void {
    this.takings.push('');
    this.#outer?.taken();
  }

  wrote(text: string): void {
    this.takings.push(`${this.takings.pop() ?? ''}${text}`);
    this.#outer?.wrote(text);
  }
}

/** A model of a program's own may tell anything, and what it tells is added up. */
function isCount(tokens: number): boolean {
  return Number.isSafeInteger(tokens) && tokens >= 0;
}

/** In US dollars. */
export function costOf(price: ModelPrice, inputTokens: number, outputTokens: number): number {
  return (inputTokens * price.inputPerMTok + outputTokens * price.outputPerMTok) / 1_000_000;
}

/**
 * The last time as the model itself tells, where it does; the others as they are estimated. Who breaks off in the middle is paid for
 * all the same, and so is who thought or read until nobody waited any more; who refuses at the door is not.
 */
function tokensOf(
  { tokens }: LanguageModel,
  { prompt }: GenerateRequest,
  call: { readonly spent: Tokens | null; readonly text: string; readonly takings: readonly string[] },
): Tokens {
  // A model that tells no meter has taken the prompt if it said anything.
  const takings = call.takings.length > 0 || call.text === '' ? call.takings : [call.text];
  const estimated = call.spent === null ? takings : takings.slice(0, -1);
  const promptTokens = estimated.length === 0 ? 0 : tokens.count(prompt.system) + tokens.count(prompt.user);
  const isEstimated = estimated.length > 0 || call.spent?.isEstimated === true;
  return {
    ...(isEstimated ? { isEstimated } : {}),
    inputTokens: estimated.length * promptTokens + (call.spent?.inputTokens ?? 0),
    outputTokens: estimated.reduce((sum, text) => sum + tokens.count(text), call.spent?.outputTokens ?? 0),
  };
}
