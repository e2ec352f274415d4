/** A folder of this machine, with all below it. */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PerseaError } from '../../src/core/errors.ts';
import { isAtOrBelow, isHidden, isInside, pathWithin } from '../../src/core/paths.ts';
import { isFolderLabelFile, type ScanOptions, scanFolder } from '../scan.ts';
import { KnownHashes } from './known-hashes.ts';
import { type OverlappingFolder, type OverlappingManifest, overlapsOf } from './overlaps.ts';
import type { ListOptions, Source, SourceItem } from './source.ts';
import { readSourceBytes } from './stable-file.ts';

export interface FolderSourceOptions extends OverlappingFolder {
  readonly maxFileBytes: number;
  /** See `ScanOptions`. */
  readonly ownPaths?: readonly string[];
  /** All folders that are sources: this one may lie in another of them, or hold one. */
  readonly folders?: readonly OverlappingFolder[];
  /** All manifests that are sources: their content may lie in this folder. */
  readonly manifests?: readonly OverlappingManifest[];
}

export function createFolderSource(options: FolderSourceOptions): Source {
  const { name, path, include, exclude, maxFileBytes, label, rules, frontMatter } = options;
  const { ownPaths = [], folders = [], manifests = [] } = options;
  const foldersAbove = folders.map((folder) => folder.path).filter((other) => isInside(path, other));
  const knownHashes = new KnownHashes();
  /** Targets by the paths of links, as far as they were listed. */
  const links = new Map<string, string>();
  const scanOptions: ScanOptions = { name, root: path, include, exclude, maxFileBytes, ownPaths, knownHashes };
  return {
    name,
    label,
    rules,
    frontMatter,
    // Label files of a source that this one lies in count here, too.
    watchedPaths: [path, ...foldersAbove],
    changedBy(changed) {
      // Other files of this folder may be its content now.
      if (manifests.some((manifest) => manifest.path === changed)) return '';
      // Persea writes there while it ingests, which would never end.
      if (ownPaths.some((own) => changed === own || (isInside(changed, own) && !isInside(path, own)))) return undefined;
      // A label file speaks for its whole folder.
      const place = isFolderLabelFile(basename(changed)) ? dirname(changed) : changed;
      if (place !== changed && isInside(path, place)) return '';
      const relativePath = pathWithin(path, place);
      return isHidden(relativePath) ? undefined : relativePath;
    },
    async list({ only, signal }: ListOptions = {}) {
      const listing = await scanFolder({
        ...scanOptions,
        // What a link leads to has changed for the link, too, and so has who may see it.
        ...(only === undefined ? {} : { only: [...only, ...linksInto(links, only)] }),
        ...(signal === undefined ? {} : { signal }),
      });
      if (listing.covers === undefined) links.clear();
      for (const { relativePath, linkTarget } of listing.files) {
        if (linkTarget === undefined) links.delete(relativePath);
        else links.set(relativePath, linkTarget);
      }
      return { ...listing, overlaps: await overlapsOf(options, folders, manifests) };
    },
    async find(uri) {
      const relativePath = uri.slice(name.length + 1);
      const { files } = await scanFolder({ ...scanOptions, only: [relativePath] });
      return files.find((file) => file.uri === uri);
    },
    async read(item) {
      return readSourceBytes(await placeOf(path, item), item.uri, maxFileBytes);
    },
  };
}

function linksInto(links: ReadonlyMap<string, string>, places: readonly string[]): readonly string[] {
  return [...links].flatMap(([path, target]) =>
    places.some((place) => place === '' || isAtOrBelow(target, place)) ? [path] : [],
  );
}

/** Looked up again: between listing and reading, a link may have come to lead elsewhere, to a file of other rights. */
async function placeOf(root: string, item: SourceItem): Promise<string> {
  const [place, realRoot] = await Promise.all([realpath(join(root, item.relativePath)), realpath(root)]).catch(
    (cause) => {
      throw new PerseaError('file-unreadable', `${item.uri} is not there any more; run the ingest again.`, { cause });
    },
  );
  if (!isInside(place, realRoot)) {
    throw new PerseaError(
      'not-a-regular-file',
      `${item.uri} leads out of the folder of its source and was not followed.`,
    );
  }
  if (place !== join(realRoot, item.linkTarget ?? item.relativePath)) {
    throw new PerseaError('file-unreadable', `${item.uri} has come to lead elsewhere; run the ingest again.`);
  }
  return place;
}
