/** The configured embedding model: what is known of it without its files, and how it is opened. */
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { PerseaError } from '../core/errors.ts';
import type { CachedEmbedder } from '../embedding/cached.ts';
import type { Embedder } from '../embedding/embedder.ts';
import { withFailuresTold } from '../embedding/failures-told.ts';
import type { ProvisionEvent } from '../models/provision.ts';

/** Enough to name and open the index, so that it need not wait for the model. */
export interface EmbeddingIdentity {
  readonly fingerprint: string;
  /** Null without an embedding model. */
  readonly dimensions: number | null;
  readonly description: string;
}

export interface OpenEmbedderOptions {
  /** Whether missing files may be fetched; a single question does not wait for a download. */
  readonly mayPull: boolean;
  /** Starts the model at once, because a text is sure to come. */
  readonly isWarm: boolean;
  readonly onWarning: (message: string) => void;
  readonly onProvision?: (event: ProvisionEvent) => void;
}

export async function embeddingIdentity(config: Config): Promise<EmbeddingIdentity> {
  const { embedding } = config;
  switch (embedding.provider) {
    case 'none':
      return { fingerprint: 'none', dimensions: null, description: 'none (keywords only)' };
    case 'local': {
      const { fingerprintOf, modelVariant } = await import('../models/manifest.ts');
      const variant = modelVariant(embedding.model, embedding.dtype);
      const description = `${embedding.model} ${embedding.dtype}, in this process`;
      return { fingerprint: fingerprintOf(variant), dimensions: variant.model.dimensions, description };
    }
    case 'openai-compatible': {
      const [{ remoteFingerprint }, { redactionFor }, { maskedFingerprint }] = await Promise.all([
        import('../embedding/remote.ts'),
        import('./redaction.ts'),
        import('../embedding/redacted.ts'),
      ]);
      const description = `${embedding.model} at ${new URL(embedding.baseUrl).host}, zone ${embedding.zone}`;
      const mask = redactionFor(config, embedding.zone);
      const fingerprint = remoteFingerprint(embedding);
      return {
        fingerprint: mask === null ? fingerprint : maskedFingerprint(fingerprint, mask.fingerprint),
        dimensions: embedding.dimensions,
        description,
      };
    }
  }
}

export function identityOf({ fingerprint, dimensions, model }: Embedder): EmbeddingIdentity {
  return { fingerprint, dimensions, description: model };
}

/** Null where no model is configured, or where its files cannot be had: Persea then works on keywords, and says so. */
export async function openEmbedder(config: Config, options: OpenEmbedderOptions): Promise<CachedEmbedder | null> {
  const model = await openModel(config, options);
  return model === null ? null : withCache(model, config, options.onWarning);
}

/** The same text is embedded once for a model, whoever asks: documents, and sentences of passages at questions. */
export async function withCache(
  embedder: Embedder,
  config: Config,
  onWarning: (message: string) => void,
): Promise<CachedEmbedder> {
  const { createCachedEmbedder } = await import('../embedding/cached.ts');
  return createCachedEmbedder(embedder, { path: vectorCachePath(config.dataDir), onWarning });
}

export function vectorCachePath(dataDir: string): string {
  return join(dataDir, 'cache', 'embeddings.db');
}

/** Forgets all vectors but those of the given texts. */
export function keepVectors(dataDir: string): (texts: AsyncIterable<readonly string[]>) => Promise<void> {
  return async (texts) => {
    const { sweepVectorCache } = await import('../embedding/vector-cache-sweep.ts');
    const path = vectorCachePath(dataDir);
    try {
      await sweepVectorCache(path, texts);
    } catch (thrown) {
      if (thrown instanceof PerseaError) throw thrown;
      throw new PerseaError(
        'store-failed',
        `The embedding cache ${path} still holds vectors of removed texts, because it could not be written. Try again, or delete the file: what it holds is merely embedded again.`,
        { cause: thrown },
      );
    }
  };
}

/** As its zone may get texts. */
export async function masked(embedder: Embedder, config: Config): Promise<Embedder> {
  if (embedder.zone === 'local') return embedder;
  const [{ redactionFor }, { withMaskedTexts }] = await Promise.all([
    import('./redaction.ts'),
    import('../embedding/redacted.ts'),
  ]);
  const mask = redactionFor(config, embedder.zone);
  return mask === null ? embedder : withMaskedTexts(embedder, mask);
}

async function openModel(config: Config, options: OpenEmbedderOptions): Promise<Embedder | null> {
  const { embedding, modelFiles, limits } = config;
  if (embedding.provider === 'none') return null;
  if (embedding.provider === 'openai-compatible') {
    const [{ createRemoteEmbedder }, { keyPlaceOf, readConnection }] = await Promise.all([
      import('../embedding/remote.ts'),
      import('../core/server-connection.ts'),
    ]);
    const apiKey = keyPlaceOf(embedding);
    const settings = { ...embedding, ...(apiKey === undefined ? {} : { apiKey }) };
    // One that is missing is missed now, and not by each document.
    await readConnection(settings, embedding.model);
    return masked(withFailuresTold(createRemoteEmbedder(settings), options.onWarning), config);
  }
  const [{ modelVariant }, { findModel }, { createLocalEmbedder }] = await Promise.all([
    import('../models/manifest.ts'),
    import('../models/model-files.ts'),
    import('../embedding/local.ts'),
  ]);
  const variant = modelVariant(embedding.model, embedding.dtype);
  try {
    const provisioned = options.mayPull
      ? await (await import('../models/provision.ts')).provisionModel(variant, {
          mirrors: modelFiles.mirrors,
          ...(options.onProvision === undefined ? {} : { onEvent: options.onProvision }),
        })
      : await findModel(variant);
    if (provisioned !== null) {
      return createLocalEmbedder(provisioned, {
        isWarm: options.isWarm,
        queueLimit: limits.queue,
        ...(embedding.workers === undefined ? {} : { workers: embedding.workers }),
      });
    }
    options.onWarning(
      `The files of the embedding model ${embedding.model} are not on this machine; working on keywords only. Run \`persea models pull\`.`,
    );
  } catch (thrown) {
    if (!(thrown instanceof PerseaError) || thrown.code !== 'model-unavailable') throw thrown;
    options.onWarning(`${thrown.message} Working on keywords only.`);
  }
  return null;
}
