/** A folder of this machine, with all below it. */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { PerseaError } from '../../src/core/errors.ts';
import type { SourceLabelling } from '../labels.ts';
import { isFolderLabelFile, type ScanOptions, scanFolder } from '../scan.ts';
import { KnownHashes } from './known-hashes.ts';
import type { ListOptions, Source, SourceItem } from './source.ts';
import { readSourceBytes } from './stable-file.ts';

export interface FolderSourceOptions extends SourceLabelling {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly maxFileBytes: number;
}

export function createFolderSource(options: FolderSourceOptions): Source {
  const { name, path, include, exclude, maxFileBytes, label, rules, frontMatter } = options;
  const knownHashes = new KnownHashes();
  /** Targets by the paths of links, as far as they were listed. */
  const links = new Map<string, string>();
  const scanOptions: ScanOptions = { name, root: path, include, exclude, maxFileBytes, knownHashes };
  return {
    name,
    label,
    rules,
    frontMatter,
    watchedPaths: [path],
    changedBy(changed) {
      // A label file speaks for its whole folder.
      const place = isFolderLabelFile(basename(changed)) ? dirname(changed) : changed;
      const parts = relative(path, place).split(sep);
      return parts.some((part) => part.startsWith('.')) ? undefined : parts.join('/');
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
      return listing;
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
    places.some((place) => place === '' || target === place || target.startsWith(`${place}/`)) ? [path] : [],
  );
}

/** Looked up again: between listing and reading, a link may have come to lead elsewhere, to a file of other rights. */
async function placeOf(root: string, item: SourceItem): Promise<string> {
  const [place, realRoot] = await Promise.all([realpath(join(root, item.relativePath)), realpath(root)]).catch(
    (cause) => {
      throw new PerseaError('file-unreadable', `${item.uri} is not there any more; run the ingest again.`, { cause });
    },
  );
  if (!place.startsWith(realRoot + sep)) {
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
