import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { sha256Hex } from '../../src/core/ids.ts';
import { VectorCache } from '../../src/embedding/vector-cache.ts';
import { sweepVectorCache } from '../../src/embedding/vector-cache-sweep.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const texts = Array.from({ length: 200 }, (_, index) => `text ${index}`);

async function* batches(...all: (readonly string[])[]) {
  yield* all;
}

async function openCache(fingerprint = 'one') {
  const path = join(await temporaryFolder(), 'embeddings.db');
  const warnings: string[] = [];
  const open = (print: string) => {
    const cache = new VectorCache({
      path,
      fingerprint: print,
      dimensions: 2,
      maxBytes: 1e9,
      onWarning: (message) => warnings.push(message),
    });
    onTestFinished(() => cache.close());
    return cache;
  };
  return { path, warnings, open, cache: open(fingerprint) };
}

const vectorOf = (index: number) => Float32Array.of(Math.cos(index / 10), Math.sin(index / 10));
const entries = texts.map((text, index) => ({ key: sha256Hex(text), vector: vectorOf(index) }));
const keys = entries.map(({ key }) => key);

it('keeps the vectors of these texts, of whichever model, and no byte of the others', async () => {
  const { path, open, cache } = await openCache();
  const other = open('two');
  cache.write(entries);
  other.write(entries);
  const bytes = () =>
    [path, `${path}-wal`].map((file) => (existsSync(file) ? readFileSync(file, 'latin1') : '')).join('');
  const hashOf = (index: number) => Buffer.from(keys[index] ?? '', 'hex').toString('latin1');
  const vectorBytes = (index: number) => Buffer.from(vectorOf(index).buffer).toString('latin1');
  expect(bytes()).toContain(hashOf(5));
  const swept = await sweepVectorCache(path, batches(texts.slice(0, 3), texts.slice(2, 5), ['never embedded']));
  expect(swept).toEqual({ kept: 10, forgotten: 390 });
  for (const found of [cache.read(keys), other.read(keys)]) expect([...found.keys()]).toEqual(keys.slice(0, 5));
  for (let index = 5; index < texts.length; index++) {
    expect(bytes().includes(hashOf(index)), `hash ${index}`).toBe(false);
    expect(bytes().includes(vectorBytes(index)), `vector ${index}`).toBe(false);
  }
  cache.write(entries.slice(5, 6));
  expect(cache.read(keys).size).toBe(6);
});

it('has nothing to do where there is no cache, and makes none', async () => {
  const path = join(await temporaryFolder(), 'embeddings.db');
  expect(await sweepVectorCache(path, batches(texts))).toEqual({ kept: 0, forgotten: 0 });
  expect(existsSync(path)).toBe(false);
});

it('removes a file that is damaged or of another version: whatever it holds must go', async () => {
  const { path, cache } = await openCache();
  cache.write(entries);
  cache.close();
  const raw = new DatabaseSync(path);
  raw.exec('PRAGMA user_version = 99');
  raw.close();
  await sweepVectorCache(path, batches(texts));
  expect(existsSync(path)).toBe(false);
  await writeFile(path, 'not a database at all, but long enough to look like one'.repeat(50));
  await sweepVectorCache(path, batches(texts));
  expect(existsSync(path)).toBe(false);
});

it('says so where somebody else is writing for too long', async () => {
  const { path, cache } = await openCache();
  cache.write(entries);
  const raw = new DatabaseSync(path);
  raw.exec('BEGIN IMMEDIATE');
  await expect(sweepVectorCache(path, batches([]), { busyTimeoutMs: 10 })).rejects.toThrow(/locked/);
  raw.exec('ROLLBACK');
  raw.close();
  expect(await sweepVectorCache(path, batches([]))).toMatchObject({ forgotten: 200 });
});
