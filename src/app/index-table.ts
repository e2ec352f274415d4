/**
 * Which table of the store is read. An index belongs to one embedding model and one way of cutting documents; another model
 * is another table, filled beside the old one and switched to when it is complete.
 */
import { defaultChunkerOptions, structureChunker } from '../../ingest/chunking/structure-chunker.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { sha256Hex } from '../core/ids.ts';
import type { EmbeddingIdentity } from './embedding.ts';

export interface IndexTable {
  /** Everything that decides what lies in the table. */
  readonly fingerprint: string;
  readonly tableName: string;
  readonly dimensions: number | null;
}

/** For an index derived anew beside a damaged one of the same model. */
export function anotherTable(table: IndexTable, mark: string): IndexTable {
  return { ...table, tableName: `${table.tableName}_r${mark}` };
}

/** Where the documents lie now if they were made by this model, else where they will lie. */
export function tableInUse(active: IndexTable | undefined, configured: IndexTable): IndexTable {
  return active?.fingerprint === configured.fingerprint ? active : configured;
}

const activeIndexSetting = 'active-index';

export function indexTableFor({ fingerprint, dimensions }: EmbeddingIdentity): IndexTable {
  const whole = [fingerprint, structureChunker.version, JSON.stringify(defaultChunkerOptions)].join('+');
  return { fingerprint: whole, tableName: `chunks_${sha256Hex(whole).slice(0, 16)}`, dimensions };
}

/** The one that readers use; undefined before the first ingest. */
export async function activeIndex(catalog: Pick<Catalog, 'setting'>): Promise<IndexTable | undefined> {
  const setting = await catalog.setting(activeIndexSetting);
  return setting === undefined ? undefined : (JSON.parse(setting) as IndexTable);
}

export async function activateIndex(catalog: Pick<Catalog, 'setSetting'>, table: IndexTable): Promise<void> {
  await catalog.setSetting(activeIndexSetting, JSON.stringify(table));
}
