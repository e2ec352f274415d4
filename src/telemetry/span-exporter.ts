/**
 * Sends spans to a collector over OTLP/HTTP in its JSON encoding. In batches, behind the questions and never in their way: what the
 * collector does not take is dropped and counted.
 */
import type { Clock } from '../core/async.ts';
import type { Span, SpanAttribute } from './genai-spans.ts';

export interface SpanExporterOptions {
  /** Address of the collector's route for traces, such as `http://127.0.0.1:4318/v1/traces`. */
  readonly url: string;
  /** Sent with each request, such as the key of a collector. */
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly onSent: () => void;
  /** A batch was lost; the reason names neither address nor headers. */
  readonly onFailure: (reason: string) => void;
}

const maxQueued = 2048;
const maxBatch = 512;
const batchAfterMs = 2000;
const requestTimeoutMs = 5000;
/** A command that has said its answer must not be held up by a collector. */
const closeTimeoutMs = 1000;

export class SpanExporter {
  readonly #options: SpanExporterOptions;
  #queue: Span[] = [];
  #sending: Promise<void> | undefined;
  readonly #closed = new AbortController();
  readonly #givenUp = new AbortController();

  constructor(options: SpanExporterOptions) {
    this.#options = options;
  }

  /** Never throws and never waits. */
  add(spans: readonly Span[]): void {
    const room = maxQueued - this.#queue.length;
    if (spans.length > room) {
      this.#options.onFailure('the collector does not keep up');
      return;
    }
    this.#queue.push(...spans);
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Sends what is waiting, as far as the collector takes it at once. */
  async close(): Promise<void> {
    this.#closed.abort();
    const timer = setTimeout(() => this.#givenUp.abort(), closeTimeoutMs);
    await this.#sending;
    clearTimeout(timer);
  }

  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0) {
      // Others that come meanwhile go with it. At the end nothing is waited for.
      if (this.#queue.length < maxBatch) {
        await this.#options.clock.sleep(batchAfterMs, this.#closed.signal).catch(() => undefined);
      }
      const batch = this.#queue.splice(0, maxBatch);
      const isSent = await this.#send(batch);
      // Each further batch would wait as long for a collector that takes none.
      if (!isSent && this.#closed.signal.aborted) this.#queue = [];
    }
  }

  async #send(batch: readonly Span[]): Promise<boolean> {
    const { url, headers, onSent, onFailure } = this.#options;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(otlpBody(batch)),
        signal: AbortSignal.any([AbortSignal.timeout(requestTimeoutMs), this.#givenUp.signal]),
        redirect: 'error',
      });
      await response.body?.cancel();
      if (response.ok) onSent();
      else onFailure(`the collector answered ${response.status}`);
      return response.ok;
    } catch {
      // The error of a request may repeat its address and headers.
      onFailure('the collector could not be reached');
      return false;
    }
  }
}

const spanKinds = { internal: 1, server: 2, client: 3 } as const;
const errorStatus = 2;

/** `ExportTraceServiceRequest` in protobuf's JSON mapping: ids in hexadecimal, 64-bit numbers as strings. */
function otlpBody(spans: readonly Span[]): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ 'service.name': 'persea' }) },
        scopeSpans: [
          {
            scope: { name: 'persea' },
            spans: spans.map((span) => ({
              traceId: span.traceId,
              spanId: span.spanId,
              ...(span.parentSpanId === null ? {} : { parentSpanId: span.parentSpanId }),
              name: span.name,
              kind: spanKinds[span.kind],
              startTimeUnixNano: nanoseconds(span.startMs),
              endTimeUnixNano: nanoseconds(span.endMs),
              attributes: attributesOf(span.attributes),
              ...(span.isError ? { status: { code: errorStatus } } : {}),
            })),
          },
        ],
      },
    ],
  };
}

function attributesOf(attributes: Readonly<Record<string, SpanAttribute>>): readonly object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: otlpValue(value) }));
}

function otlpValue(value: SpanAttribute): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { arrayValue: { values: value.map((entry) => ({ stringValue: entry })) } };
}

function nanoseconds(milliseconds: number): string {
  return String(BigInt(Math.round(milliseconds * 1000)) * 1000n);
}

/** `name=value,name=value` with percent-encoded values, as in `OTEL_EXPORTER_OTLP_HEADERS`. Never throws. */
export function parseHeaders(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split(',').flatMap((pair) => {
      const at = pair.indexOf('=');
      return at < 1 ? [] : [[pair.slice(0, at).trim().toLowerCase(), percentDecoded(pair.slice(at + 1).trim())]];
    }),
  );
}

/** A key that was put there as it is may hold a percent sign that encodes nothing. */
function percentDecoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
