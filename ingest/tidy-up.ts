/**
 * What is due after writing: indexes take in what is new, old versions go, and so do the bytes of what was removed where that is
 * asked for. The documents are in, whatever becomes of it; a failure is an alarm that stands until the next run succeeds.
 */
import { type Clock, systemClock } from '../src/core/async.ts';
import { type PerseaError, toPerseaError } from '../src/core/errors.ts';
import { type FreeStorageDependencies, freeStorage, isPurgeDue } from './free-storage.ts';

export interface TidyUpOptions {
  readonly prune?: boolean;
  /** Leaves to the next ingest what merely makes searches a little slower. */
  readonly onlyOverdue?: boolean;
  readonly clock?: Clock;
}

/** Kept in the catalogue for `doctor`, as JSON. */
export interface MaintenanceRecord {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Null where everything that was due was done. */
  readonly failure: { readonly code: string; readonly message: string } | null;
}

export const maintenanceSetting = 'maintenance';

/** Never rejects; returns what went wrong. The caller holds the writer's lock. */
export async function tidyUp(
  dependencies: FreeStorageDependencies,
  { prune = false, onlyOverdue = false, clock = systemClock }: TidyUpOptions = {},
): Promise<PerseaError | undefined> {
  const { catalog, store } = dependencies;
  let failure: PerseaError | undefined;
  try {
    await store.optimize({ onlyOverdue });
    await dependencies.tidyTraces({ isPurge: false });
    if (prune || (await isPurgeDue(catalog))) await freeStorage(dependencies);
  } catch (thrown) {
    failure = toPerseaError(thrown, 'store-failed');
  }
  const record: MaintenanceRecord = {
    at: clock.now(),
    failure: failure === undefined ? null : { code: failure.code, message: failure.message },
  };
  // Where not even that can be written, the warning of this run has to do.
  await catalog.setSetting(maintenanceSetting, JSON.stringify(record)).catch(() => undefined);
  return failure;
}
