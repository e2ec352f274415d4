/** What answers a question from a context window: a hosted model, a local one, or none at all (extractive). */
import type { Deadline } from '../core/async.ts';
import type { ContextWindow } from '../core/context.ts';
import type { Evidence } from '../core/evidence.ts';
import type { TokenCounter } from '../core/tokens.ts';
import type { Zone } from '../core/zones.ts';

/** A rendered prompt template. `system` has the rules; retrieved text stands only in `user`, fenced as data. */
export interface RenderedPrompt {
  readonly id: string;
  readonly version: string;
  /** `sha256:` and the hash of the template file. */
  readonly hash: string;
  readonly system: string;
  readonly user: string;
}

export interface GenerateRequest {
  readonly question: string;
  readonly prompt: RenderedPrompt;
  readonly window: ContextWindow;
  /** Sentences of the window with their scores. */
  readonly evidence: Evidence;
  readonly maxOutputTokens: number;
  readonly signal?: AbortSignal;
  /** Shared by all attempts at one question, whichever model they go to. */
  readonly deadline?: Deadline;
}

export type FinishReason = 'stop' | 'length' | 'content-filter' | 'other';

/** Text with `[n]` markers in pieces, then exactly one `finish`. */
export type GenerateEvent =
  | { readonly type: 'text-delta'; readonly text: string }
  | {
      readonly type: 'finish';
      readonly finishReason: FinishReason;
      readonly inputTokens: number;
      readonly outputTokens: number;
    };

export interface ModelPrice {
  readonly inputPerMTok: number;
  readonly outputPerMTok: number;
}

export interface LanguageModel {
  readonly id: string;
  readonly provider: string;
  readonly zone: Zone;
  /** Declared context size: prompt and output together. */
  readonly contextTokens: number;
  readonly price: ModelPrice;
  readonly tokens: TokenCounter;
  /** Throws `PerseaError` (`model-failed`, `model-timeout`, `model-key-missing`, `aborted`) from the iterator, never from the call. */
  generate(request: GenerateRequest): AsyncIterable<GenerateEvent>;
  /** Told after each answer whether anything of it held when it was checked. */
  noteChecked?(isSupported: boolean): void;
}
