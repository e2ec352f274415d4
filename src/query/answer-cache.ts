/**
 * Answers that were checked, kept for whoever asks the same of the same evidence. Retrieval and packing always come first, under
 * the asker's own scope; the key is made of what they gave. So a hit needs the right to every passage of the window now, and says
 * nothing that the asker's own window does not hold: after a revocation or an edit the window is another one, and with it the key.
 *
 * In memory, for a process's life: on disk answers would be a second place with texts of documents, which a purge and
 * `traces.content` would have to follow.
 */
import type { ResolvedAnswer } from '../answer/answer-stream.ts';
import type { ReleasedSentence } from '../answer/answer-text.ts';
import type { Clock } from '../core/async.ts';
import type { ContextWindow } from '../core/context.ts';
import { sha256Hex } from '../core/ids.ts';
import type { Zone } from '../core/zones.ts';
import type { RenderedPrompt } from '../core/prompt.ts';

/** What an answer depends on. */
export interface AnswerCacheRequest {
  readonly question: string;
  /** As sent to the model, history and window included. */
  readonly prompt: RenderedPrompt;
  readonly window: ContextWindow;
  /** How the text is checked, and what becomes of unsupported sentences. */
  readonly policy: string;
  readonly model: { readonly id: string; readonly provider: string; readonly zone: Zone };
  readonly parameters: string;
}

export interface CachedAnswer {
  /** Together they are the text of the answer. */
  readonly sentences: readonly ReleasedSentence[];
  readonly answer: ResolvedAnswer;
  readonly model: AnswerCacheRequest['model'];
  readonly prompt: Pick<RenderedPrompt, 'id' | 'version' | 'hash'>;
  /** What it cost to make. */
  readonly spent: { readonly inputTokens: number; readonly outputTokens: number; readonly costUsd: number };
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
}

export interface AnswerCacheLimits {
  /** 0 keeps nothing. */
  readonly entries: number;
  readonly maxAgeMs: number;
}

/** What the models did not have to write again. */
export interface CacheSavings {
  readonly hits: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
}

interface Entry {
  readonly cached: CachedAnswer;
  readonly evidenceKey: string;
  readonly bytes: number;
}

const maxBytes = 16 * 1024 * 1024;

export class AnswerCache {
  readonly #limits: () => AnswerCacheLimits;
  readonly #clock: Clock;
  /** By exact key; the least recently used first. */
  readonly #entries = new Map<string, Entry>();
  /** The latest exact key of the same evidence, whatever the model and the prompt. */
  readonly #latest = new Map<string, string>();
  #bytes = 0;
  #savings: CacheSavings = { hits: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };

  /** Limits are read at each use, because a running server takes a changed configuration. */
  constructor(limits: () => AnswerCacheLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** The same question, evidence, prompt and model. */
  find(request: AnswerCacheRequest): CachedAnswer | undefined {
    return this.#use(exactKey(request));
  }

  /** The same question of the same evidence, by any model and prompt: for when no model can be reached. */
  findSameEvidence(request: Pick<AnswerCacheRequest, 'question' | 'window' | 'policy'>): CachedAnswer | undefined {
    const key = this.#latest.get(evidenceKey(request));
    return key === undefined ? undefined : this.#use(key);
  }

  /** Only what was checked and answered in full; anything else is for the model to try again. */
  keep(request: AnswerCacheRequest, made: Omit<CachedAnswer, 'madeAt' | 'model' | 'prompt'>): void {
    const { entries } = this.#limits();
    if (made.answer.status !== 'answered' || entries === 0) return;
    const { model, prompt } = request;
    const cached: CachedAnswer = {
      ...made,
      model: { id: model.id, provider: model.provider, zone: model.zone },
      prompt: { id: prompt.id, version: prompt.version, hash: prompt.hash },
      madeAt: this.#clock.now(),
    };
    const bytes = 2 * JSON.stringify(cached).length;
    if (bytes > maxBytes / 16) return;
    const key = exactKey(request);
    const entry = { cached, evidenceKey: evidenceKey(request), bytes };
    this.#forget(key);
    this.#entries.set(key, entry);
    this.#latest.set(entry.evidenceKey, key);
    this.#bytes += bytes;
    this.#shrinkTo(entries);
  }

  savings(): CacheSavings {
    return this.#savings;
  }

  #shrinkTo(entries: number): void {
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= entries && this.#bytes <= maxBytes) break;
      this.#forget(oldest);
    }
  }

  #use(key: string): CachedAnswer | undefined {
    // They may have been lowered, or the cache switched off, since it was filled.
    const { entries, maxAgeMs } = this.#limits();
    this.#shrinkTo(entries);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (this.#clock.now() - entry.cached.madeAt > maxAgeMs) {
      this.#forget(key);
      return undefined;
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const { hits, ...saved } = this.#savings;
    const { spent } = entry.cached;
    this.#savings = {
      hits: hits + 1,
      inputTokens: saved.inputTokens + spent.inputTokens,
      outputTokens: saved.outputTokens + spent.outputTokens,
      costUsd: saved.costUsd + spent.costUsd,
    };
    return entry.cached;
  }

  #forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    if (this.#latest.get(entry.evidenceKey) === key) this.#latest.delete(entry.evidenceKey);
  }
}

/**
 * Everything that an answer shows of an item is in the key, not its text alone: a document that moved, or got another title or
 * date, is cited as it is now. Scores are not: they move with documents that the asker may not see.
 */
function evidenceKey({ question, window, policy }: Pick<AnswerCacheRequest, 'question' | 'window' | 'policy'>): string {
  const items = window.items.map(({ score, ...item }) => sha256Hex(JSON.stringify(item)));
  return sha256Hex(JSON.stringify([question, policy, items]));
}

function exactKey(request: AnswerCacheRequest): string {
  const { prompt, window, model, parameters } = request;
  return sha256Hex(
    JSON.stringify([
      evidenceKey(request),
      [prompt.hash, prompt.system, prompt.user],
      [window.format, window.text],
      [model.id, model.provider, model.zone, parameters],
    ]),
  );
}
