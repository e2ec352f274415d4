/** What lies on the disk: whether it stays within bounds, and whether there is room. */
import { counted, megabytes } from '../core/counts.ts';
import { statfsSync } from 'node:fs';
import { type MaintenanceRecord, maintenanceSetting } from '../../ingest/tidy-up.ts';
import { systemScope } from '../access/scope.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { vectorCacheFacts } from '../embedding/vector-cache-facts.ts';
import type { ChunkStore } from '../store/chunk-store.ts';
import { CheckFailure } from './check.ts';
import { vectorCachePath } from './embedding.ts';

const scope = systemScope('doctor');
/** Twice what maintenance lets accumulate, because versions of the last minutes are kept in any case, and some to spare. */
const maxBytesShare = 6;
const maxSpareBytes = 512 * 1024 * 1024;
const maxVersions = 2_000;
const minFreeBytes = 256 * 1024 * 1024;

export async function checkMaintenance(catalog: Catalog): Promise<string> {
  const setting = await catalog.setting(maintenanceSetting);
  if (setting === undefined) return 'nothing was ingested yet';
  const { at, failure } = JSON.parse(setting) as MaintenanceRecord;
  const when = new Date(at).toISOString();
  if (failure === null) return `done at ${when}`;
  throw new CheckFailure(
    `Failed at ${when} (${failure.code}): ${failure.message} Documents stay searchable, but searches get slower and the disk fills. Run \`persea ingest\`; if that fails again, \`persea repair\`.`,
  );
}

export async function checkStorage(store: ChunkStore): Promise<string> {
  const { bytes, neededBytes, versions, otherTables } = await store.describe(scope);
  const detail = `${megabytes(bytes)} for an index of ${megabytes(neededBytes)}, ${counted(versions, 'version')}, ${counted(otherTables, 'former index', 'former indexes')}`;
  const isTooMuch = bytes > maxBytesShare * neededBytes && bytes > neededBytes + maxSpareBytes;
  if (isTooMuch || versions > maxVersions) throw new CheckFailure(`${detail}. Run \`persea ingest --prune\`.`);
  return detail;
}

/** Compaction and a purge write everything once more before the old files go. */
export async function checkDiskSpace(dataDir: string, store: ChunkStore): Promise<string> {
  const { neededBytes } = await store.describe(scope);
  const { bavail, bsize } = statfsSync(dataDir);
  const freeBytes = bavail * bsize;
  const wanted = Math.max(minFreeBytes, neededBytes);
  const detail = `${megabytes(freeBytes)} free`;
  if (freeBytes >= wanted) return detail;
  throw new CheckFailure(`${detail} in ${dataDir}; keeping the index in order needs ${megabytes(wanted)}. Free space.`);
}

export async function checkEmbeddingCache(dataDir: string): Promise<string> {
  const path = vectorCachePath(dataDir);
  try {
    const facts = vectorCacheFacts(path);
    return facts === null ? 'not made yet' : `${counted(facts.vectors, 'vector')}, ${megabytes(facts.bytes)}`;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : 'unknown failure';
    throw new CheckFailure(`${path} cannot be read (${reason}). Delete it: what it holds is merely embedded again.`);
  }
}
