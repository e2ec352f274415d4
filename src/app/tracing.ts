/**
 * Traces, feedback, metrics and spans of one app. Recording fails open: a question is answered whether or not its trace could be
 * kept. Reading goes through the viewer's scope.
 */
import { type AccessScope, systemScope } from '../access/scope.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Config } from '../config.ts';
import { systemClock, withDeadline } from '../core/async.ts';
import { PerseaError, toPerseaError } from '../core/errors.ts';
import type { Feedback, FeedbackRequest, TraceRecord } from '../core/trace.ts';
import { spansOf } from '../telemetry/genai-spans.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { parseHeaders, SpanExporter } from '../telemetry/span-exporter.ts';
import { type FeedbackExport, feedbackCases } from '../traces/feedback-cases.ts';
import { type ShownTrace, showTrace } from '../traces/show-trace.ts';
import { openSqliteTraces } from '../traces/sqlite-traces.ts';
import type { TraceRemoval, TraceStore } from '../traces/trace-store.ts';

export interface TracingOptions {
  readonly dataDir: string;
  readonly config: () => Config;
  readonly catalog: Catalog;
  readonly onWarning: (message: string) => void;
}

/** What the end of the process waits for another one that is writing. */
const closeMs = 1_000;

/** One of a list of traces, without any text. */
export interface TraceSummary {
  readonly traceId: string;
  /** ISO 8601. */
  readonly at: string;
  readonly as: string;
  readonly status: string;
  readonly reason: string | null;
  readonly model: string | null;
  readonly cache: 'hit' | 'miss';
  readonly ms: number;
  readonly rating: string | null;
}

/** What the front doors use. */
export interface Traces {
  /** Throws `trace-absent`, for what does not exist and what the viewer may not see alike. */
  show(scope: AccessScope, traceId: string): Promise<ShownTrace>;
  /** Newest first, of the viewer's own questions; an administrator's and the operator's are those of everybody. */
  list(scope: AccessScope, options?: { readonly limit?: number }): readonly TraceSummary[];
  /** Leaves no byte of them; returns how many. For the operator. Throws `trace-absent` where there is no such trace. */
  remove(scope: AccessScope, which: TraceRemoval): number;
  /** Throws `trace-absent` unless it is the asker's own trace. */
  recordFeedback(scope: AccessScope, request: FeedbackRequest): Feedback;
  /** For the operator. */
  exportFeedback(scope: AccessScope): Promise<FeedbackExport>;
  readonly metrics: Metrics;
}

export class Tracing implements Traces {
  readonly metrics = new Metrics();
  readonly #options: TracingOptions;
  #store: TraceStore | undefined;
  #exporter: { readonly from: string; readonly exporter: SpanExporter } | undefined;
  /** One warning for a failure that lasts, until it is over. */
  readonly #failing = new Set<'store' | 'spans'>();
  /** Traces that wait for another process. */
  readonly #writing = new Set<Promise<void>>();

  constructor(options: TracingOptions) {
    this.#options = options;
  }

  /** Never throws: a question must not be lost with its trace. Nor does it wait. */
  record(trace: TraceRecord): void {
    this.metrics.noteTrace(trace);
    const writing = this.#keep(trace);
    this.#writing.add(writing);
    void writing.then(() => this.#writing.delete(writing));
    this.#spanExporter()?.add(spansOf(trace));
  }

  async #keep(trace: TraceRecord): Promise<void> {
    try {
      await this.#opened().record(trace, this.#options.config().traces.content);
      this.#failing.delete('store');
    } catch (thrown) {
      this.#lose('store', `A trace could not be kept: ${toPerseaError(thrown).message}`);
    }
  }

  async show(scope: AccessScope, traceId: string): Promise<ShownTrace> {
    const stored = this.#opened().find(scope, traceId);
    if (stored === undefined) throw absent();
    return showTrace(this.#options.catalog, scope, stored);
  }

  list(scope: AccessScope, options: { readonly limit?: number } = {}): readonly TraceSummary[] {
    return this.#opened()
      .list(scope, options)
      .map(({ traceId, at, principalId, facts, feedback }) => ({
        traceId,
        at: new Date(at).toISOString(),
        as: principalId,
        status: facts.status,
        reason: facts.reason,
        model:
          facts.models.findLast(({ outcome, purpose }) => outcome !== 'failed' && purpose === undefined)?.id ?? null,
        cache: facts.cache,
        ms: facts.usage.ms.total,
        rating: feedback?.rating ?? null,
      }));
  }

  remove(scope: AccessScope, which: TraceRemoval): number {
    const store = this.#opened();
    const removed = store.remove(scope, which);
    if (removed === 0 && 'traceId' in which) throw absent();
    store.compact();
    return removed;
  }

  recordFeedback(scope: AccessScope, request: FeedbackRequest): Feedback {
    if (!this.#opened().recordFeedback(scope, request)) throw absent();
    this.metrics.noteFeedback(request.rating);
    return { rating: request.rating, comment: request.comment ?? null, at: systemClock.now() };
  }

  exportFeedback(scope: AccessScope): Promise<FeedbackExport> {
    return feedbackCases(this.#opened(), this.#options.catalog, scope);
  }

  /** Deletes what is past its time; for a purge also every byte that removed documents left. */
  async tidy({ isPurge }: { readonly isPurge: boolean }): Promise<void> {
    const store = this.#opened();
    store.expire();
    if (!isPurge) return;
    const scope = systemScope('purge traces');
    const known = store.documentIds(scope);
    const present = await this.#options.catalog.documentsById(scope, known);
    store.forgetDocuments(known.filter((id) => !present.has(id)));
    store.compact();
  }

  async close(): Promise<void> {
    const isLate = () => new PerseaError('store-busy', 'Another process is writing to the traces.');
    // What is not written by then says so itself, of a store that is closed.
    await withDeadline(closeMs, isLate, () => Promise.all(this.#writing)).catch(() => undefined);
    await this.#exporter?.exporter.close();
    this.metrics.close();
    this.#store?.close();
  }

  #opened(): TraceStore {
    this.#store ??= openSqliteTraces({
      directory: this.#options.dataDir,
      retentionDays: () => this.#options.config().traces.retentionDays,
      clock: systemClock,
    });
    return this.#store;
  }

  /** Undefined unless the configuration names a collector. */
  #spanExporter(): SpanExporter | undefined {
    const { otlp } = this.#options.config().telemetry;
    if (otlp === undefined) return undefined;
    const from = JSON.stringify(otlp);
    if (this.#exporter?.from !== from) {
      void this.#exporter?.exporter.close();
      const headers = otlp.headersEnv === undefined ? '' : (process.env[otlp.headersEnv] ?? '');
      const exporter = new SpanExporter({
        url: otlp.url,
        headers: parseHeaders(headers),
        clock: systemClock,
        onSent: () => this.#failing.delete('spans'),
        onFailure: (reason) => this.#lose('spans', `Spans were lost: ${reason}. Check telemetry.otlp.`),
      });
      this.#exporter = { from, exporter };
    }
    return this.#exporter.exporter;
  }

  #lose(where: 'store' | 'spans', message: string): void {
    this.metrics.noteLostTrace(where);
    if (this.#failing.has(where)) return;
    this.#failing.add(where);
    this.#options.onWarning(message);
  }
}

/** The same words for every id, so that nothing tells one case from the other. */
function absent(): PerseaError {
  return new PerseaError(
    'trace-absent',
    'There is no trace of this id, it is past its time, or you may not see it. Check the id.',
  );
}
