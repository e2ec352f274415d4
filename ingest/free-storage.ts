/**
 * Frees the bytes of what was removed, everywhere: chunks and their indexes, rows of the catalogue, vectors, traces. That it is due is
 * noted before a purge removes anything, so that a crash on the way leaves it to the next run.
 */
import { systemScope } from '../src/access/scope.ts';
import type { Catalog } from '../src/catalog/catalog.ts';
import { randomId } from '../src/core/ids.ts';
import type { ChunkStore } from '../src/store/chunk-store.ts';
import { repairIntents } from './revision-writer.ts';
import { followStoreChanges } from './store-changes.ts';

export interface FreeStorageDependencies {
  readonly catalog: Catalog;
  readonly store: ChunkStore;
  /** Forgets all vectors but those of these texts. */
  readonly keepVectors: (texts: AsyncIterable<readonly string[]>) => Promise<void>;
  /** Deletes traces that are past their time; for a purge also what they hold of documents that are gone. */
  readonly tidyTraces: (options: { readonly isPurge: boolean }) => Promise<void>;
}

const purgeDueSetting = 'purge-due';

export async function notePurge(catalog: Pick<Catalog, 'setSetting'>): Promise<void> {
  await catalog.setSetting(purgeDueSetting, randomId('purge'));
}

export async function isPurgeDue(catalog: Pick<Catalog, 'setting'>): Promise<boolean> {
  return (await catalog.setting(purgeDueSetting)) !== undefined;
}

/** The caller holds the writer's lock. */
export async function freeStorage({ catalog, store, keepVectors, tidyTraces }: FreeStorageDependencies): Promise<void> {
  const due = await catalog.setting(purgeDueSetting);
  await repairIntents(catalog, store);
  await followStoreChanges(catalog, store);
  await store.prune();
  await keepVectors(store.indexTexts(systemScope('free storage')));
  await tidyTraces({ isPurge: true });
  await catalog.compact();
  // One that was noted meanwhile is still to be done.
  if ((await catalog.setting(purgeDueSetting)) === due) await catalog.setSetting(purgeDueSetting, null);
}
