/**
 * Writes revisions so that a reader sees a document's old revision or its new one, never a mixture and never none:
 * journal the intent, write the chunks, flip the current revision, delete the older chunks, close the intent. Revisions that
 * are ready at about the same time share one commit of the store, whose cost hardly depends on their number.
 */
import { systemScope } from '../src/access/scope.ts';
import type { Catalog, DocumentRecord, RevisionDraft, RevisionIntent } from '../src/catalog/catalog.ts';
import type { Chunk } from '../src/core/chunk.ts';
import { PerseaError } from '../src/core/errors.ts';
import type { ChunkStore } from '../src/store/chunk-store.ts';

export interface ReadyRevision {
  /** Null for a document that is new. */
  readonly documentId: string | null;
  readonly draft: RevisionDraft;
  readonly chunks: readonly Chunk[];
  readonly vectors: readonly Float32Array[] | null;
}

/** Commits of 1,000 rows reach the store's full speed. */
const commitChunks = 1_000;
/** A document waits so long for others to share its commit with; where they come slowly … */
const commitDelayMs = 200;
/** … and commits have become slow, this many times as long as the last one took, up to a limit. */
const delayPerCommit = 4;
const maxCommitDelayMs = 2_000;
/** Beyond these, documents wait before they are read: a store that is slow for a while must not fill the memory. */
const maxUnwrittenChunks = 4 * commitChunks;

const scope = systemScope('repair revisions');

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
  /** Those under way to the store included. */
  #unwrittenChunks = 0;
  #nextCommit = Promise.withResolvers<void>();
  #timer: NodeJS.Timeout | undefined;
  #commitDelayMs = commitDelayMs;
  #lastCommit: Promise<void> = Promise.resolve();

  constructor(catalog: Catalog, store: ChunkStore) {
    this.#catalog = catalog;
    this.#store = store;
  }

  /** Resolves when there is room for more revisions. */
  async room(): Promise<void> {
    while (this.#unwrittenChunks >= maxUnwrittenChunks) await this.#nextCommit.promise;
  }

  /** Resolves when the revision is current and will survive a crash. */
  write(revision: ReadyRevision): Promise<DocumentRecord> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ revision, resolve, reject });
      this.#waitingChunks += revision.chunks.length;
      this.#unwrittenChunks += revision.chunks.length;
      if (this.#waitingChunks >= commitChunks) this.#startCommit();
      else this.#timer ??= setTimeout(() => this.#startCommit(), this.#commitDelayMs);
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
    const chunks = this.#waitingChunks;
    this.#waiting = [];
    this.#waitingChunks = 0;
    if (batch.length === 0) return;
    this.#lastCommit = this.#lastCommit.then(async () => {
      const startedAt = performance.now();
      await this.#commit(batch);
      const tookMs = performance.now() - startedAt;
      this.#commitDelayMs = Math.min(maxCommitDelayMs, Math.max(commitDelayMs, delayPerCommit * tookMs));
      this.#unwrittenChunks -= chunks;
      this.#nextCommit.resolve();
      this.#nextCommit = Promise.withResolvers();
    });
  }

  /** Never rejects: each revision learns its own outcome. */
  async #commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const documents = await this.#commitTogether(batch.map((waiting) => waiting.revision));
      for (const [index, waiting] of batch.entries()) waiting.resolve(documents[index] as DocumentRecord);
    } catch (thrown) {
      if (batch.length === 1 || concernsAll(thrown)) {
        for (const waiting of batch) waiting.reject(thrown);
        return;
      }
      // One revision that cannot be written must not take the others with it.
      const half = Math.ceil(batch.length / 2);
      await this.#commit(batch.slice(0, half));
      await this.#commit(batch.slice(half));
    }
  }

  async #commitTogether(revisions: readonly ReadyRevision[]): Promise<readonly DocumentRecord[]> {
    const intents = await this.#catalog.beginRevisions(
      revisions.map(({ draft, documentId }) => ({ uri: draft.uri, ...(documentId === null ? {} : { documentId }) })),
    );
    const documents = await this.#writeAndFlip(revisions, intents);
    // They are current now, whatever happens: what is left of older ones is in the journal for the next run.
    await finishIntents(this.#catalog, this.#store, intents).catch(() => undefined);
    return documents;
  }

  async #writeAndFlip(
    revisions: readonly ReadyRevision[],
    intents: readonly RevisionIntent[],
  ): Promise<readonly DocumentRecord[]> {
    try {
      // The catalogue gives each number of a revision once, so no row has it yet.
      await this.#store.writeChunks(
        revisions.map((revision, index) => {
          const { documentId, revision: number } = intents[index] as RevisionIntent;
          const { chunks, vectors, draft } = revision;
          return { documentId, revision: number, label: draft.label, chunks, vectors };
        }),
        { isFirst: true },
      );
      return await this.#catalog.flipRevisions(
        revisions.map(({ draft }, index) => ({ intent: intents[index] as RevisionIntent, draft })),
      );
    } catch (thrown) {
      // Only the catalogue knows how far it came. What cannot be repaired now is repaired by the next run.
      if (!concernsAll(thrown)) await repairIntents(this.#catalog, this.#store).catch(() => undefined);
      throw thrown;
    }
  }
}

/** Neither the other revisions nor a repair would fare better now. */
function concernsAll(thrown: unknown): boolean {
  return thrown instanceof PerseaError && (thrown.code === 'store-busy' || thrown.code === 'disk-full');
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

/** Also what earlier attempts left behind whose intents were replaced: everything after the current revision. */
async function undoIntents(catalog: Catalog, store: ChunkStore, intents: readonly RevisionIntent[]): Promise<void> {
  const current = await catalog.documentsById(
    scope,
    intents.map((intent) => intent.documentId),
  );
  const neverCurrent = intents.map((intent) => intent.documentId).filter((documentId) => !current.has(documentId));
  if (neverCurrent.length > 0) await store.deleteDocuments(neverCurrent);
  for (const { documentId, revision } of intents) {
    const first = (current.get(documentId)?.revision ?? revision) + 1;
    for (let number = first; number <= revision; number++) await store.deleteRevision(documentId, number);
  }
  await catalog.abandonRevisions(intents);
}

async function finishIntents(catalog: Catalog, store: ChunkStore, intents: readonly RevisionIntent[]): Promise<void> {
  const superseding = intents.filter((intent) => intent.revision > 1);
  if (superseding.length > 0) await store.deleteRevisionsBefore(superseding);
  await catalog.endRevisions(intents);
}
