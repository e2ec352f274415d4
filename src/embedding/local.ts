/** Embeddings by a model file on this machine, through transformers and the ONNX runtime, on threads of their own. */
import { availableParallelism } from 'node:os';
import { PerseaError } from '../core/errors.ts';
import { siblingModule } from '../core/module-url.ts';
import { fingerprintOf } from '../models/manifest.ts';
import type { ProvisionedModel } from '../models/model-files.ts';
import type { Embedder } from './embedder.ts';
import { EmbeddingPool } from './embedding-pool.ts';
import { wordPieceTokens } from './wordpiece-tokens.ts';
import type { WorkerModel } from './worker-protocol.ts';

export interface LocalEmbedderOptions {
  /** Threads, each with a session of its own (about 80 MB); as many as cores by default, started as work comes. */
  readonly workers?: number;
  /** Starts the first thread now instead of at the first text: saves its start where a question is sure to come. */
  readonly isWarm?: boolean;
  /** Calls that may wait in each lane before more are refused with `queue-full`. */
  readonly queueLimit?: number;
  readonly timeoutMs?: number;
}

/**
 * Returns at once; a thread verifies the files before it loads them, so that a damaged one shows at the first text
 * (`model-hash-mismatch`). Throws from calls: `model-failed`, `model-timeout`, `queue-full`, `aborted`.
 *
 * `createLocalEmbedder(await provisionModel(modelVariant('bge-small-en-v1.5')), { isWarm: true })`
 */
export function createLocalEmbedder(provisioned: ProvisionedModel, options: LocalEmbedderOptions = {}): Embedder {
  const { variant, folder, tokenizerPath, weightsPath } = provisioned;
  const { model } = variant;
  const workerModel: WorkerModel = {
    folder,
    files: [
      { place: tokenizerPath, expected: model.tokenizer },
      { place: weightsPath, expected: variant.weights },
    ],
    hubId: model.hubId,
    dtype: variant.dtype,
    pooling: model.pooling,
    maxTokens: model.maxTokens,
    dimensions: model.dimensions,
  };
  const pool = new EmbeddingPool({
    model: model.name,
    workerUrl: siblingModule(import.meta.url, 'local-worker'),
    workerModel,
    size: Math.max(1, options.workers ?? availableParallelism()),
    queueLimit: options.queueLimit ?? 1_000,
    timeoutMs: options.timeoutMs ?? 60_000,
  });
  if (options.isWarm === true) pool.warm();
  return {
    fingerprint: fingerprintOf(variant),
    model: model.name,
    zone: 'local',
    dimensions: model.dimensions,
    maxTokens: model.maxTokens,
    denseWeight: model.denseWeight,
    languages: model.languages,
    tokens: wordPieceTokens(provisioned),
    async embedQuery(text, { signal } = {}) {
      const [vector] = await pool.embed([model.queryPrefix + text], true, signal);
      if (vector === undefined) throw new PerseaError('internal', 'The embedding pool gave no vector for a question.');
      return vector;
    },
    embedDocuments(texts, { signal, isUrgent = false } = {}) {
      const prefixed = model.documentPrefix === '' ? texts : texts.map((text) => model.documentPrefix + text);
      return pool.embed(prefixed, isUrgent, signal);
    },
    close: () => pool.close(),
  };
}
