import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { env, pipeline } from '@xenova/transformers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { createLocalEmbedder } from '../../src/embedding/local.ts';
import { wordPieceTokens } from '../../src/embedding/wordpiece-tokens.ts';
import { findModel, type ProvisionedModel } from '../../src/models/model-files.ts';
import { cosine, embedderContract } from '../contract/embedder-contract.ts';
import { modelForTests } from '../support/model-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const bge = await modelForTests();
const miniLm = await modelForTests('all-MiniLM-L6-v2');

function bytesOf(vector: Float32Array | undefined): string {
  return Buffer.from(vector?.buffer ?? new ArrayBuffer(0)).toString('hex');
}

/** By the library's own tokenizing, pooling and normalizing. */
async function referenceVectors(model: ProvisionedModel, texts: readonly string[]): Promise<readonly Float32Array[]> {
  env.allowRemoteModels = false;
  env.localModelPath = `${model.folder}/`;
  env.useFSCache = false;
  const { hubId, pooling } = model.variant.model;
  const extract = await pipeline('feature-extraction', hubId, {
    dtype: 'q8',
    session_options: { intraOpNumThreads: 1 },
  });
  const vectors: Float32Array[] = [];
  for (const text of texts) {
    const { data } = await extract(text, { pooling, normalize: true });
    vectors.push(Float32Array.from(data as Float32Array));
  }
  await extract.dispose();
  return vectors;
}

if (bge !== null)
  embedderContract('The local embedder', async () => ({
    embedder: createLocalEmbedder(bge, { workers: 2, isWarm: true }),
    twin: createLocalEmbedder(bge, { workers: 1 }),
  }));

describe.skipIf(bge === null)('The local embedder with bge-small-en-v1.5', () => {
  if (bge === null) return;
  let embedder: Embedder;
  beforeAll(() => {
    embedder = createLocalEmbedder(bge, { workers: 2 });
  });
  afterAll(() => embedder.close());

  it('gives the vectors that the pipeline of the library gives', async () => {
    const texts = ['Parental leave is 26 weeks.', 'Der Betriebsrat tagt am Montag.', 'pear '.repeat(300)];
    const reference = await referenceVectors(bge, texts);
    const vectors = await embedder.embedDocuments(texts);
    for (const [index, vector] of vectors.entries())
      expect(cosine(vector, reference[index] ?? vector.fill(0))).toBeCloseTo(1, 5);
  });

  it('treats questions and documents differently', async () => {
    const text = 'parental leave';
    const [document] = await embedder.embedDocuments([text]);
    const prefixed = `Represent this sentence for searching relevant passages: ${text}`;
    const [same] = await embedder.embedDocuments([prefixed]);
    const question = await embedder.embedQuery(text);
    expect(bytesOf(question)).not.toBe(bytesOf(document));
    expect(bytesOf(question)).toBe(bytesOf(same));
  });

  it('cuts at 512 tokens', async () => {
    const [short, atLimit, over] = await embedder.embedDocuments([
      'pear '.repeat(509),
      'pear '.repeat(510),
      `${'pear '.repeat(510)}${'apple '.repeat(200)}`,
    ]);
    expect(bytesOf(over)).toBe(bytesOf(atLimit));
    expect(bytesOf(short)).not.toBe(bytesOf(atLimit));
  });

  it('loads no file that was changed, though its size is right', async () => {
    const folder = await temporaryFolder();
    await cp(bge.folder, folder, { recursive: true, filter: (source) => !/fp32|MiniLM|e5|\.locks/.test(source) });
    const path = join(folder, 'Xenova', 'bge-small-en-v1.5', 'onnx', 'model_quantized.onnx');
    const handle = await open(path, 'r+');
    await handle.write(Buffer.from([0xff]), 0, 1, 20_000_000);
    await handle.close();
    const found = await findModel(bge.variant, folder);
    if (found === null) throw new Error('the copy is not complete');
    const tampered = createLocalEmbedder(found);
    await expect(tampered.embedQuery('a question')).rejects.toMatchObject({
      code: 'model-hash-mismatch',
      message: expect.stringContaining(bge.variant.weights.sha256),
    });
    await tampered.close();
  });

  // The runtime aborts a process that ends while it loads a session: see src/embedding/exit-guard.ts.
  it.each([0, 150, 250, 350])('lets a process end at any time, as %i ms after its start', async (delayMs) => {
    const script = `
      import { createLocalEmbedder } from './src/embedding/local.ts';
      import { findModel } from './src/models/model-files.ts';
      import { modelVariant } from './src/models/manifest.ts';
      const embedder = createLocalEmbedder(await findModel(modelVariant('bge-small-en-v1.5')), { isWarm: true });
      setTimeout(() => process.exit(0), ${delayMs});`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: join(import.meta.dirname, '..', '..'),
      stdio: 'ignore',
    });
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

describe.skipIf(miniLm === null)('The local embedder with all-MiniLM-L6-v2', () => {
  if (miniLm === null) return;
  it('gives the vectors that the pipeline of the library gives', async () => {
    const texts = ['Parental leave is 26 weeks.', 'Error E-4012 means that a valve did not open.'];
    const reference = await referenceVectors(miniLm, texts);
    const embedder = createLocalEmbedder(miniLm, { workers: 1 });
    const vectors = await embedder.embedDocuments(texts);
    await embedder.close();
    for (const [index, vector] of vectors.entries())
      expect(cosine(vector, reference[index] ?? vector.fill(0))).toBeCloseTo(1, 5);
  });

  // Its tokenizer file asks for truncation at 128 and for padding to 128.
  it('reads 256 tokens, neither cut at 128 nor padded', async () => {
    const embedder = createLocalEmbedder(miniLm, { workers: 1 });
    const words = (count: number) => 'pear '.repeat(count);
    const [at200, at254, at300, atShort] = await embedder.embedDocuments([
      `${words(199)}apple`,
      `${words(253)}apple`,
      `${words(253)}apple ${words(46)}`,
      'apple',
    ]);
    const [plain200, plainShort] = await embedder.embedDocuments([words(200), 'apple   ']);
    await embedder.close();
    // The 200th word counts, the 255th does not.
    expect(bytesOf(at200)).not.toBe(bytesOf(plain200));
    expect(bytesOf(at300)).toBe(bytesOf(at254));
    expect(bytesOf(atShort)).toBe(bytesOf(plainShort));
  });
});

describe.skipIf(bge === null || miniLm === null)('The token counter', () => {
  it('agrees with the tokenizer on any text', async () => {
    const { readFile } = await import('node:fs/promises');
    for (const model of [bge, miniLm]) {
      if (model === null) continue;
      const tokenizer = new Tokenizer(JSON.parse(await readFile(model.tokenizerPath, 'utf8')), {});
      const counter = wordPieceTokens(model);
      const piece = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 12 }),
        fc.constantFrom(
          ' ',
          '\n\n',
          '\t',
          '\u00a0',
          '\ufeff',
          'unbelievable',
          'E-4012',
          'naïve',
          '日本',
          '[SEP]',
          "it's",
          '**bold**',
        ),
      );
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
          const text = pieces.join('');
          expect(counter.count(text)).toBe(tokenizer.encode(text, { add_special_tokens: false }).ids.length);
        }),
        { numRuns: 300 },
      );
    }
  });
});
