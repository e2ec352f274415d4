/** From what a scan saw and what the catalogue knows: what has to be done. Pure. */
import type { FileRecord } from '../src/catalog/catalog.ts';
import type { ObservedFile, Scan } from './scan.ts';

export interface SourcePlan {
  /** New, changed, or refused the last time. */
  readonly toIngest: readonly ObservedFile[];
  readonly unchanged: readonly { readonly file: ObservedFile; readonly record: FileRecord }[];
  readonly moved: readonly { readonly file: ObservedFile; readonly record: FileRecord }[];
  readonly vanished: readonly FileRecord[];
}

/** Records of attachments are left to their parents: they are no files of the source. */
export function planSource(scan: Scan, records: readonly FileRecord[]): SourcePlan {
  const known = new Map(records.map((record) => [record.uri, record]));
  const observed = new Set(scan.files.map((file) => file.uri));
  const present = new Set(scan.problems.map((problem) => problem.uri));
  const isUnobserved = (uri: string) => scan.unobserved.some((place) => uri === place || uri.startsWith(`${place}/`));

  const toIngest: ObservedFile[] = [];
  const unchanged: { file: ObservedFile; record: FileRecord }[] = [];
  const vanished = records.filter(
    (record) =>
      !observed.has(record.uri) &&
      !present.has(record.uri) &&
      !isUnobserved(record.uri) &&
      parentOf(record.uri, known) === undefined,
  );
  const movable = new Map<string, FileRecord>();
  for (const record of vanished) {
    if (record.documentId !== null && record.contentHash !== null) movable.set(record.contentHash, record);
  }
  const moved: { file: ObservedFile; record: FileRecord }[] = [];
  for (const file of scan.files) {
    const record = known.get(file.uri);
    if (record === undefined) {
      const origin = movable.get(file.contentHash);
      if (origin === undefined) {
        toIngest.push(file);
      } else {
        movable.delete(file.contentHash);
        moved.push({ file, record: origin });
      }
    } else if (record.state === 'excluded' || (record.state === 'current' && record.contentHash === file.contentHash)) {
      unchanged.push({ file, record });
    } else {
      toIngest.push(file);
    }
  }
  const movedUris = new Set(moved.map(({ record }) => record.uri));
  return { toIngest, unchanged, moved, vanished: vanished.filter((record) => !movedUris.has(record.uri)) };
}

/** The file that contains this one as an attachment. */
function parentOf(uri: string, known: ReadonlyMap<string, FileRecord>): FileRecord | undefined {
  for (let end = uri.lastIndexOf('/'); end > 0; end = uri.lastIndexOf('/', end - 1)) {
    const parent = known.get(uri.slice(0, end));
    if (parent !== undefined) return parent;
  }
  return undefined;
}
