import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EmbeddingPool, type EmbeddingPoolOptions } from '../../src/embedding/embedding-pool.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const workerModel = {
  folder: '/nowhere',
  files: [],
  hubId: 'none',
  dtype: 'q8',
  pooling: 'cls',
  maxTokens: 8,
  dimensions: 1,
} as const;

function poolOf(more: Partial<EmbeddingPoolOptions> = {}): EmbeddingPool {
  const pool = new EmbeddingPool({
    model: 'stubborn',
    workerUrl: new URL('../support/stubborn-worker.ts', import.meta.url),
    workerModel,
    size: 2,
    queueLimit: 10,
    timeoutMs: 20_000,
    ...more,
  });
  onTestFinished(() => pool.close());
  return pool;
}

const lengths = (vectors: readonly Float32Array[]) => vectors.map((vector) => vector[0]);

describe('The pool of embedding threads', () => {
  it('fails only the text of a thread that dies, and replaces the thread', async () => {
    const pool = poolOf({ size: 1 });
    const [before, dead, after] = await Promise.allSettled([
      pool.embed(['a', 'bb'], false, undefined),
      pool.embed(['ccc', 'die', 'never reached'], false, undefined),
      pool.embed(['dddd'], false, undefined),
    ]);
    expect(before).toMatchObject({ status: 'fulfilled' });
    expect(dead).toMatchObject({ status: 'rejected', reason: { code: 'model-failed', isRetryable: true } });
    expect(after.status === 'fulfilled' && lengths(after.value)).toEqual([4]);
    expect(pool.size).toBe(1);
  });

  it('keeps a thread whose text merely failed', async () => {
    const pool = poolOf({ size: 1 });
    await expect(pool.embed(['fail'], false, undefined)).rejects.toThrow('the session said no');
    expect(lengths(await pool.embed(['ok'], false, undefined))).toEqual([2]);
  });

  it('replaces a thread that does not answer in time', async () => {
    const pool = poolOf({ size: 1, timeoutMs: 1_500 });
    await expect(pool.embed(['stall'], false, undefined)).rejects.toMatchObject({ code: 'model-timeout' });
    expect(lengths(await pool.embed(['ok'], false, undefined))).toEqual([2]);
  });

  it('fails what waits when no thread can load, and may be asked again', async () => {
    const pool = poolOf({ workerModel: { ...workerModel, hubId: 'unloadable' } });
    const calls = [pool.embed(['a'], false, undefined), pool.embed(['b'], true, undefined)];
    for (const outcome of await Promise.allSettled(calls))
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'model-failed' } });
    await expect(pool.embed(['c'], false, undefined)).rejects.toMatchObject({ code: 'model-failed' });
  });

  it('passes on what a thread says of files that it refuses, and asks another one the next time', async () => {
    const folder = await temporaryFolder({});
    const place = join(folder, 'weights');
    const pool = poolOf({
      workerModel: { ...workerModel, files: [{ place, expected: { path: 'weights', sha256: '' } }] },
    });
    await expect(pool.embed(['a'], false, undefined)).rejects.toMatchObject({
      code: 'model-hash-mismatch',
      message: 'other bytes',
      details: { file: place },
    });
    expect(pool.size).toBe(0);
    await writeFile(place, '');
    expect(lengths(await pool.embed(['abc'], false, undefined))).toEqual([3]);
  });

  it('starts threads as work comes: none, one for a question, all for much', async () => {
    const pool = poolOf();
    expect(pool.size).toBe(0);
    await pool.embed(['one question'], true, undefined);
    await pool.embed(['a', 'few', 'sentences'], true, undefined);
    expect(pool.size).toBe(1);
    await pool.embed(
      Array.from({ length: 20 }, () => 'x'.repeat(1_200)),
      false,
      undefined,
    );
    expect(pool.size).toBe(2);
  });

  it('starts a further thread for short texts that never stop coming', async () => {
    const pool = poolOf();
    const few = () => pool.embed(['x'.repeat(120), 'y'.repeat(120)], false, undefined);
    for (let call = 0; call < 60; call++) await few();
    expect(pool.size, 'with pauses in between').toBe(1);
    let ahead = few();
    for (let call = 0; call < 150; call++) {
      const next = few();
      await ahead;
      ahead = next;
    }
    await ahead;
    expect(pool.size).toBe(2);
  });

  it('warms one thread ahead', async () => {
    const pool = poolOf();
    pool.warm();
    pool.warm();
    expect(pool.size).toBe(1);
    await pool.embed(['one question'], true, undefined);
    expect(pool.size).toBe(1);
  });

  it('lets a question pass before bulk work that waits', async () => {
    const pool = poolOf({ size: 1 });
    await pool.embed(['warm'], false, undefined);
    const order: string[] = [];
    const note = (name: string) => () => order.push(name);
    const bulk = Array.from({ length: 50 }, () => 'bulk');
    await Promise.all([
      pool.embed(bulk, false, undefined).then(note('bulk')),
      pool.embed(['more'], false, undefined).then(note('more')),
      pool.embed(['question'], true, undefined).then(note('question')),
    ]);
    expect(order).toEqual(['question', 'bulk', 'more']);
  });

  it('bounds the calls that wait in each lane', async () => {
    const pool = poolOf({ size: 1, queueLimit: 3 });
    const calls = Array.from({ length: 6 }, () => pool.embed(['a', 'b'], false, undefined));
    const urgent = pool.embed(['q'], true, undefined);
    const codes = (await Promise.allSettled(calls)).map((outcome) =>
      outcome.status === 'fulfilled' ? 'done' : outcome.reason.code,
    );
    expect(codes).toEqual(['done', 'done', 'done', 'queue-full', 'queue-full', 'queue-full']);
    expect(lengths(await urgent)).toEqual([1]);
    expect(await pool.embed(['a'], false, undefined)).toHaveLength(1);
  });

  it('drops what an aborted call left in the queue', async () => {
    const pool = poolOf({ size: 1 });
    const controller = new AbortController();
    const dropped = pool.embed(['a', 'die'], false, controller.signal);
    const kept = pool.embed(['bb'], false, undefined);
    controller.abort(new Error('enough'));
    await expect(dropped).rejects.toThrow('enough');
    // The text that would kill the thread is never run.
    expect(lengths(await kept)).toEqual([2]);
  });

  it('rejects what waits when it is closed, and what comes after', async () => {
    const pool = poolOf({ size: 1 });
    const waiting = pool.embed(['a', 'stall'], false, undefined);
    const closed = pool.close();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    await closed;
    await expect(pool.embed(['b'], false, undefined)).rejects.toMatchObject({ code: 'aborted' });
    expect(pool.size).toBe(0);
  });
});
