/**
 * Writes revisions so that a reader sees a document's old revision or its new one, never a mixture and never none:
 * journal the intent, write the chunks, flip the current revision, delete the older chunks, close the intent. Revisions that
 * are ready at about the same time share one commit of the store, whose cost hardly depends on their number.
 */
import type { Catalog, DocumentRecord, RevisionDraft, RevisionIntent } from '../src/catalog/catalog.ts';
import type { Chunk } from '../src/core/chunk.ts';
import type { ChunkStore } from '../src/store/chunk-store.ts';

export interface ReadyRevision {
  /** Null for a document that is new. */
  readonly documentId: string | null;
  readonly draft: RevisionDraft;
  readonly chunks: readonly Chunk[];
  readonly vectors: readonly Float32Array[] | null;
}

/** Commits of 1,000 rows reach the store's full speed; waiting longer than this for more would delay single documents. */
const commitChunks = 1_000;
const commitDelayMs = 200;

interface Waiting {
  readonly revision: ReadyRevision;
  readonly resolve: (document: DocumentRecord) => void;
  readonly reject: (reason: unknown) => void;
}

export class RevisionWriter {
  readonly #catalog: Catalog;
  readonly #store: ChunkStore;
  #waiting: Waiting[] = [];
  #waitingChunks = 0;
  #timer: NodeJS.Timeout | undefined;
  #lastCommit: Promise<void> = Promise.resolve();

  constructor(catalog: Catalog, store: ChunkStore) {
    this.#catalog = catalog;
    this.#store = store;
  }

  /** Resolves when the revision is current and will survive a crash. */
  write(revision: ReadyRevision): Promise<DocumentRecord> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ revision, resolve, reject });
      this.#waitingChunks += revision.chunks.length;
      if (this.#waitingChunks >= commitChunks) this.#startCommit();
      else this.#timer ??= setTimeout(() => this.#startCommit(), commitDelayMs);
    });
  }

  /** Commits what waits and resolves when nothing is under way any more. */
  async flush(): Promise<void> {
    this.#startCommit();
    await this.#lastCommit;
  }

  #startCommit(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#waitingChunks = 0;
    if (batch.length > 0) this.#lastCommit = this.#lastCommit.then(() => this.#commit(batch));
  }

  /** Never rejects: each revision learns its own outcome. */
  async #commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const documents = await this.#commitTogether(batch.map((waiting) => waiting.revision));
      for (const [index, waiting] of batch.entries()) waiting.resolve(documents[index] as DocumentRecord);
    } catch (thrown) {
      const [only] = batch;
      if (batch.length === 1 && only !== undefined) only.reject(thrown);
      // One revision that cannot be written must not take the others with it.
      else for (const waiting of batch) await this.#commit([waiting]);
    }
  }

  async #commitTogether(revisions: readonly ReadyRevision[]): Promise<readonly DocumentRecord[]> {
    const intents = await this.#catalog.beginRevisions(
      revisions.map(({ draft, documentId }) => ({ uri: draft.uri, ...(documentId === null ? {} : { documentId }) })),
    );
    try {
      await this.#store.writeChunks(
        revisions.map((revision, index) => {
          const { documentId, revision: number } = intents[index] as RevisionIntent;
          const { chunks, vectors, draft } = revision;
          return { documentId, revision: number, label: draft.label, chunks, vectors };
        }),
      );
    } catch (thrown) {
      await undoIntents(this.#catalog, this.#store, intents);
      throw thrown;
    }
    const documents = await this.#catalog.flipRevisions(
      revisions.map(({ draft }, index) => ({ intent: intents[index] as RevisionIntent, draft })),
    );
    await finishIntents(this.#catalog, this.#store, intents);
    return documents;
  }
}

/** Brings catalogue and store together again after a crash at any step. */
export async function repairIntents(catalog: Catalog, store: ChunkStore): Promise<void> {
  const intents = await catalog.openIntents();
  await undoIntents(
    catalog,
    store,
    intents.filter((intent) => intent.state === 'intended'),
  );
  await finishIntents(
    catalog,
    store,
    intents.filter((intent) => intent.state === 'flipped'),
  );
}

async function undoIntents(catalog: Catalog, store: ChunkStore, intents: readonly RevisionIntent[]): Promise<void> {
  for (const intent of intents) await store.deleteRevision(intent.documentId, intent.revision);
  await catalog.abandonRevisions(intents);
}

async function finishIntents(catalog: Catalog, store: ChunkStore, intents: readonly RevisionIntent[]): Promise<void> {
  const superseding = intents.filter((intent) => intent.revision > 1);
  if (superseding.length > 0) await store.deleteRevisionsBefore(superseding);
  await catalog.endRevisions(intents);
}
