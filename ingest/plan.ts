/** From what a source lists and what the catalogue knows: what has to be done. Pure. */
import type { FileRecord } from '../src/catalog/catalog.ts';
import { isAtOrBelow } from '../src/core/paths.ts';
import { isAsKnown, type KnownFile } from './stale-files.ts';
import type { SourceItem, SourceListing } from './sources/source.ts';

export interface SourcePlan {
  /** New, changed, or refused the last time. */
  readonly toIngest: readonly SourceItem[];
  readonly unchanged: readonly { readonly file: SourceItem; readonly record: FileRecord }[];
  readonly moved: readonly { readonly file: SourceItem; readonly record: FileRecord }[];
  /** Under another name the bytes of one that an operator removed, and that is not where it was. */
  readonly excludedAgain: readonly { readonly file: SourceItem; readonly record: FileRecord }[];
  /** An operator's removal outlives its file: it may come back. */
  readonly vanished: readonly FileRecord[];
  /** Uris of known files that are not there and were not moved, or that hold something else now: what they held may be elsewhere. */
  readonly displaced: readonly string[];
  /** In a folder that could not be looked at: as they were, for all that is known. */
  readonly unseen: readonly FileRecord[];
}

/** Records of attachments are left to their parents: they are no files of the source. */
export function planSource(listing: SourceListing, records: readonly KnownFile[]): SourcePlan {
  const known = new Map(records.map((record) => [record.uri, record]));
  const observed = new Set(listing.files.map((file) => file.uri));
  const present = new Set(listing.problems.map((problem) => problem.uri));
  const isCovered = (uri: string) => listing.covers?.some((place) => isAtOrBelow(uri, place)) ?? true;
  const isUnobserved = (uri: string) => listing.unobserved.some((place) => isAtOrBelow(uri, place));

  const toIngest: SourceItem[] = [];
  const unchanged: { file: SourceItem; record: FileRecord }[] = [];
  const unlisted = records.filter(
    ({ uri }) => !observed.has(uri) && !present.has(uri) && isCovered(uri) && parentOf(uri, known) === undefined,
  );
  const unseen = unlisted.filter(({ uri }) => isUnobserved(uri));
  const absent = unlisted.filter(({ uri }) => !isUnobserved(uri));
  const vanished = absent.filter(({ state }) => state !== 'excluded');
  const excluded = new Map(
    absent.flatMap((record) =>
      record.state === 'excluded' && record.contentHash !== null ? [[record.contentHash, record] as const] : [],
    ),
  );
  const movable = new Map<string, FileRecord>();
  for (const record of vanished) {
    if (record.documentId !== null && record.contentHash !== null) movable.set(record.contentHash, record);
  }
  const moved: { file: SourceItem; record: FileRecord }[] = [];
  const excludedAgain: { file: SourceItem; record: FileRecord }[] = [];
  for (const file of listing.files) {
    const record = known.get(file.uri);
    if (record === undefined) {
      const origin = movable.get(file.contentHash);
      const removed = excluded.get(file.contentHash);
      if (removed !== undefined) {
        excludedAgain.push({ file, record: removed });
      } else if (origin === undefined) {
        toIngest.push(file);
      } else {
        movable.delete(file.contentHash);
        moved.push({ file, record: origin });
      }
    } else if (record.state === 'excluded' || isAsKnown(record, file.contentHash)) {
      unchanged.push({ file, record });
    } else {
      toIngest.push(file);
    }
  }
  const movedUris = new Set(moved.map(({ record }) => record.uri));
  const gone = vanished.filter((record) => !movedUris.has(record.uri));
  const isMoved = new Set([...movedUris, ...excludedAgain.map(({ record }) => record.uri)]);
  const changed = listing.files.filter(({ uri, contentHash }) => isOther(known.get(uri)?.contentHash, contentHash));
  const displaced = [...absent, ...changed].map(({ uri }) => uri).filter((uri) => !isMoved.has(uri));
  return { toIngest, unchanged, moved, excludedAgain, vanished: gone, displaced, unseen };
}

function isOther(known: string | null | undefined, contentHash: string): boolean {
  return known !== undefined && known !== null && known !== contentHash;
}

/** The file that contains this one as an attachment. */
function parentOf(uri: string, known: ReadonlyMap<string, FileRecord>): FileRecord | undefined {
  for (let end = uri.lastIndexOf('/'); end > 0; end = uri.lastIndexOf('/', end - 1)) {
    const parent = known.get(uri.slice(0, end));
    if (parent !== undefined) return parent;
  }
  return undefined;
}
