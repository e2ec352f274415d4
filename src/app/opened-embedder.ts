/** The one embedding model of an app, for questions and documents: opened when it is first needed, or ahead of that. */
import type { Config } from '../config.ts';
import type { CachedEmbedder } from '../embedding/cached.ts';
import type { Embedder } from '../embedding/embedder.ts';
import type { ProvisionEvent } from '../models/provision.ts';
import { type EmbeddingIdentity, embeddingIdentity, identityOf, masked, openEmbedder, withCache } from './embedding.ts';

export interface OpenedEmbedderOptions {
  readonly config: Config;
  /** Instead of the configured one; closing it stays its owner's. */
  readonly embedder?: Embedder;
  readonly onWarning: (message: string) => void;
  readonly onProvision?: (event: ProvisionEvent) => void;
}

interface EmbedderNeed {
  /** Whether its files may be fetched now. */
  readonly mayPull: boolean;
  /** Whether a text is sure to come. */
  readonly isWarm: boolean;
}

export class OpenedEmbedder {
  readonly identity: EmbeddingIdentity;
  readonly #open: (need: EmbedderNeed) => Promise<CachedEmbedder | null>;
  #opened: Promise<CachedEmbedder | null> | undefined;

  private constructor(
    identity: EmbeddingIdentity,
    { config, embedder, onWarning, onProvision }: OpenedEmbedderOptions,
  ) {
    this.identity = identity;
    this.#open = async (need) =>
      embedder === undefined
        ? openEmbedder(config, { ...need, onWarning, ...(onProvision === undefined ? {} : { onProvision }) })
        : withCache({ ...embedder, close: async () => undefined }, config, onWarning);
  }

  static async of(options: OpenedEmbedderOptions): Promise<OpenedEmbedder> {
    const { config, embedder } = options;
    if (embedder === undefined) return new OpenedEmbedder(await embeddingIdentity(config), options);
    const own = await masked(embedder, config);
    return new OpenedEmbedder(identityOf(own), { ...options, embedder: own });
  }

  /** Null where there is none; looked for again only by a caller that may fetch it. */
  get(need: EmbedderNeed): Promise<CachedEmbedder | null> {
    const known = this.#opened;
    const opened =
      known === undefined
        ? this.#open(need)
        : need.mayPull
          ? known.then((embedder) => embedder ?? this.#open(need))
          : known;
    this.#opened = opened;
    // Whoever awaits it gets the failure; a start ahead of time must not end the process by it.
    opened.catch(() => undefined);
    return opened;
  }

  async close(): Promise<void> {
    const embedder = await this.#opened?.catch(() => null);
    await embedder?.close();
  }
}
