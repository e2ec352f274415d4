/** What answers a question from a context window: a hosted model, a local one, or none at all (extractive). */
import type { Deadline } from '../core/async.ts';
import type { ContextWindow } from '../core/context.ts';
import type { PerseaError } from '../core/errors.ts';
import type { Evidence } from '../core/evidence.ts';
import type { SidePurpose } from '../core/prompt-purposes.ts';
import type { TokenCounter } from '../core/tokens.ts';
import type { Zone } from '../core/zones.ts';
import type { SealedPrompt } from '../egress/sealed-prompt.ts';

export interface GenerateRequest {
  readonly question: string;
  /** Made by `sealPrompt` of src/egress from what it has text of; each model asks it whether it may see it. */
  readonly prompt: SealedPrompt;
  readonly window: ContextWindow;
  /** Sentences of the window with their scores. */
  readonly evidence: Evidence;
  readonly maxOutputTokens: number;
  readonly signal?: AbortSignal;
  /** Shared by all attempts at one question, whichever model they go to. */
  readonly deadline?: Deadline;
  /** Told while the model works, so that a call that never comes to `finish` is counted, too. */
  readonly meter?: CallMeter;
}

/** What is paid for, whether or not anything is said. Must not throw. */
export interface CallMeter {
  /** The model has the prompt: it began to answer, or was given up before it said that it would not. Once for each time that it is asked. */
  taken(): void;
  /** A piece of what it writes, thoughts included. */
  wrote(text: string): void;
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
      /** The server did not tell them, or told what cannot be. */
      readonly isEstimated?: true;
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
  /** Throws `PerseaError` (`egress-refused`, `model-failed`, `model-timeout`, `model-key-missing`, `aborted`) from the iterator, never from the call. */
  generate(request: GenerateRequest): AsyncIterable<GenerateEvent>;
  /** Told after each answer whether anything of it held when it was checked. */
  noteChecked?(isSupported: boolean): void;
}

/** What a call that is not for an answer comes to at most. */
export interface SideCall {
  readonly purpose: SidePurpose;
  readonly inputTokens: number;
  readonly maxOutputTokens: number;
}

/** Through which models are asked for anything besides an answer, on the account of whoever asks. */
export interface CallGate {
  /** The model for this one call, which is counted. Throws `budget-spent` where a budget does not cover it. */
  admit(model: LanguageModel, call: SideCall): Promise<LanguageModel>;
  /** That the last call for this came to nothing, although the model did not fail: it is noted, and told to the operator. */
  failed(purpose: SidePurpose, failure: PerseaError): void;
}
