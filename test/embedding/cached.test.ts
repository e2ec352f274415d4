import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCachedEmbedder } from '../../src/embedding/cached.ts';
import type { Embedder, EmbedOptions } from '../../src/embedding/embedder.ts';
import { VectorCache } from '../../src/embedding/vector-cache.ts';
import { embedderContract } from '../contract/embedder-contract.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

embedderContract('The cached embedder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'persea-test-'));
  const path = join(folder, 'cache', 'embeddings.db');
  return {
    embedder: createCachedEmbedder(createFakeEmbedder(), { path }),
    twin: createCachedEmbedder(createFakeEmbedder(), { path }),
    close: () => rm(folder, { recursive: true, force: true }),
  };
});

async function setUp(inner: Embedder = createFakeEmbedder(), more: { path?: string; maxBytes?: number } = {}) {
  const path = more.path ?? join(await temporaryFolder(), 'cache', 'embeddings.db');
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const cached = createCachedEmbedder(inner, { onWarning, ...more, path });
  onTestFinished(() => cached.close());
  return { path, warnings, cached };
}

/** Embeds only when the test says so. */
function gated(): { embedder: Embedder; open: () => void; fail: (reason: unknown) => void } {
  const inner = createFakeEmbedder();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => undefined);
  let calls = 0;
  const embedDocuments = async (texts: readonly string[], options?: EmbedOptions) => {
    if (calls++ === 0) await promise;
    return inner.embedDocuments(texts, options);
  };
  return { embedder: { ...inner, embedDocuments }, open: resolve, fail: reject };
}

describe('The cached embedder', () => {
  it('never embeds the same text twice, in one call, later or in another process', async () => {
    const inner = createFakeEmbedder();
    const { path, cached } = await setUp(inner);
    const first = await cached.embedDocuments(['one', 'two', 'one']);
    await cached.embedDocuments(['two', 'three']);
    expect(inner.embedded).toEqual(['one', 'two', 'three']);
    expect(cached.usage()).toEqual({ texts: 3, tokens: 3, cachedTexts: 2 });
    await cached.close();
    const later = await setUp(createFakeEmbedder(), { path });
    expect(await later.cached.embedDocuments(['one', 'two', 'one'])).toEqual(first);
    expect(later.cached.usage()).toEqual({ texts: 0, tokens: 0, cachedTexts: 3 });
    expect([later.warnings, (await stat(path)).size > 0]).toEqual([[], true]);
  });

  it('keeps models apart that share a file', async () => {
    const { path, cached } = await setUp(createFakeEmbedder({ name: 'one' }));
    await cached.embedDocuments(['text']);
    const other = createFakeEmbedder({ name: 'other' });
    const second = await setUp(other, { path });
    await second.cached.embedDocuments(['text']);
    expect(other.embedded).toEqual(['text']);
  });

  it('shares a run between calls that overlap', async () => {
    const { embedder, open } = gated();
    const { cached } = await setUp(embedder);
    const calls = [cached.embedDocuments(['same', 'own']), cached.embedDocuments(['other', 'same'])];
    open();
    const [first, second] = await Promise.all(calls);
    expect(second?.[1]).toEqual(first?.[0]);
    expect(cached.usage()).toMatchObject({ texts: 3 });
  });

  it('embeds itself what a call that failed was to embed', async () => {
    const { embedder, fail } = gated();
    const { cached } = await setUp(embedder);
    const failing = cached.embedDocuments(['same']);
    const waiting = cached.embedDocuments(['same']);
    fail(new Error('aborted by its caller'));
    await expect(failing).rejects.toThrow('aborted by its caller');
    expect(await waiting).toHaveLength(1);
  });

  it('remembers questions in memory and not in the file', async () => {
    const inner = createFakeEmbedder();
    const { path, cached } = await setUp(inner);
    await cached.embedQuery('asked twice');
    await cached.embedQuery('asked twice');
    expect(inner.queries).toEqual(['asked twice']);
    await expect(stat(path)).rejects.toThrow('ENOENT');
    for (let index = 0; index < 200; index++) await cached.embedQuery(`question ${index}`);
    await cached.embedQuery('asked twice');
    expect(inner.queries.filter((query) => query === 'asked twice')).toHaveLength(2);
  });

  it('discards a damaged file with a warning and goes on', async () => {
    const { path, cached } = await setUp();
    await cached.embedDocuments(['text']);
    await cached.close();
    await writeFile(path, randomUUID().repeat(500));
    const inner = createFakeEmbedder();
    const second = await setUp(inner, { path });
    await second.cached.embedDocuments(['text']);
    await second.cached.embedDocuments(['text']);
    expect(inner.embedded).toEqual(['text']);
    expect(second.warnings).toEqual([expect.stringContaining('damaged')]);
  });

  it('embeds anew what is no unit vector of the right length', async () => {
    const { path, cached } = await setUp();
    await cached.embedDocuments(['short', 'scaled', 'whole']);
    await cached.close();
    const database = new DatabaseSync(path);
    database.exec("UPDATE vectors SET vector = x'00000000' WHERE id = 1");
    database.exec('UPDATE vectors SET vector = zeroblob(256) WHERE id = 2');
    database.close();
    const inner = createFakeEmbedder();
    const second = await setUp(inner, { path });
    await second.cached.embedDocuments(['short', 'scaled', 'whole']);
    expect(inner.embedded).toEqual(['short', 'scaled']);
    await second.cached.embedDocuments(['short', 'scaled', 'whole']);
    expect(inner.embedded).toHaveLength(2);
  });

  it('works without a cache where no file can be made', async () => {
    const folder = await temporaryFolder({ blocked: 'a file where a folder should be' });
    const { cached, warnings } = await setUp(createFakeEmbedder(), { path: join(folder, 'blocked', 'embeddings.db') });
    expect(await cached.embedDocuments(['one'])).toHaveLength(1);
    expect(await cached.embedDocuments(['one'])).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining('cannot be used')]);
  });

  it('shares its file with another embedder', async () => {
    const { path, cached } = await setUp();
    await cached.embedDocuments(['first']);
    const other = await setUp(createFakeEmbedder(), { path });
    expect(
      await Promise.all([cached.embedDocuments(['a', 'b']), other.cached.embedDocuments(['b', 'c'])]),
    ).toHaveLength(2);
    expect([other.warnings, await other.cached.embedDocuments(['first'])]).toEqual([[], expect.anything()]);
    expect(other.cached.usage().cachedTexts).toBeGreaterThanOrEqual(1);
  });
});

describe('The vector cache', () => {
  it('stays within its size and evicts the longest unused first', async () => {
    const path = join(await temporaryFolder(), 'vectors.db');
    const dimensions = 64;
    const [vector = new Float32Array()] = await createFakeEmbedder({ dimensions }).embedDocuments(['any']);
    const maxBytes = 400_000;
    let day = 100;
    const cache = new VectorCache({
      path,
      fingerprint: 'fake',
      dimensions,
      maxBytes,
      onWarning: (message) => expect.unreachable(message),
      now: () => day * 24 * 60 * 60_000,
    });
    onTestFinished(() => cache.close());
    const key = (index: number) => index.toString(16).padStart(64, '0');
    const write = (from: number, count: number) =>
      cache.write(Array.from({ length: count }, (_, index) => ({ key: key(from + index), vector })));
    write(0, 50);
    day += 1;
    write(100, 50);
    day += 1;
    expect(cache.read([key(3)]).size).toBe(1);
    for (let batch = 0; batch < 30; batch++) {
      write(1_000 + batch * 50, 50);
      day += 1;
      // Used each day, though it is the oldest.
      expect(cache.read([key(3)]).size).toBe(1);
    }
    expect(cache.read([key(4)]).size).toBe(0);
    expect(cache.read([key(1_000 + 29 * 50)]).size).toBe(1);
    const database = new DatabaseSync(path);
    const count = Number(database.prepare('SELECT count(*) AS count FROM vectors').get()?.count);
    database.close();
    expect(count).toBeGreaterThan(400);
    cache.close();
    expect((await stat(path)).size).toBeLessThan(maxBytes * 1.1);
  });
});
