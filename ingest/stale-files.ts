/** Files that are read again though they are the same, because they would be read differently now. */
import type { FileRecord } from '../src/catalog/catalog.ts';
import { isCurrentParser } from './loaders/parser-versions.ts';

export interface KnownFile extends FileRecord {
  /** What is known of it stays searchable until it was read again. */
  readonly isStale: boolean;
}

/** An attachment is read with the file that it came with. `outdated`: uris of what is stale for another reason than its parser. */
export function withStale(records: readonly FileRecord[], outdated: ReadonlySet<string>): readonly KnownFile[] {
  const stale = new Set<string>();
  for (const { uri, state, parser } of records) {
    if (state !== 'current' || (isCurrentParser(parser) && !outdated.has(uri))) continue;
    for (let end = uri.length; end > 0; end = uri.lastIndexOf('/', end - 1)) stale.add(uri.slice(0, end));
  }
  return records.map((record) => ({ ...record, isStale: record.state === 'current' && stale.has(record.uri) }));
}

/** Whether nothing of it has to be read. */
export function isAsKnown(record: KnownFile | undefined, contentHash: string): boolean {
  return record?.state === 'current' && !record.isStale && record.contentHash === contentHash;
}
