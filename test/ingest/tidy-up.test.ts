import { expect, it } from 'vitest';
import { type FreeStorageDependencies, isPurgeDue, notePurge } from '../../ingest/free-storage.ts';
import { maintenanceSetting, tidyUp } from '../../ingest/tidy-up.ts';
import { FakeCatalog } from '../support/fake-catalog.ts';
import { FakeChunkStore } from '../support/fake-chunk-store.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** Says what it is asked to do, and fails at what it is told to. */
class RecordingStore extends FakeChunkStore {
  readonly done: string[] = [];
  failsAt: string | undefined;

  override async optimize({ onlyOverdue = false }: { readonly onlyOverdue?: boolean } = {}): Promise<void> {
    this.#do(onlyOverdue ? 'optimize what is overdue' : 'optimize');
  }

  override async prune(): Promise<void> {
    this.#do('prune');
  }

  #do(what: string): void {
    if (what === this.failsAt) throw new Error('no such luck');
    this.done.push(what);
  }
}

function setUp() {
  const store = new RecordingStore({ dimensions: null });
  const catalog = new FakeCatalog();
  const clock = new ManualClock(5_000);
  const dependencies: FreeStorageDependencies = {
    catalog,
    store,
    keepVectors: async () => {
      store.done.push('keep vectors');
    },
    tidyTraces: async ({ isPurge }) => {
      store.done.push(isPurge ? 'purge traces' : 'expire traces');
    },
  };
  const record = async () => JSON.parse((await catalog.setting(maintenanceSetting)) ?? 'null') as unknown;
  return { store, catalog, dependencies, clock, record };
}

it('does what is asked for, and notes that it was done', async () => {
  const { store, dependencies, clock, record } = setUp();
  expect(await tidyUp(dependencies, { clock })).toBeUndefined();
  expect(await tidyUp(dependencies, { clock, onlyOverdue: true })).toBeUndefined();
  expect(await tidyUp(dependencies, { clock, prune: true })).toBeUndefined();
  expect(store.done).toEqual([
    ...['optimize', 'expire traces'],
    ...['optimize what is overdue', 'expire traces'],
    ...['optimize', 'expire traces', 'prune', 'keep vectors', 'purge traces'],
  ]);
  expect(await record()).toEqual({ at: 5_000, failure: null });
});

it('tells and notes a failure, and the next success takes it away', async () => {
  const { store, dependencies, clock, record } = setUp();
  store.failsAt = 'optimize';
  const failure = { code: 'store-failed', message: expect.any(String) };
  expect(await tidyUp(dependencies, { clock })).toMatchObject(failure);
  expect(await record()).toEqual({ at: 5_000, failure });
  store.failsAt = undefined;
  expect(await tidyUp(dependencies, { clock })).toBeUndefined();
  expect(await record()).toEqual({ at: 5_000, failure: null });
});

it('finishes a purge that was noted, and keeps the note where it fails', async () => {
  const { store, catalog, dependencies, clock } = setUp();
  await notePurge(catalog);
  store.failsAt = 'prune';
  expect(await tidyUp(dependencies, { clock })).toMatchObject({ code: 'store-failed' });
  expect(await isPurgeDue(catalog)).toBe(true);
  store.failsAt = undefined;
  await tidyUp(dependencies, { clock });
  expect(store.done.slice(-3)).toEqual(['prune', 'keep vectors', 'purge traces']);
  expect(await isPurgeDue(catalog)).toBe(false);
});

it('leaves a purge that was noted meanwhile to whoever noted it', async () => {
  const { catalog, dependencies } = setUp();
  await notePurge(catalog);
  await tidyUp({ ...dependencies, keepVectors: () => notePurge(catalog) });
  expect(await isPurgeDue(catalog)).toBe(true);
});
