/** One question while it is answered: who asks what, and what its stages found out on the way. */
import type { AccessScope } from '../access/scope.ts';
import type { Classified } from '../egress/sealed-prompt.ts';
import type { ContextWindow } from '../core/context.ts';
import type { Attempt } from '../core/answer.ts';
import type { KnownLanguage } from '../core/function-words.ts';
import { questionLanguage } from '../core/question-language.ts';
import type { Replacement } from '../retrieval/supersession.ts';
import type { AskDependencies } from './dependencies.ts';
import type { AskRequest } from './question.ts';
import type { TraceRecorder } from './trace-recorder.ts';

export interface Inquiry {
  readonly dependencies: AskDependencies;
  readonly scope: AccessScope;
  readonly request: AskRequest;
  readonly traceId: string;
  readonly signal?: AbortSignal;
  /** By `performance.now()`. */
  readonly startedAt: number;
  /** The question as it is searched for: a follow-up stands for itself. */
  searchedFor: string;
  /** What `searchedFor` has text of besides the asker's own words. */
  madeFrom: readonly Classified[];
  /** For the asker, in the order in which they came up. */
  readonly warnings: string[];
  readonly trace: TraceRecorder;
  /** Packed for the models that were asked until now. */
  readonly windows: ContextWindow[];
  /** Documents that were found and left out for newer ones. */
  readonly replaced: Replacement[];
  /** Until the candidates were there, reranking included. */
  retrieveMs: number;
  rerankMs: number;
  /** When the first model was about to be asked; null before. */
  generateStartedAt: number | null;
  /** The models that were asked, in order. */
  readonly attempts: Attempt[];
  /** Give budgets free that were held back, once the usage is recorded. */
  readonly releases: (() => void)[];
}

/** Of the asker's own words: what they are told is told in it. Null where these tell none. */
export function languageOf({ request }: Pick<Inquiry, 'request'>): KnownLanguage | null {
  return questionLanguage(request.question);
}

/** What interfaces with an optional signal take. */
export function signalOf({ signal }: Inquiry): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** Brings the Markdown parser with it, which takes a while to load. */
export const loadOutputGuard = () => import('../guard/output.ts');
