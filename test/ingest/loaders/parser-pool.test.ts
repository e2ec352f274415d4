import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { createParserPool, type ParserPool, type ParserPoolOptions } from '../../../ingest/loaders/parse.ts';
import { PerseaError } from '../../../src/core/errors.ts';
import { bytesOf, makePdf, sampleMarkdown, testLimits } from '../../support/loader-files.ts';

const mebibyte = 1024 * 1024;
/** So much that it takes many seconds, on any machine. */
const endless = bytesOf(`[${'1,'.repeat(9_000_000)}1]`);

const pools: ParserPool[] = [];
const poolOf = (options: Partial<ParserPoolOptions> = {}): ParserPool => {
  const pool = createParserPool({
    size: 1,
    limits: testLimits,
    timeoutMs: 30_000,
    memoryBytes: 1024 * mebibyte,
    ...options,
  });
  pools.push(pool);
  return pool;
};

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe('ParserPool', () => {
  it('parses in a child process, one file after another', async () => {
    const pool = poolOf();
    const pdf = await makePdf([{ title: 'Pump', paragraphs: ['It pumps.'] }]);
    const [markdown, document] = await Promise.all([
      pool.parse({ bytes: bytesOf(sampleMarkdown), fileName: 'leave.md' }),
      pool.parse({ bytes: pdf, fileName: 'pump.pdf' }),
    ]);
    expect(markdown.frontMatter).toMatchObject({ access: { anyOf: ['hr'] } });
    expect(document.title).toBe('Pump');
  });

  it('hands errors over with code, message and details', async () => {
    const failure = await poolOf()
      .parse({ bytes: new Uint8Array(), fileName: 'a.md' })
      .catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(PerseaError);
    expect(failure).toMatchObject({ code: 'file-empty', message: 'Read a.md: it has no bytes.' });
  });

  it('ends what takes too long, and parses the next file', async () => {
    const pool = poolOf({ timeoutMs: 2500 });
    const slow = pool.parse({ bytes: endless, fileName: 'slow.json' });
    const next = pool.parse({ bytes: bytesOf('# Next'), fileName: 'next.md' });
    await expect(slow).rejects.toMatchObject({ code: 'parse-timeout' });
    expect((await next).title).toBe('Next');
  });

  it('ends what needs too much memory', async () => {
    const pool = poolOf({ memoryBytes: 70 * mebibyte });
    const rows = 'a,b,c,d,e,f\n'.repeat(400_000);
    await expect(pool.parse({ bytes: bytesOf(rows), fileName: 'large.csv' })).rejects.toMatchObject({
      code: 'parse-failed',
    });
  });

  it('leaves nothing behind on the signal of a run that goes on', async () => {
    const pool = poolOf();
    const { signal } = new AbortController();
    const files = ['a.md', 'b.md', 'c.md', 'd.md'];
    const parses = files.map((fileName) => pool.parse({ bytes: bytesOf('# Text'), fileName }, { signal }));
    expect(getEventListeners(signal, 'abort').length).toBeGreaterThan(0);
    await Promise.all(parses);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('stops at once when the caller aborts, waiting or working', async () => {
    const pool = poolOf();
    const working = new AbortController();
    const waiting = new AbortController();
    const first = pool.parse({ bytes: endless, fileName: 'slow.json' }, { signal: working.signal });
    const second = pool.parse({ bytes: bytesOf('# B'), fileName: 'b.md' }, { signal: waiting.signal });
    const third = pool.parse({ bytes: bytesOf('# C'), fileName: 'c.md' });
    waiting.abort();
    await expect(second).rejects.toMatchObject({ code: 'aborted' });
    working.abort();
    await expect(first).rejects.toMatchObject({ code: 'aborted' });
    expect((await third).title).toBe('C');
  });

  it('fails what waits when it is closed, and whatever comes after', async () => {
    const pool = poolOf();
    const running = pool.parse({ bytes: endless, fileName: 'slow.json' });
    const waiting = pool.parse({ bytes: bytesOf('# B'), fileName: 'b.md' });
    const outcome = Promise.allSettled([running, waiting]);
    await pool.close();
    for (const result of await outcome)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } });
    await expect(pool.parse({ bytes: bytesOf('# C'), fileName: 'c.md' })).rejects.toMatchObject({ code: 'aborted' });
  });
});
