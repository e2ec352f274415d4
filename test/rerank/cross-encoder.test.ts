import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type CrossEncoderFiles, createCrossEncoder } from '../../src/rerank/cross-encoder.ts';
import { passage, storedChunk } from '../support/retrieval-fakes.ts';
import { tinyCrossEncoder } from '../support/tiny-cross-encoder.ts';

const signal = new AbortController().signal;
const passages = [
  passage(storedChunk('a', 0, 'travel rule')),
  passage(storedChunk('b', 0, 'parental leave is twelve weeks')),
  passage(storedChunk('c', 0, 'the parental rule')),
];

function open(files: CrossEncoderFiles) {
  const reranker = createCrossEncoder(files, { workers: 2 });
  onTestFinished(() => reranker.close());
  return reranker;
}

it('reads question and passage together', async () => {
  const scores = await open(await tinyCrossEncoder()).score('Parental leave weeks', passages, { signal });
  // Shared words, and the mark that ends the question and the passage alike.
  expect([...scores]).toEqual([
    ['a#1#0', 1],
    ['b#1#0', 4],
    ['c#1#0', 2],
  ]);
});

it('cuts a pair that is too long, and keeps its end mark', async () => {
  const long = passage(storedChunk('d', 0, `${'of '.repeat(100)}parental`));
  const scores = await open(await tinyCrossEncoder()).score('parental', [long], { signal });
  expect(scores.get('d#1#0')).toBe(1);
});

it('leaves a long question some room for the passage', async () => {
  const files = { ...(await tinyCrossEncoder()), maxTokens: 32 };
  const scores = await open(files).score('x '.repeat(2_000), passages.slice(0, 1), { signal });
  expect(scores.size).toBe(1);
});

it('refuses files of other hashes', async () => {
  const files = await tinyCrossEncoder();
  await writeFile(join(files.folder, 'onnx/model.onnx'), 'another model');
  await expect(open(files).score('leave', passages, { signal })).rejects.toMatchObject({ code: 'model-hash-mismatch' });
  const absent = { ...files, folder: join(files.folder, 'nowhere') };
  await expect(open(absent).score('leave', passages, { signal })).rejects.toMatchObject({ code: 'model-unavailable' });
});

it('stops when nobody waits any more', async () => {
  const reranker = open(await tinyCrossEncoder());
  const controller = new AbortController();
  const scores = reranker.score('leave', passages, { signal: controller.signal });
  controller.abort(new Error('too late'));
  await expect(scores).rejects.toThrow('too late');
});
