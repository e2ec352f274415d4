/**
 * A trace as OpenTelemetry spans, named by the semantic conventions for generative AI (version 0.1, status development): an
 * `invoke_agent` span, below it `retrieval`, one `chat` span for each model that was asked, and Persea's own stages. Spans
 * carry names, times, counts and codes; never a text, a person or a document.
 */
import { createHash } from 'node:crypto';
import type { TracedModel, TraceRecord } from '../core/trace.ts';

export type SpanAttribute = string | number | readonly string[];

export interface Span {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: 'internal' | 'client' | 'server';
  /** Milliseconds since the epoch. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, SpanAttribute>>;
  readonly isError: boolean;
}

const agentName = 'persea';

export function spansOf(trace: TraceRecord): readonly Span[] {
  const { facts, at } = trace;
  const traceId = otelTraceId(trace.traceId);
  const rootId = spanId(traceId, 0);
  let count = 0;
  const below = (
    name: string,
    kind: Span['kind'],
    { startMs, ms }: { readonly startMs: number; readonly ms: number },
    attributes: Span['attributes'],
    isError = false,
  ): Span => {
    count++;
    return {
      traceId,
      spanId: spanId(traceId, count),
      parentSpanId: rootId,
      name,
      kind,
      startMs: at + startMs,
      endMs: at + startMs + ms,
      attributes,
      isError,
    };
  };
  const root: Span = {
    traceId,
    spanId: rootId,
    parentSpanId: null,
    name: `invoke_agent ${agentName}`,
    kind: 'internal',
    startMs: at,
    endMs: at + facts.usage.ms.total,
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': agentName,
      'gen_ai.usage.input_tokens': facts.usage.inputTokens,
      'gen_ai.usage.output_tokens': facts.usage.outputTokens,
      'persea.status': facts.status,
      'persea.cache': facts.cache,
      ...(facts.reason === null ? {} : { 'persea.reason': facts.reason }),
      ...(facts.status === 'failed' && facts.reason !== null ? { 'error.type': facts.reason } : {}),
      ...(facts.prompt === null ? {} : { 'persea.prompt': `${facts.prompt.id}.v${facts.prompt.version}` }),
      ...(facts.window === null ? {} : { 'persea.context.format': facts.window.format }),
    },
    isError: facts.status === 'failed',
  };
  const stages = facts.stages.map((stage) =>
    stage.name === 'retrieve'
      ? below('retrieval', 'internal', stage, {
          'gen_ai.operation.name': 'retrieval',
          ...(facts.retrieval === null ? {} : { 'persea.retrieval.mode': facts.retrieval.mode }),
        })
      : below(`persea.${stage.name}`, 'internal', stage, {}),
  );
  // What was not asked has no call to show.
  const models = facts.models
    .filter(({ outcome }) => outcome !== 'cached' && outcome !== 'skipped')
    .map((model) => below(`chat ${model.id}`, 'client', model, attributesOf(model), model.outcome === 'failed'));
  return [root, ...stages, ...models];
}

function attributesOf(model: TracedModel): Span['attributes'] {
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': model.provider,
    'gen_ai.request.model': model.id,
    'gen_ai.usage.input_tokens': model.inputTokens,
    'gen_ai.usage.output_tokens': model.outputTokens,
    ...(model.firstTextMs === null ? {} : { 'gen_ai.response.time_to_first_chunk': model.firstTextMs / 1000 }),
    ...(model.code === null ? {} : { 'error.type': model.code }),
    'persea.zone': model.zone,
    'persea.outcome': model.outcome,
    ...(model.purpose === undefined ? {} : { 'persea.purpose': model.purpose }),
  };
}

/** Our ids are a prefix and 32 hexadecimal digits: the same ones name the trace there. */
function otelTraceId(traceId: string): string {
  const digits = /[0-9a-f]{32}$/.exec(traceId)?.[0];
  return digits ?? createHash('sha256').update(traceId).digest('hex').slice(0, 32);
}

function spanId(traceId: string, index: number): string {
  return createHash('sha256').update(`${traceId}:${index}`).digest('hex').slice(0, 16);
}
