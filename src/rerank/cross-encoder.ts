/** A cross-encoder on this machine: reads question and passage together and gives one number. On threads of its own. */
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { siblingModule } from '../core/module-url.ts';
import { EmbeddingPool } from '../embedding/embedding-pool.ts';
import type { WorkerModel } from '../embedding/worker-protocol.ts';
import type { Reranker } from './reranker.ts';

/** The files of one model, in the hub's layout, named by their hashes as everywhere. */
export interface CrossEncoderFiles {
  /** Holds config.json, tokenizer.json, tokenizer_config.json and the weights below onnx/. */
  readonly folder: string;
  readonly dtype: 'q8' | 'fp32';
  readonly tokenizerSha256: string;
  readonly weightsSha256: string;
  /** Longest pair in tokens, special tokens included. */
  readonly maxTokens: number;
}

export interface CrossEncoderOptions {
  /** Threads, each with a session of its own; as many as cores by default, started as work comes. */
  readonly workers?: number;
  readonly timeoutMs?: number;
}

const weightsPath = { q8: 'onnx/model_quantized.onnx', fp32: 'onnx/model.onnx' } as const;
/** Questions that may wait, each with all its passages; there is a deadline on each anyway. */
const queueLimit = 100;

/** Returns at once: a thread verifies the files before it loads them. Throws from `score`: `model-failed`, `model-hash-mismatch`, … */
export function createCrossEncoder(files: CrossEncoderFiles, options: CrossEncoderOptions = {}): Reranker {
  const name = basename(files.folder);
  const pool = new EmbeddingPool({
    model: name,
    workerUrl: siblingModule(import.meta.url, 'cross-encoder-worker'),
    workerModel: {
      folder: dirname(files.folder),
      files: [
        fileOf(files, 'tokenizer.json', files.tokenizerSha256),
        fileOf(files, weightsPath[files.dtype], files.weightsSha256),
      ],
      hubId: name,
      dtype: files.dtype,
      pooling: 'cls',
      maxTokens: files.maxTokens,
      dimensions: 1,
    },
    size: Math.max(1, options.workers ?? availableParallelism()),
    queueLimit,
    timeoutMs: options.timeoutMs ?? 60_000,
  });
  return {
    id: name,
    async score(question, passages, { signal }) {
      const pairs = passages.map(({ title, chunk }) => JSON.stringify([question, `${title}\n${chunk.indexText}`]));
      const scores = await pool.embed(pairs, true, signal);
      return new Map(passages.map(({ chunk }, index) => [chunk.chunkId, scores[index]?.[0] ?? Number.NaN]));
    },
    close: () => pool.close(),
  };
}

function fileOf({ folder }: CrossEncoderFiles, path: string, sha256: string): WorkerModel['files'][number] {
  return { place: join(folder, path), expected: { path, sha256 } };
}
