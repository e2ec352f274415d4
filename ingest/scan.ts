/**
 * What a source holds now: every file with its content hash, every path that cannot be a document with the reason, and
 * every part that could not be looked at. What was not observed is never taken for deleted.
 */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import picomatch from 'picomatch';
import { parse as parseYaml } from 'yaml';
import { parseLabelInput } from '../src/access/label.ts';
import { PerseaError, toPerseaError } from '../src/core/errors.ts';
import type { IngestProblem } from '../src/core/ingestor.ts';
import type { FolderLabel, SourceItem, SourceListing } from './sources/source.ts';

/** A folder's own label file, inherited downward. */
export const folderLabelFile = '.access.yaml';

export interface ScanOptions {
  readonly name: string;
  /** Absolute. */
  readonly root: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly maxFileBytes: number;
  /** Paths relative to the root; all of it when absent. */
  readonly only?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface ObservedFile extends SourceItem {
  readonly absolutePath: string;
  readonly modifiedAt: number;
}

export interface Scan extends SourceListing {
  readonly files: readonly ObservedFile[];
}

export async function scanFolder(options: ScanOptions): Promise<Scan> {
  const root = await realpath(options.root).catch((cause) => {
    throw new PerseaError(
      'source-unreadable',
      `The folder ${options.root} of the source "${options.name}" could not be opened; nothing of it was changed. Check the path.`,
      { cause, details: { source: options.name } },
    );
  });
  if (!(await stat(root)).isDirectory()) {
    throw new PerseaError(
      'source-unreadable',
      `The path ${options.root} of the source "${options.name}" is not a folder; nothing of it was changed.`,
      { details: { source: options.name } },
    );
  }
  const scan = new FolderScan(root, options);
  return options.only === undefined ? scan.all() : scan.parts(options.only);
}

class FolderScan {
  readonly #root: string;
  readonly #options: ScanOptions;
  readonly #isWanted: (relativePath: string) => boolean;
  readonly #files: ObservedFile[] = [];
  readonly #problems: IngestProblem[] = [];
  readonly #folderLabels = new Map<string, FolderLabel>();
  readonly #unobserved: string[] = [];

  constructor(root: string, options: ScanOptions) {
    this.#root = root;
    this.#options = options;
    this.#isWanted = wantedPaths(options);
  }

  async all(): Promise<Scan> {
    await this.#walk(this.#root);
    return this.#result();
  }

  /** What is at these paths now, and which of them are gone. */
  async parts(paths: readonly string[]): Promise<Scan> {
    const removed: string[] = [];
    for (const path of new Set(paths)) {
      this.#options.signal?.throwIfAborted();
      const parts = path.split('/');
      // Hidden files and what lies in hidden folders are no documents, and `..` leads nowhere.
      if (parts.some((part) => part === '' || part.startsWith('.'))) continue;
      for (const [index] of parts.entries()) {
        const directory = parts.slice(0, index).join('/');
        await this.#readLabelFile(join(this.#root, directory), directory);
      }
      const absolute = join(this.#root, ...parts);
      const entry = await entryAt(absolute);
      if (entry === undefined) removed.push(this.#uriOf(absolute));
      else if (entry.isDirectory()) await this.#walk(absolute);
      else await this.#observe(absolute, path, entry.isSymbolicLink());
    }
    return { ...this.#result(), removed };
  }

  #result(): Scan {
    const files = this.#files.sort((a, b) => (a.uri < b.uri ? -1 : 1));
    const folderLabels = [...this.#folderLabels.values()];
    return { files, problems: this.#problems, folderLabels, unobserved: this.#unobserved };
  }

  #uriOf(path: string): string {
    return [this.#options.name, ...this.#relative(path).split('/')].filter((part) => part !== '').join('/');
  }

  #relative(path: string): string {
    return relative(this.#root, path).split(sep).join('/');
  }

  async #walk(start: string): Promise<void> {
    const pending = [start];
    for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
      this.#options.signal?.throwIfAborted();
      let entries: Awaited<ReturnType<typeof listDirectory>>;
      try {
        entries = await listDirectory(directory);
      } catch (thrown) {
        if (directory === this.#root) {
          throw toPerseaError(thrown, 'source-unreadable', `The folder ${this.#options.root} could not be read.`);
        }
        this.#unobserved.push(this.#uriOf(directory));
        this.#problems.push({
          uri: this.#uriOf(directory),
          code: 'file-unreadable',
          message: 'The folder could not be read; what was known of it is kept.',
        });
        continue;
      }
      for (const entry of entries) {
        const path = join(directory, entry.name);
        if (entry.name === folderLabelFile) await this.#readLabelFile(directory, this.#relative(directory));
        else if (entry.name.startsWith('.')) continue;
        else if (entry.isDirectory()) pending.push(path);
        else await this.#observe(path, this.#relative(path), entry.isSymbolicLink());
      }
    }
  }

  async #observe(path: string, relativePath: string, isLink: boolean): Promise<void> {
    if (!this.#isWanted(relativePath)) return;
    const uri = this.#uriOf(path);
    try {
      // A name of other bytes than UTF-8 cannot be asked for again by the text that stands for it.
      if (uri.includes('\ufffd')) {
        throw new PerseaError('not-a-regular-file', 'Its name is not UTF-8. Rename it.');
      }
      const target = isLink ? await linkTarget(path, this.#root) : path;
      // A link to a folder inside the root: its files are found at their own place.
      if (target === undefined) return;
      this.#files.push({ uri, relativePath, absolutePath: target, ...(await fingerprint(target, uri, this.#options)) });
    } catch (thrown) {
      const error = toPerseaError(thrown, 'file-unreadable', 'The file could not be read.');
      if (error.code === 'aborted') throw error;
      this.#problems.push({ uri, code: error.code, message: error.message });
      if (error.code === 'file-unreadable') this.#unobserved.push(uri);
    }
  }

  async #readLabelFile(directory: string, relativeDirectory: string): Promise<void> {
    if (this.#folderLabels.has(relativeDirectory)) return;
    const path = join(directory, folderLabelFile);
    if ((await entryAt(path)) === undefined) return;
    this.#folderLabels.set(relativeDirectory, await readFolderLabel(path, relativeDirectory));
  }
}

/** Undefined where there is nothing; what cannot be looked at is there. */
async function entryAt(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
    throw new PerseaError('file-unreadable', 'The file could not be read.', { cause });
  });
}

async function listDirectory(directory: string) {
  return readdir(directory, { withFileTypes: true });
}

function wantedPaths(options: ScanOptions): (relativePath: string) => boolean {
  const isIncluded = picomatch([...options.include], { dot: true });
  const isExcluded = picomatch([...options.exclude], { dot: true });
  return (path) => isIncluded(path) && !isExcluded(path);
}

async function readFolderLabel(path: string, directory: string): Promise<FolderLabel> {
  try {
    const handle = await open(path, 'r');
    try {
      return { directory, label: parseLabelInput(parseYaml(await handle.readFile('utf8')), path) };
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    const message = `The label file ${path} could not be read; documents below it are withdrawn until it can.`;
    return { directory, label: toPerseaError(thrown, 'label-invalid', message) };
  }
}

/** Where a link leads, undefined for a folder inside the root; a link that leaves the root is refused. */
async function linkTarget(path: string, root: string): Promise<string | undefined> {
  const target = await realpath(path).catch((cause) => {
    throw new PerseaError('not-a-regular-file', `The link points to nothing.`, { cause });
  });
  if (target !== root && !target.startsWith(root + sep)) {
    throw new PerseaError('not-a-regular-file', `The link leaves the folder of its source and was not followed.`);
  }
  return (await stat(target)).isDirectory() ? undefined : target;
}

async function fingerprint(
  path: string,
  uri: string,
  options: ScanOptions,
): Promise<Pick<ObservedFile, 'contentHash' | 'sizeBytes' | 'modifiedAt'>> {
  return withStableFile(path, uri, options.maxFileBytes, async (handle, stats) => {
    const hash = createHash('sha256');
    if (stats.size > 0)
      for await (const piece of handle.createReadStream({ autoClose: false })) hash.update(piece as Buffer);
    return { contentHash: hash.digest('hex'), sizeBytes: stats.size, modifiedAt: Math.trunc(stats.mtimeMs) };
  });
}

/** Bytes and hash of one file, taken together, so that what is parsed is what was hashed. */
export async function readSourceBytes(
  path: string,
  uri: string,
  maxFileBytes: number,
): Promise<{ readonly bytes: Uint8Array; readonly contentHash: string }> {
  return withStableFile(path, uri, maxFileBytes, async (handle) => {
    const bytes = await handle.readFile();
    return { bytes, contentHash: createHash('sha256').update(bytes).digest('hex') };
  });
}

/** Opens a regular file within the size limit and refuses a result taken while the file changed. */
async function withStableFile<T>(
  path: string,
  uri: string,
  maxFileBytes: number,
  read: (handle: FileHandle, stats: Stats) => Promise<T>,
): Promise<T> {
  // Looked at before it is opened: opening a FIFO would wait for a writer.
  if (!(await stat(path)).isFile()) {
    throw new PerseaError('not-a-regular-file', `${uri} is a FIFO, socket or device and was not opened.`);
  }
  const handle = await open(path, 'r');
  try {
    const before = await handle.stat();
    if (before.size > maxFileBytes) {
      throw new PerseaError(
        'file-too-large',
        `${uri} has ${before.size} bytes; the limit is ${maxFileBytes}. Split it or raise limits.fileBytes.`,
        { details: { bytes: before.size, limit: maxFileBytes } },
      );
    }
    const result = await read(handle, before);
    const after = await handle.stat();
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
      throw new PerseaError('file-unreadable', `${uri} changed while it was read; run the ingest again.`);
    }
    return result;
  } finally {
    await handle.close();
  }
}
