/** Writes down one question as it goes through its stages; at the end a record is made of it, whether it was answered or failed. */
import type { AccessScope } from '../access/scope.ts';
import type { Answer, Attempt, Usage } from '../core/answer.ts';
import type { Passage } from '../core/chunk.ts';
import type { ContextWindow } from '../core/context.ts';
import type { Evidence } from '../core/evidence.ts';
import type {
  StageTime,
  TracedModel,
  TracedOmission,
  TracedPassage,
  TraceFacts,
  TraceRecord,
  TraceStage,
} from '../core/trace.ts';
import type { RenderedPrompt } from '../core/prompt.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import type { Retrieval } from '../retrieval/retriever.ts';
import { askerOf, spentIn } from './usage.ts';

export interface TraceRecorderOptions {
  readonly traceId: string;
  readonly scope: AccessScope;
  readonly question: string;
  /** Milliseconds since the epoch, when the question came. */
  readonly at: number;
}

export class TraceRecorder {
  readonly #options: TraceRecorderOptions;
  readonly #startedAt = performance.now();
  readonly #stages: StageTime[] = [];
  /** Of every visible candidate: what was left out is named by uri. */
  readonly #documentIds = new Map<string, string>();
  #lapAt = 0;
  #check: StageTime | undefined;
  #cached: TracedModel | undefined;
  #retrieval: Omit<NonNullable<TraceFacts['retrieval']>, 'passages'> | null = null;
  #passages: readonly TracedPassage[] = [];
  #evidence: TraceFacts['evidence'] = null;
  #window: ContextWindow | undefined;
  #prompt: RenderedPrompt | undefined;
  #droppedClaims: readonly string[] = [];
  readonly #mentioned = new Set<string>();
  #countsOthers = false;
  #injection: TraceFacts['injection'];

  constructor(options: TraceRecorderOptions) {
    this.#options = options;
  }

  /** This stage ends now; it began where the one before ended. */
  lap(name: TraceStage): void {
    const now = this.#now();
    this.#stages.push({ name, startMs: this.#lapAt, ms: rounded(now - this.#lapAt) });
    this.#lapAt = now;
  }

  suspected(injection: TraceFacts['injection'] & object): void {
    this.#injection = { probability: rounded(injection.probability), features: injection.features };
  }

  /** Checking goes on in between while a model writes: its times are added up. */
  checking<T>(work: () => T): T {
    const startMs = this.#now();
    const result = work();
    this.#check = {
      name: 'check',
      startMs: this.#check?.startMs ?? startMs,
      ms: rounded((this.#check?.ms ?? 0) + this.#now() - startMs),
    };
    return result;
  }

  retrieved({ mode, candidates, timings }: Retrieval, denseWeight: number): void {
    for (const { uri, chunk } of candidates) this.#documentIds.set(uri, chunk.documentId);
    this.#retrieval = { mode, denseWeight, candidates: candidates.length };
    this.lap('retrieve');
    const { rerankMs } = timings;
    if (rerankMs === undefined) return;
    const last = this.#stages.pop();
    if (last === undefined) return;
    const ms = rounded(Math.max(0, last.ms - rerankMs));
    this.#stages.push({ ...last, ms }, { name: 'rerank', startMs: rounded(last.startMs + ms), ms: rounded(rerankMs) });
  }

  /** Best first. */
  ranked(passages: readonly Passage[]): void {
    this.#passages = passages.map(({ chunk, score, parts }, index) => ({
      documentId: chunk.documentId,
      chunkId: chunk.chunkId,
      rank: index + 1,
      score,
      parts,
    }));
    for (const { uri, chunk } of passages) this.#documentIds.set(uri, chunk.documentId);
    this.lap('rank');
  }

  scored({ features, fingerprint }: Evidence): void {
    this.#evidence = { features, fingerprint };
    this.lap('score');
  }

  /** @returns makes what was found until now count, whatever is found later */
  found(): () => void {
    const [retrieval, passages, evidence] = [this.#retrieval, this.#passages, this.#evidence];
    return () => {
      [this.#retrieval, this.#passages, this.#evidence] = [retrieval, passages, evidence];
    };
  }

  packed(window: ContextWindow, prompt: RenderedPrompt): void {
    this.#window = window;
    this.#prompt = prompt;
    this.lap('pack');
  }

  /** An earlier answer of this model is shown. */
  gaveAgain({ id, provider, zone }: Pick<LanguageModel, 'id' | 'provider' | 'zone'>): void {
    const nothing = { code: null, inputTokens: 0, outputTokens: 0, firstTextMs: null, ms: 0 };
    this.#cached = { id, provider, zone, outcome: 'cached', startMs: this.#now(), ...nothing };
    this.lap('generate');
  }

  /** What a model said and the window does not support. */
  dropped(claims: readonly string[]): void {
    this.#droppedClaims = claims;
  }

  /** A warning names these documents. */
  mentions(documentIds: readonly string[]): void {
    for (const id of documentIds) this.#mentioned.add(id);
  }

  /** The answer counts documents that it does not list. */
  countsOthers(): void {
    this.#countsOthers = true;
  }

  /** `ended`: the answer, or the code of the error that came in its place. */
  ended(ended: Answer | { readonly code: string }, attempts: readonly Attempt[]): TraceRecord {
    if ('status' in ended) {
      const { status, reason, cache, usage, text, citations, claims, warnings } = ended;
      return this.#record({ status, reason, cache, usage }, { text, citations, claims, warnings }, attempts);
    }
    const ms = { retrieve: 0, rerank: 0, generate: 0, total: Math.round(this.#now()) };
    const usage: Usage = { ...spentIn({ attempts }), ms };
    const nothing = { text: '', citations: [], claims: [], warnings: [] };
    return this.#record({ status: 'failed', reason: ended.code, cache: 'miss', usage }, nothing, attempts);
  }

  #record(
    outcome: Pick<TraceFacts, 'status' | 'reason' | 'cache' | 'usage'>,
    { text, citations, claims, warnings }: Pick<Answer, 'text' | 'citations' | 'claims' | 'warnings'>,
    attempts: readonly Attempt[],
  ): TraceRecord {
    const { traceId, scope, at, question } = this.#options;
    const window = this.#window;
    const prompt = this.#prompt;
    const facts: TraceFacts = {
      ...outcome,
      questionCharacters: question.length,
      ...(this.#injection === undefined ? {} : { injection: this.#injection }),
      stages: [...this.#stages, ...(this.#check === undefined ? [] : [this.#check])],
      retrieval: this.#retrieval === null ? null : { ...this.#retrieval, passages: this.#passages },
      evidence: this.#evidence,
      window: window === undefined ? null : this.#tracedWindow(window),
      prompt: prompt === undefined ? null : { id: prompt.id, version: prompt.version, hash: prompt.hash },
      models: [...attempts.map(tracedModel), ...(this.#cached === undefined ? [] : [this.#cached])],
      citations: citations.map(({ marker, documentId, chunkId, start, end, support }) => {
        return { marker, documentId, chunkId, start, end, support };
      }),
      checks: claims.map(({ support, citations: cited }) => ({ support, citations: cited })),
      ...(this.#mentioned.size === 0 ? {} : { mentioned: [...this.#mentioned] }),
      ...(this.#countsOthers ? { countsOthers: true } : {}),
    };
    return {
      traceId,
      principalId: askerOf(scope),
      at,
      facts,
      content: {
        question,
        answer: text,
        prompt: prompt === undefined ? '' : `${prompt.system}\n${prompt.user}`,
        items: window?.items.map((item) => item.text) ?? [],
        claims: claims.map((claim) => claim.text),
        droppedClaims: this.#droppedClaims,
        warnings,
      },
    };
  }

  #tracedWindow({ format, tokens, items, omitted }: ContextWindow): NonNullable<TraceFacts['window']> {
    const documentIds = new Map(this.#documentIds);
    for (const { uri, documentId } of items) documentIds.set(uri, documentId);
    return {
      format,
      tokens,
      items: items.map(({ marker, documentId, chunkIds, start, end }) => ({
        marker,
        documentId,
        chunkIds,
        start,
        end,
      })),
      omitted: omitted.flatMap(({ uri, reason }): readonly TracedOmission[] => {
        const documentId = documentIds.get(uri);
        return documentId === undefined ? [] : [{ documentId, reason }];
      }),
    };
  }

  /** Milliseconds since the question came. */
  #now(): number {
    return rounded(performance.now() - this.#startedAt);
  }
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}

function tracedModel({ model: id, firstTokenMs: firstTextMs, ...attempt }: Attempt): TracedModel {
  return { id, firstTextMs, ...attempt };
}
