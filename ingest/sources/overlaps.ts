/**
 * Sources that have files in common: folders that lie in one another, content of a manifest that lies in a folder, and content that two
 * manifests name. A file that two of them list has two uris, and each source says who may see it: then both must let a person in, or the
 * wider of the two would open what the narrower closes.
 */
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LabelInput } from '../../src/access/label.ts';
import type { PerseaError } from '../../src/core/errors.ts';
import { isHidden, isInside, pathWithin } from '../../src/core/paths.ts';
import type { SourceLabelling } from '../labels.ts';
import { labelFilesAbove, wantedPaths } from '../scan.ts';
import { type ManifestContent, manifestContents } from './manifest.ts';
import type { FolderLabel } from './source.ts';

export interface OverlappingFolder extends SourceLabelling {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export interface OverlappingManifest extends SourceLabelling {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly contents: () => Promise<readonly ManifestContent[]>;
}

/** What another source calls a file. */
export interface OtherPlace {
  readonly path: string;
  /** Where that source states of the file itself who may see it; an error where that cannot be understood. */
  readonly label?: LabelInput | PerseaError;
}

/** Another source that lists files of this one. */
export interface SourceOverlap {
  readonly name: string;
  readonly labelling: SourceLabelling;
  /** None where the other source leaves the file out. */
  readonly placesOf: (relativePath: string) => readonly OtherPlace[];
  /** Of folders of the other source that this one does not look at itself. */
  readonly folderLabels: readonly FolderLabel[];
}

export function overlappingManifest(
  manifest: SourceLabelling & { readonly name: string; readonly path: string },
  maxFileBytes: number,
): OverlappingManifest {
  return { ...manifest, contents: manifestContents({ ...manifest, maxFileBytes }) };
}

/** Of a folder with other folders, and with manifests beside or in which it lies. Throws `source-unreadable`. */
export async function overlapsOf(
  folder: OverlappingFolder,
  folders: readonly OverlappingFolder[],
  manifests: readonly OverlappingManifest[] = [],
): Promise<readonly SourceOverlap[]> {
  const root = await placeOf(folder.path);
  const found: SourceOverlap[] = [];
  for (const other of folders) {
    if (other.name === folder.name) continue;
    const otherRoot = await placeOf(other.path);
    const pathIn = pathsBetween(root, otherRoot);
    if (pathIn === undefined) continue;
    const isListed = listedBy(other);
    const placesOf = (relativePath: string) => {
      const path = pathIn(relativePath);
      return path !== undefined && isListed(path) ? [{ path }] : [];
    };
    const folderLabels = isInside(root, otherRoot) ? await labelFilesAbove(root, otherRoot) : [];
    found.push({ name: other.name, labelling: other, placesOf, folderLabels });
  }
  for (const manifest of manifests) {
    if (pathsBetween(root, await placeOf(dirname(manifest.path))) === undefined) continue;
    const contents = (await manifest.contents()).filter(({ place }) => isInside(place, root));
    const byPath = Map.groupBy(contents, ({ place }) => pathWithin(root, place));
    const placesOf = (relativePath: string) => (byPath.get(relativePath) ?? []).map(asOtherPlace);
    found.push({ name: manifest.name, labelling: manifest, placesOf, folderLabels: [] });
  }
  return found;
}

/** Of a manifest with folders that hold its content, and with manifests that name it. Throws `source-unreadable`. */
export async function manifestOverlaps(
  manifest: OverlappingManifest,
  folders: readonly OverlappingFolder[],
  manifests: readonly OverlappingManifest[] = [],
): Promise<readonly SourceOverlap[]> {
  const found: SourceOverlap[] = [];
  const own = await placeOf(dirname(manifest.path));
  // Where nothing is shared no content is looked for, and else once for all.
  let read: Promise<readonly ManifestContent[]> | undefined;
  const contents = () => (read ??= manifest.contents());
  for (const folder of folders) {
    const root = await placeOf(folder.path);
    if (pathsBetween(root, own) === undefined) continue;
    const isListed = listedBy(folder);
    const places = new Map<string, OtherPlace[]>();
    const folderLabels = new Map<string, FolderLabel>();
    for (const { place, id } of await contents()) {
      if (!isInside(place, root)) continue;
      const path = pathWithin(root, place);
      if (!isListed(path)) continue;
      places.set(id, [...(places.get(id) ?? []), { path }]);
      for (const label of await labelFilesAbove(place, root)) folderLabels.set(label.directory, label);
    }
    const placesOf = (relativePath: string) => places.get(relativePath) ?? [];
    found.push({ name: folder.name, labelling: folder, placesOf, folderLabels: [...folderLabels.values()] });
  }
  for (const other of manifests) {
    if (other.name === manifest.name || pathsBetween(own, await placeOf(dirname(other.path))) === undefined) continue;
    const named = Map.groupBy(await other.contents(), ({ place }) => place);
    const places = new Map<string, OtherPlace[]>();
    for (const { place, id } of await contents()) {
      places.set(id, [...(places.get(id) ?? []), ...(named.get(place) ?? []).map(asOtherPlace)]);
    }
    const placesOf = (relativePath: string) => places.get(relativePath) ?? [];
    found.push({ name: other.name, labelling: other, placesOf, folderLabels: [] });
  }
  return found;
}

function asOtherPlace({ id, label }: ManifestContent): OtherPlace {
  return { path: id, ...(label === undefined ? {} : { label }) };
}

/** One sentence for the operator; undefined where the two share no file. */
export function overlapWarning(
  source: string,
  { name, placesOf }: SourceOverlap,
  relativePaths: readonly string[],
): string | undefined {
  const shared = relativePaths.filter((path) => placesOf(path).length > 0);
  const [first] = shared;
  if (first === undefined) return undefined;
  const many = shared.length === 1 ? 'one file belongs' : `${shared.length} files belong`;
  return (
    `The sources "${source}" and "${name}" overlap: ${many} to both, such as ` +
    `${source}/${first}, which is also ${name}/${placesOf(first)[0]?.path}. Such a document is seen only by those whom both sources let in. ` +
    'Exclude it from one of the two.'
  );
}

/** Whether a folder source lists the file of this path. */
function listedBy(folder: OverlappingFolder): (path: string) => boolean {
  const isWanted = wantedPaths(folder);
  return (path) => !isHidden(path) && isWanted(path);
}

/** Paths of one folder as paths of the other; undefined where neither lies in the other. */
function pathsBetween(root: string, other: string): ((relativePath: string) => string | undefined) | undefined {
  if (root === other) return (path) => path;
  if (isInside(root, other)) {
    const prefix = `${pathWithin(other, root)}/`;
    return (path) => prefix + path;
  }
  if (!isInside(other, root)) return undefined;
  const prefix = `${pathWithin(root, other)}/`;
  return (path) => (path.startsWith(prefix) ? path.slice(prefix.length) : undefined);
}

/** What cannot be looked at is taken to lie where it is named. */
function placeOf(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
