/**
 * Indexes of corpora, kept in folders. One is made beside its place and put there whole, so that runs at once do not disturb each other and
 * an interrupted one leaves nothing that looks like an index.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { AccessScope } from '../access/scope.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { openSqliteCatalog } from '../catalog/sqlite.ts';
import { PerseaError } from '../core/errors.ts';
import { randomId } from '../core/ids.ts';
import { isRunning } from '../core/processes.ts';
import type { ChunkStore } from '../store/chunk-store.ts';
import { openLanceChunkStore } from '../store/lancedb.ts';

export interface KeptCorpus {
  readonly catalog: Catalog;
  readonly store: ChunkStore;
  close(): Promise<void>;
}

export interface CorpusCacheOptions {
  readonly folder: string;
  readonly dimensions: number | null;
  /** Sees everything of the corpus. */
  readonly scope: AccessScope;
}

const completeMark = 'complete';
const partial = /\.(\d+)\.[^.]+\.part$/;

/**
 * What is kept in the folder; made with `fill` where nothing is, or where it is not all there any more.
 *
 * @param fill puts the corpus into an empty index
 */
export async function openKeptCorpus(
  options: CorpusCacheOptions,
  fill: (corpus: KeptCorpus) => Promise<unknown>,
): Promise<KeptCorpus> {
  const kept = await openIfWhole(options);
  if (kept !== null) return kept;
  const { folder } = options;
  await rm(folder, { recursive: true, force: true });
  await removeLeftOver(folder);
  const part = `${folder}.${process.pid}.${randomId('corpus')}.part`;
  try {
    await mkdir(part, { recursive: true, mode: 0o700 });
    const corpus = await open(part, options.dimensions);
    try {
      await fill(corpus);
      await writeFile(join(part, completeMark), await sizeOf(corpus, options.scope));
    } finally {
      await corpus.close();
    }
    // Another run may have been faster; then what it made is as good.
    await rename(part, folder).catch(() => undefined);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  const made = await openIfWhole(options);
  if (made !== null) return made;
  throw new PerseaError('store-failed', `The index of the corpus could not be kept in ${folder}. Is the disk full?`);
}

async function openIfWhole({ folder, dimensions, scope }: CorpusCacheOptions): Promise<KeptCorpus | null> {
  const size = await readFile(join(folder, completeMark), 'utf8').catch(() => null);
  if (size === null) return null;
  // What cannot be opened is made anew: it costs time and no data.
  const corpus = await open(folder, dimensions).catch(() => null);
  if (corpus === null) return null;
  if ((await sizeOf(corpus, scope).catch(() => null)) === size) return corpus;
  await corpus.close();
  return null;
}

async function open(folder: string, dimensions: number | null): Promise<KeptCorpus> {
  const catalog = await openSqliteCatalog({ path: join(folder, 'catalog.db') });
  const store = await openLanceChunkStore({ directory: join(folder, 'lance'), tableName: 'chunks', dimensions });
  return {
    catalog,
    store,
    async close() {
      await store.close();
      await catalog.close();
    },
  };
}

async function sizeOf({ catalog, store }: KeptCorpus, scope: AccessScope): Promise<string> {
  return JSON.stringify({ documents: await catalog.countDocuments(scope), chunks: await store.countChunks(scope) });
}

/** Of runs that were killed. */
async function removeLeftOver(folder: string): Promise<void> {
  const entries = await readdir(dirname(folder)).catch(() => []);
  for (const entry of entries) {
    const pid = partial.exec(entry)?.[1];
    if (pid === undefined || !entry.startsWith(`${basename(folder)}.`) || isRunning(Number(pid))) continue;
    await rm(join(dirname(folder), entry), { recursive: true, force: true });
  }
}
