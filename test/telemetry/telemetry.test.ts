import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/core/async.ts';
import { spansOf } from '../../src/telemetry/genai-spans.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { MetricRegistry } from '../../src/telemetry/registry.ts';
import { parseHeaders, SpanExporter } from '../../src/telemetry/span-exporter.ts';
import { traceOf } from '../support/traces.ts';

const texts = ['parental', 'Parental', 'pony', 'Rules of', 'bob', 'doc_leave', 'left out'];

describe('the registry', () => {
  it('writes the text format of Prometheus', () => {
    const registry = new MetricRegistry();
    const counter = registry.counter({ name: 'a_total', help: 'As.' });
    counter.add({ kind: 'x "y"\n\\z' }, 2);
    counter.add({ kind: 'x "y"\n\\z' });
    registry.histogram({ name: 'b_seconds', help: 'Bs.' }, [0.1, 1]).observe({}, 0.5);
    registry.observed('gauge', { name: 'c', help: 'Cs.' }, () => 7);
    expect(registry.text()).toBe(
      [
        '# HELP a_total As.',
        '# TYPE a_total counter',
        'a_total{kind="x \\"y\\"\\n\\\\z"} 3',
        '# HELP b_seconds Bs.',
        '# TYPE b_seconds histogram',
        'b_seconds_bucket{le="0.1"} 0',
        'b_seconds_bucket{le="1"} 1',
        'b_seconds_bucket{le="+Inf"} 1',
        'b_seconds_sum 0.5',
        'b_seconds_count 1',
        '# HELP c Cs.',
        '# TYPE c gauge',
        'c 7',
        '',
      ].join('\n'),
    );
  });

  it('keeps its labels bounded, whatever comes', () => {
    const registry = new MetricRegistry();
    const counter = registry.counter({ name: 'a_total', help: 'As.' });
    for (let index = 0; index < 10_000; index++) counter.add({ value: `v${index}` });
    const lines = registry.text().split('\n');
    expect(lines.length).toBeLessThan(250);
    expect(lines).toContain('a_total{value="other"} 9800');
  });
});

describe('metrics', () => {
  it('count questions and models, and name nobody and nothing that was asked', () => {
    const metrics = new Metrics();
    onTestFinished(() => metrics.close());
    metrics.noteTrace(traceOf());
    metrics.noteFeedback('up');
    metrics.noteRequest({ method: 'GET', route: '/v1/documents/:id', status: 404, seconds: 0.01 });
    const text = metrics.text();
    expect(text).toContain('persea_questions_total{status="answered",reason="",cache="miss"} 1');
    expect(text).toContain('persea_model_calls_total{model="main",outcome="failed"} 1');
    expect(text).toContain('persea_model_tokens_total{model="spare",direction="input"} 120');
    expect(text).toContain('persea_feedback_total{rating="up"} 1');
    expect(text).toContain('persea_http_requests_total{method="GET",route="/v1/documents/:id",status="404"} 1');
    for (const word of texts) expect(text).not.toContain(word);
    expect(text).not.toMatch(/document(?!s\/:id)/);
  });
});

describe('spans', () => {
  it('are named by the conventions for generative AI and hold no text', () => {
    const spans = spansOf(traceOf({ traceId: `trace_${'ab'.repeat(16)}` }));
    expect(spans.map(({ name }) => name)).toEqual([
      'invoke_agent persea',
      'persea.guard',
      'retrieval',
      'persea.generate',
      'chat main',
      'chat spare',
    ]);
    const [root, , , , failed, chat] = spans;
    expect(root).toMatchObject({ traceId: 'ab'.repeat(16), parentSpanId: null, startMs: 1_000, endMs: 1_211 });
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    expect(spans.slice(1).every(({ parentSpanId }) => parentSpanId === root?.spanId)).toBe(true);
    expect(failed).toMatchObject({ isError: true, attributes: { 'error.type': 'model-timeout' } });
    expect(chat).toMatchObject({
      kind: 'client',
      isError: false,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'anthropic',
        'gen_ai.request.model': 'spare',
        'gen_ai.usage.input_tokens': 120,
        'gen_ai.usage.output_tokens': 9,
        'gen_ai.response.time_to_first_chunk': 0.0405,
      },
    });
    for (const word of texts) expect(JSON.stringify(spans)).not.toContain(word);
  });
});

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: {
    readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: object[] }[] }[];
  };
}

async function collector(status = 200): Promise<{ readonly url: string; readonly received: Received[] }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
    response.writeHead(status).end('{}');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, received };
}

function exporterTo(url: string) {
  const outcomes: string[] = [];
  const exporter = new SpanExporter({
    url,
    headers: parseHeaders('X-Key=a%20b,other=c'),
    clock: systemClock,
    onSent: () => outcomes.push('sent'),
    onFailure: (reason) => outcomes.push(reason),
  });
  return { exporter, outcomes };
}

describe('the exporter', () => {
  it('sends what waits, at the latest when it is closed', async () => {
    const { url, received } = await collector();
    const { exporter, outcomes } = exporterTo(url);
    exporter.add(spansOf(traceOf()));
    exporter.add(spansOf(traceOf()));
    await exporter.close();
    expect(outcomes).toEqual(['sent']);
    expect(received).toHaveLength(1);
    expect(received[0]?.headers).toMatchObject({ 'content-type': 'application/json', 'x-key': 'a b', other: 'c' });
    const spans = received[0]?.body.resourceSpans[0]?.scopeSpans[0]?.spans ?? [];
    expect(spans).toHaveLength(12);
    expect(spans[0]).toMatchObject({
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
      kind: 1,
      startTimeUnixNano: '1000000000',
      endTimeUnixNano: '1211000000',
    });
    expect(spans[4]).toMatchObject({ name: 'chat main', kind: 3, status: { code: 2 } });
  });

  it('drops what the collector refuses or cannot take, without a word of address and headers', async () => {
    const refusing = exporterTo((await collector(503)).url);
    refusing.exporter.add(spansOf(traceOf()));
    await refusing.exporter.close();
    expect(refusing.outcomes).toEqual(['the collector answered 503']);
    const gone = exporterTo('http://127.0.0.1:9/v1/traces');
    gone.exporter.add(spansOf(traceOf()));
    await gone.exporter.close();
    expect(gone.outcomes).toEqual(['the collector could not be reached']);
  });

  it('takes a header that is not percent-encoded as it is', () => {
    expect(parseHeaders('authorization=Basic 100%key,x-name=a%20b')).toEqual({
      authorization: 'Basic 100%key',
      'x-name': 'a b',
    });
  });

  it('tries a collector that takes nothing once more at the end, whatever waits', async () => {
    const { url, received } = await collector(503);
    const { exporter } = exporterTo(url);
    for (let index = 0; index < 300; index++) exporter.add(spansOf(traceOf()));
    await exporter.close();
    expect(received).toHaveLength(1);
  });

  it('does not wait for a collector that says nothing', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { exporter, outcomes } = exporterTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`);
    exporter.add(spansOf(traceOf()));
    const begun = performance.now();
    await exporter.close();
    expect(performance.now() - begun).toBeLessThan(3000);
    expect(outcomes).toEqual(['the collector could not be reached']);
  });

  it('keeps no more than its bound', async () => {
    const { exporter, outcomes } = exporterTo((await collector()).url);
    for (let index = 0; index < 600; index++) exporter.add(spansOf(traceOf()));
    await exporter.close();
    expect(outcomes.filter((outcome) => outcome === 'the collector does not keep up').length).toBeGreaterThan(100);
  });
});
