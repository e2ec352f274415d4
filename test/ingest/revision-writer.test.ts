/** Commits of several revisions over the fakes: who shares one, who learns of which failure, and what a failure leaves. */
import { describe, expect, it } from 'vitest';
import { type ReadyRevision, RevisionWriter, repairIntents } from '../../ingest/revision-writer.ts';
import { canonicalLabel } from '../../src/access/label.ts';
import { systemScope } from '../../src/access/scope.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { draftOf } from '../contract/catalog-contract.ts';
import { chunkOf, vectorAt } from '../support/chunks.ts';
import { FakeCatalog } from '../support/fake-catalog.ts';
import { FakeChunkStore } from '../support/fake-chunk-store.ts';

const scope = systemScope('test');
const staff = canonicalLabel({ anyOf: ['staff'] });

class WatchedStore extends FakeChunkStore {
  readonly commits: number[] = [];
  /** Called before each commit. */
  beforeWrite: () => Promise<void> = async () => undefined;
  failure: { readonly at: 'before' | 'after'; readonly error: Error } | undefined;
  deletion: Error | undefined;

  constructor() {
    super({ dimensions: 8 });
  }

  override async writeChunks(...batches: Parameters<FakeChunkStore['writeChunks']>): Promise<void> {
    await this.beforeWrite();
    this.commits.push(batches[0].length);
    if (this.failure?.at === 'before') throw this.failure.error;
    await super.writeChunks(...batches);
    if (this.failure?.at === 'after') throw this.failure.error;
  }

  override async deleteRevisionsBefore(...revisions: Parameters<FakeChunkStore['deleteRevisionsBefore']>) {
    if (this.deletion !== undefined) throw this.deletion;
    await super.deleteRevisionsBefore(...revisions);
  }
}

function setUp() {
  const catalog = new FakeCatalog(() => 1_000);
  const store = new WatchedStore();
  return { catalog, store, writer: new RevisionWriter(catalog, store) };
}

function revisionOf(
  name: string,
  fields: Partial<ReadyRevision> & { readonly chunkCount?: number } = {},
): ReadyRevision {
  const { chunkCount = 1, ...others } = fields;
  const chunks = Array.from({ length: chunkCount }, (_, ordinal) => chunkOf(ordinal, `leave ${name} ${ordinal}`));
  return {
    documentId: null,
    draft: draftOf(`docs/${name}.md`, { label: staff, chunkCount }),
    chunks,
    vectors: chunks.map(({ ordinal }) => vectorAt(ordinal)),
    ...others,
  };
}

const textsIn = async (store: FakeChunkStore) =>
  (await store.keywordSearch(scope, 'leave', { limit: 100 })).map(({ chunk }) => chunk.text).sort();

describe('RevisionWriter', () => {
  it('writes together what is ready at about the same time, and tells each its own document', async () => {
    const { catalog, store, writer } = setUp();
    const written = await Promise.all(['a', 'b', 'c'].map((name) => writer.write(revisionOf(name))));
    expect(written.map(({ uri, revision }) => [uri, revision])).toEqual([
      ['docs/a.md', 1],
      ['docs/b.md', 1],
      ['docs/c.md', 1],
    ]);
    expect(store.commits).toEqual([3]);
    expect(await catalog.openIntents()).toEqual([]);
  });

  it('commits at once when there are enough chunks', async () => {
    const { store, writer } = setUp();
    await Promise.all([
      writer.write(revisionOf('a', { chunkCount: 600 })),
      writer.write(revisionOf('b', { chunkCount: 600 })),
      writer.write(revisionOf('c')),
    ]);
    expect(store.commits).toEqual([2, 1]);
  });

  it('lets one revision that cannot be written not take the others with it', async () => {
    const { catalog, store, writer } = setUp();
    await catalog.excludeUri('docs/b.md');
    const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => writer.write(revisionOf(name))));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'document-absent' } });
    expect(await textsIn(store)).toEqual(['leave a 0', 'leave c 0', 'leave d 0']);
    expect(await catalog.openIntents()).toEqual([]);
  });

  it.each(['before', 'after'] as const)('leaves no chunks where the store fails %s it has written', async (at) => {
    const { catalog, store, writer } = setUp();
    const first = await writer.write(revisionOf('a'));
    store.failure = { at, error: new PerseaError('store-failed', 'The store is ill.') };
    const outcomes = await Promise.allSettled([
      writer.write(revisionOf('a', { documentId: first.documentId, chunks: [chunkOf(0, 'leave a again')] })),
      writer.write(revisionOf('b')),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await textsIn(store)).toEqual(['leave a 0']);
    expect(await catalog.openIntents()).toEqual([]);
    expect((await catalog.document(scope, first.documentId))?.revision).toBe(1);
  });

  it.each(['store-busy', 'disk-full'] as const)('does not try one by one what fails with %s', async (code) => {
    const { catalog, writer } = setUp();
    const begun: number[] = [];
    catalog.beginRevisions = async (requests) => {
      begun.push(requests.length);
      throw new PerseaError(code, 'Not now.');
    };
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((name) => writer.write(revisionOf(name))));
    expect(outcomes).toMatchObject([{ reason: { code } }, { reason: { code } }, { reason: { code } }]);
    expect(begun).toEqual([3]);
  });

  it('touches nothing of a writer that has taken over', async () => {
    const { catalog, store, writer } = setUp();
    store.beforeWrite = async () => {
      const [intent] = await catalog.beginRevisions([{ uri: 'docs/other.md' }]);
      await FakeChunkStore.prototype.writeChunks.call(store, [
        {
          documentId: intent?.documentId ?? '',
          revision: 1,
          label: staff,
          chunks: [chunkOf(0, 'leave d')],
          vectors: null,
        },
      ]);
      catalog.flipRevisions = () => Promise.reject(new PerseaError('store-busy', 'Another process has taken over.'));
    };
    await expect(writer.write(revisionOf('a'))).rejects.toMatchObject({ code: 'store-busy' });
    expect(await textsIn(store)).toContain('leave d');
    expect(await catalog.openIntents()).toHaveLength(2);
  });

  it('is done when the revision is current, though older chunks are still to be deleted', async () => {
    const { catalog, store, writer } = setUp();
    const { documentId } = await writer.write(revisionOf('a'));
    store.deletion = new PerseaError('store-failed', 'The store is ill.');
    const second = await writer.write(revisionOf('a', { documentId, chunks: [chunkOf(0, 'leave a again')] }));
    expect(second.revision).toBe(2);
    expect(await catalog.openIntents()).toMatchObject([{ documentId, revision: 2, state: 'flipped' }]);
    store.deletion = undefined;
    await repairIntents(catalog, store);
    expect(await textsIn(store)).toEqual(['leave a again']);
    expect(await catalog.openIntents()).toEqual([]);
  });

  it('has room again when chunks are written', async () => {
    const { store, writer } = setUp();
    const gate = Promise.withResolvers<void>();
    store.beforeWrite = () => gate.promise;
    const written = Array.from({ length: 4 }, (_, index) =>
      writer.write(revisionOf(`a${index}`, { chunkCount: 1_000 })),
    );
    let hasRoom = false;
    const room = writer.room().then(() => {
      hasRoom = true;
    });
    await new Promise(setImmediate);
    expect(hasRoom).toBe(false);
    gate.resolve();
    await room;
    await Promise.all(written);
  });
});

describe('repairIntents', () => {
  it('deletes whatever came after the current revision, also of attempts whose intents were replaced', async () => {
    const { catalog, store, writer } = setUp();
    const { documentId } = await writer.write(revisionOf('a'));
    const write = (id: string, revision: number, text: string) =>
      store.writeChunks([{ documentId: id, revision, label: staff, chunks: [chunkOf(0, text)], vectors: null }]);
    for (const text of ['leave a second', 'leave a third']) {
      const [intent] = await catalog.beginRevisions([{ uri: 'docs/a.md', documentId }]);
      await write(documentId, intent?.revision ?? 0, text);
    }
    for (const text of ['leave b first', 'leave b second']) {
      const [intent] = await catalog.beginRevisions([{ uri: 'docs/b.md' }]);
      await write(intent?.documentId ?? '', intent?.revision ?? 0, text);
    }
    await repairIntents(catalog, store);
    expect(await textsIn(store)).toEqual(['leave a 0']);
    expect(await catalog.openIntents()).toEqual([]);
  });
});
