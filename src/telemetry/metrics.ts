/**
 * What `/metrics` counts: questions, models, requests and the process. Never a person, a document, a uri or a count of
 * documents: whoever may read the metrics learns how the server fares and nothing of what it holds.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FeedbackRating, TraceRecord } from '../core/trace.ts';
import { type Counter, type Histogram, MetricRegistry } from './registry.ts';

export interface RequestFacts {
  readonly method: string;
  /** Pattern of the route, never the address; `none` where there is no such route. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

const secondBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const nanosecondsPerSecond = 1e9;

export class Metrics {
  readonly #registry = new MetricRegistry();
  readonly #questions: Counter;
  readonly #questionSeconds: Histogram;
  readonly #stageSeconds: Histogram;
  readonly #modelCalls: Counter;
  readonly #modelTokens: Counter;
  readonly #costUsd: Counter;
  readonly #claims: Counter;
  readonly #feedback: Counter;
  readonly #requests: Counter;
  readonly #requestSeconds: Histogram;
  readonly #lostTraces: Counter;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: 20 });

  constructor() {
    const registry = this.#registry;
    this.#questions = registry.counter({
      name: 'persea_questions_total',
      help: 'Questions by how they ended.',
    });
    this.#questionSeconds = registry.histogram(
      { name: 'persea_question_seconds', help: 'Time of a question from its start to its whole answer.' },
      secondBuckets,
    );
    this.#stageSeconds = registry.histogram(
      { name: 'persea_stage_seconds', help: 'Time of one stage of a question.' },
      secondBuckets,
    );
    this.#modelCalls = registry.counter({
      name: 'persea_model_calls_total',
      help: 'Questions that a language model was to answer, by what became of it.',
    });
    this.#modelTokens = registry.counter({
      name: 'persea_model_tokens_total',
      help: 'Tokens to and from a language model.',
    });
    this.#costUsd = registry.counter({
      name: 'persea_cost_usd_total',
      help: 'Cost of answers by the prices of the configuration.',
    });
    this.#claims = registry.counter({
      name: 'persea_claims_total',
      help: 'Checked claims by how well they are supported.',
    });
    this.#feedback = registry.counter({ name: 'persea_feedback_total', help: 'Feedback by its rating.' });
    this.#requests = registry.counter({ name: 'persea_http_requests_total', help: 'HTTP requests.' });
    this.#requestSeconds = registry.histogram(
      { name: 'persea_http_request_seconds', help: 'Time of an HTTP request.' },
      secondBuckets,
    );
    this.#lostTraces = registry.counter({
      name: 'persea_traces_lost_total',
      help: 'Traces that could not be stored or sent.',
    });
    this.#addProcess();
  }

  noteTrace({ facts }: TraceRecord): void {
    const { status, reason, cache, stages, models, usage, checks } = facts;
    this.#questions.add({ status, reason: reason ?? '', cache });
    this.#questionSeconds.observe({ status }, usage.ms.total / 1000);
    for (const { name, ms } of stages) this.#stageSeconds.observe({ stage: name }, ms / 1000);
    for (const { id: model, outcome, inputTokens, outputTokens } of models) {
      this.#modelCalls.add({ model, outcome });
      if (inputTokens > 0) this.#modelTokens.add({ model, direction: 'input' }, inputTokens);
      if (outputTokens > 0) this.#modelTokens.add({ model, direction: 'output' }, outputTokens);
    }
    if (usage.costUsd > 0) this.#costUsd.add({}, usage.costUsd);
    for (const { support } of checks) this.#claims.add({ support });
  }

  noteFeedback(rating: FeedbackRating): void {
    this.#feedback.add({ rating });
  }

  noteRequest({ method, route, status, seconds }: RequestFacts): void {
    this.#requests.add({ method, route, status: String(status) });
    this.#requestSeconds.observe({ route }, seconds);
  }

  noteLostTrace(where: 'store' | 'spans'): void {
    this.#lostTraces.add({ where });
  }

  /** In the text format of Prometheus. */
  text(): string {
    // Only from the first scrape on: a command that asks one question must not be kept busy by a timer.
    this.#loopDelay.enable();
    const text = this.#registry.text();
    this.#loopDelay.reset();
    return text;
  }

  close(): void {
    this.#loopDelay.disable();
  }

  #addProcess(): void {
    const registry = this.#registry;
    const startedAt = Date.now() / 1000 - process.uptime();
    registry.observed(
      'gauge',
      { name: 'process_start_time_seconds', help: 'When the process started.' },
      () => startedAt,
    );
    registry.observed('gauge', { name: 'process_resident_memory_bytes', help: 'Memory of the process.' }, () =>
      process.memoryUsage.rss(),
    );
    registry.observed('counter', { name: 'process_cpu_seconds_total', help: 'Processor time used.' }, () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
    registry.observed(
      'gauge',
      { name: 'nodejs_heap_used_bytes', help: 'Used part of the JavaScript heap.' },
      () => process.memoryUsage().heapUsed,
    );
    registry.observed(
      'gauge',
      {
        name: 'nodejs_eventloop_lag_p99_seconds',
        help: 'Delay of the event loop since the last scrape, 99th percentile.',
      },
      () => {
        const delay = this.#loopDelay.percentile(99);
        return Number.isFinite(delay) ? delay / nanosecondsPerSecond : 0;
      },
    );
  }
}
