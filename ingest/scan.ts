/**
 * What a source holds now: every file with its content hash, every path that cannot be a document with the reason, and
 * every part that could not be looked at. What was not observed is never taken for deleted.
 */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import picomatch from 'picomatch';
import { parse as parseYaml } from 'yaml';
import { type LabelInput, parseLabelInput } from '../src/access/label.ts';
import { PerseaError, toPerseaError } from '../src/core/errors.ts';
import type { IngestProblem } from '../src/core/ingestor.ts';

/** A folder's own label file, inherited downward. */
const folderLabelFile = '.access.yaml';

export interface ScanOptions {
  readonly name: string;
  /** Absolute. */
  readonly root: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly maxFileBytes: number;
  readonly signal?: AbortSignal;
}

export interface ObservedFile {
  readonly uri: string;
  /** Relative to the root, with forward slashes: what rules match against. */
  readonly relativePath: string;
  readonly absolutePath: string;
  readonly contentHash: string;
  readonly sizeBytes: number;
  readonly modifiedAt: number;
}

/** Rights stated by a folder for everything below it; an error where its file could not be understood. */
export interface FolderLabel {
  /** Relative to the root, '' for the root itself. */
  readonly directory: string;
  readonly label: LabelInput | PerseaError;
}

export interface Scan {
  readonly files: readonly ObservedFile[];
  /** Present, but not something that can be read as a document. */
  readonly problems: readonly IngestProblem[];
  readonly folderLabels: readonly FolderLabel[];
  /** Uris of files and folders (without a trailing slash) that could not be looked at. */
  readonly unobserved: readonly string[];
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
  const isWanted = wantedPaths(options);
  const files: ObservedFile[] = [];
  const problems: IngestProblem[] = [];
  const folderLabels: FolderLabel[] = [];
  const unobserved: string[] = [];
  const uriOf = (path: string) =>
    [options.name, ...relative(root, path).split(sep)].filter((part) => part !== '').join('/');

  const pending = [root];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    options.signal?.throwIfAborted();
    let entries: Awaited<ReturnType<typeof listDirectory>>;
    try {
      entries = await listDirectory(directory);
    } catch (thrown) {
      if (directory === root)
        throw toPerseaError(thrown, 'source-unreadable', `The folder ${options.root} could not be read.`);
      unobserved.push(uriOf(directory));
      problems.push({
        uri: uriOf(directory),
        code: 'file-unreadable',
        message: `The folder could not be read; what was known of it is kept.`,
      });
      continue;
    }
    for (const entry of entries) {
      const path = join(directory, entry.name);
      const relativePath = relative(root, path).split(sep).join('/');
      if (entry.name === folderLabelFile) {
        folderLabels.push(await readFolderLabel(path, relative(root, directory).split(sep).join('/')));
        continue;
      }
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) {
        pending.push(path);
        continue;
      }
      if (!isWanted(relativePath)) continue;
      try {
        const target = entry.isSymbolicLink() ? await linkTarget(path, root) : path;
        // A link to a folder inside the root: its files are found at their own place.
        if (target === undefined) continue;
        files.push({
          uri: uriOf(path),
          relativePath,
          absolutePath: target,
          ...(await fingerprint(target, uriOf(path), options)),
        });
      } catch (thrown) {
        const error = toPerseaError(thrown, 'file-unreadable', `The file could not be read.`);
        if (error.code === 'aborted') throw error;
        problems.push({ uri: uriOf(path), code: error.code, message: error.message });
        if (error.code === 'file-unreadable') unobserved.push(uriOf(path));
      }
    }
  }
  files.sort((a, b) => (a.uri < b.uri ? -1 : 1));
  return { files, problems, folderLabels, unobserved };
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
