/**
 * What a source holds now: every file with its content hash, every path that cannot be a document with the reason, and
 * every part that could not be looked at. What was not observed is never taken for deleted.
 */
import type { Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { parseLabelInput, resemblesLabel } from '../src/access/label.ts';
import { PerseaError, toPerseaError } from '../src/core/errors.ts';
import type { IngestProblem } from '../src/core/ingestor.ts';
import { isHidden, isInside, pathWithin } from '../src/core/paths.ts';
import { pathMatcher } from './path-globs.ts';
import type { KnownHashes } from './sources/known-hashes.ts';
import type { FolderLabel, SourceItem, SourceListing } from './sources/source.ts';
import { fingerprintFile, readSourceBytes } from './sources/stable-file.ts';

/** A folder's own label file, inherited downward. */
const folderLabelFile = '.access.yaml';
/** Likely slips. Left unread, they would open their folder. */
const misnamedLabelFile = /^\.access\.ya?ml(?:\.txt)?$/i;
/** Such a file may be about something else; it is a slip where it states a label and nothing else. */
const perhapsMisnamed = /^[._]?access(?:\.ya?ml|\.json)?(?:\.txt)?$/i;

/** Whether it may speak for its folder, under the right name or another. */
export function isFolderLabelFile(name: string): boolean {
  return misnamedLabelFile.test(name) || perhapsMisnamed.test(name);
}

const maxLabelBytes = 64 * 1024;

export interface ScanOptions {
  readonly name: string;
  /** Absolute. */
  readonly root: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly maxFileBytes: number;
  /** Files and folders, absolute, that Persea itself works with: they are no documents, wherever they lie. */
  readonly ownPaths?: readonly string[];
  /** Paths relative to the root, '' for all of it, as when absent. */
  readonly only?: readonly string[];
  readonly knownHashes?: KnownHashes;
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
  const ownPaths = await Promise.all((options.ownPaths ?? []).map((path) => realpath(path).catch(() => path)));
  if (ownPaths.includes(root)) {
    throw new PerseaError(
      'source-unreadable',
      `The path ${options.root} of the source "${options.name}" is the data folder of Persea; nothing of it was changed. Put the documents, or \`dataDir\`, into a folder of their own.`,
      { details: { source: options.name } },
    );
  }
  const scan = new FolderScan(root, { ...options, ownPaths });
  return options.only === undefined || options.only.includes('') ? scan.all() : scan.parts(options.only);
}

class FolderScan {
  readonly #root: string;
  readonly #options: ScanOptions;
  readonly #isWanted: (relativePath: string) => boolean;
  readonly #ownPaths: readonly string[];
  readonly #files: ObservedFile[] = [];
  readonly #problems: IngestProblem[] = [];
  readonly #folderLabels = new Map<string, FolderLabel>();
  readonly #unobserved: string[] = [];

  constructor(root: string, options: ScanOptions) {
    this.#root = root;
    this.#options = options;
    this.#isWanted = wantedPaths(options);
    // The source itself may lie in the data folder.
    this.#ownPaths = (options.ownPaths ?? []).filter((path) => isInside(path, root));
  }

  async all(): Promise<Scan> {
    await this.#walk(this.#root);
    this.#options.knownHashes?.retain(new Set(this.#files.map((file) => file.absolutePath)));
    return this.#result();
  }

  /** What is at these paths now, and below them. */
  async parts(paths: readonly string[]): Promise<Scan> {
    const covers: string[] = [];
    for (const path of outermost(paths)) {
      this.#options.signal?.throwIfAborted();
      const parts = path.split('/');
      if (parts.includes('') || isHidden(path)) continue;
      covers.push(this.#uriOf(join(this.#root, ...parts)));
      await this.#part(path, parts);
    }
    return { ...this.#result(), covers };
  }

  async #part(path: string, parts: readonly string[]): Promise<void> {
    const absolute = join(this.#root, ...parts);
    try {
      const entry = await entryAt(absolute);
      // A folder that is a link is not followed here either; what it shows has a place of its own.
      if (entry === undefined || this.#isOwn(absolute)) return;
      if ((await realpath(dirname(absolute))) !== dirname(absolute)) return;
      await this.#readLabelFilesAbove(parts);
      if (entry.isDirectory()) await this.#walk(absolute);
      else await this.#observe(absolute, path, entry.isSymbolicLink());
    } catch (thrown) {
      this.#report(this.#uriOf(absolute), thrown);
    }
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
    return pathWithin(this.#root, path);
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
        if (isFolderLabelFile(entry.name)) await this.#readLabelFile(directory);
        if (entry.name.startsWith('.')) continue;
        if (entry.isDirectory()) {
          if (this.#isOwn(path)) continue;
          if (hasText(entry.name)) pending.push(path);
          else this.#report(this.#uriOf(path), nameless());
        } else await this.#observe(path, this.#relative(path), entry.isSymbolicLink());
      }
    }
  }

  async #observe(path: string, relativePath: string, isLink: boolean): Promise<void> {
    if (!this.#isWanted(relativePath)) return;
    const uri = this.#uriOf(path);
    try {
      if (!hasText(uri)) throw nameless();
      const target = isLink ? await linkTarget(path, this.#root) : path;
      // A link to a folder inside the root: its files are found at their own place.
      if (target === undefined || this.#isOwn(target)) return;
      const { maxFileBytes, knownHashes } = this.#options;
      const facts = await fingerprintFile(target, uri, maxFileBytes, knownHashes);
      const linked = isLink ? { linkTarget: await this.#withLabelFiles(target) } : {};
      this.#files.push({ uri, relativePath, absolutePath: target, ...linked, ...facts });
    } catch (thrown) {
      this.#report(uri, thrown);
    }
  }

  #isOwn(path: string): boolean {
    return this.#ownPaths.some((own) => path === own || isInside(path, own));
  }

  /** The path of a link's target; the label files above it count, and may lie where nothing else is looked at. */
  async #withLabelFiles(target: string): Promise<string> {
    const relativePath = this.#relative(target);
    await this.#readLabelFilesAbove(relativePath.split('/'));
    return relativePath;
  }

  async #readLabelFilesAbove(parts: readonly string[]): Promise<void> {
    for (const [index] of parts.entries()) await this.#readLabelFile(join(this.#root, ...parts.slice(0, index)));
  }

  #report(uri: string, thrown: unknown): void {
    const error = toPerseaError(thrown, 'file-unreadable', 'The file could not be read.');
    if (error.code === 'aborted') throw error;
    this.#problems.push({ uri, code: error.code, message: error.message });
    if (error.code === 'file-unreadable') this.#unobserved.push(uri);
  }

  async #readLabelFile(directory: string): Promise<void> {
    const relativeDirectory = this.#relative(directory);
    if (this.#folderLabels.has(relativeDirectory)) return;
    const label = await readFolderLabel(directory, this.#root);
    if (label !== undefined) this.#folderLabels.set(relativeDirectory, { directory: relativeDirectory, label });
  }
}

/** Without those that lie below others of them. */
function outermost(paths: readonly string[]): readonly string[] {
  const all = new Set(paths);
  const hasAncestor = (path: string) => {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (all.has(path.slice(0, end))) return true;
    }
    return false;
  };
  return [...all].filter((path) => !hasAncestor(path));
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

/** A name of other bytes than UTF-8 cannot be asked for again by the text that stands for it. */
function hasText(name: string): boolean {
  return !name.includes('\ufffd');
}

function nameless(): PerseaError {
  return new PerseaError('not-a-regular-file', 'Its name is not UTF-8. Rename it.');
}

export function wantedPaths(options: Pick<ScanOptions, 'include' | 'exclude'>): (relativePath: string) => boolean {
  const isIncluded = pathMatcher(options.include);
  const isExcluded = pathMatcher(options.exclude);
  return (path) => isIncluded(path) && !isExcluded(path);
}

/** Of the folders from `root` down to that which holds `folder`; both are real paths. */
export async function labelFilesAbove(folder: string, root: string): Promise<readonly FolderLabel[]> {
  const parts = pathWithin(root, folder).split('/');
  const found: FolderLabel[] = [];
  for (const [index] of parts.entries()) {
    const above = parts.slice(0, index);
    const label = await readFolderLabel(join(root, ...above), root);
    if (label !== undefined) found.push({ directory: above.join('/'), label });
  }
  return found;
}

/** Undefined where there is none. What is there and cannot be understood is an error, whatever the reason. */
async function readFolderLabel(directory: string, root: string): Promise<FolderLabel['label'] | undefined> {
  const path = join(directory, folderLabelFile);
  try {
    const misnamed = await misnamedIn(directory, root);
    if (misnamed !== undefined) {
      const message = `The label file ${join(directory, misnamed)} is not read by this name; documents below its folder are withdrawn until it is called ${folderLabelFile}.`;
      return new PerseaError('label-invalid', message);
    }
    const entry = await entryAt(path);
    if (entry === undefined) return undefined;
    const target = entry.isSymbolicLink() ? await linkTarget(path, root) : path;
    const { bytes } = await readSourceBytes(target ?? path, path, maxLabelBytes);
    return parseLabelInput(parseYaml(new TextDecoder().decode(bytes)), path);
  } catch (thrown) {
    if (thrown instanceof PerseaError && thrown.code === 'label-invalid') return thrown;
    const message = `The label file ${path} could not be read; documents below it are withdrawn until it can.`;
    return new PerseaError('label-invalid', message, { cause: thrown });
  }
}

async function misnamedIn(directory: string, root: string): Promise<string | undefined> {
  // In a folder that cannot be listed only the likeliest can be asked for.
  const names = await readdir(directory).catch(() => ['.access.yml']);
  for (const name of names) {
    if (name === folderLabelFile || !isFolderLabelFile(name)) continue;
    const path = join(directory, name);
    const entry = await entryAt(path);
    if (entry === undefined || entry.isDirectory()) continue;
    if (misnamedLabelFile.test(name) || (await statesLabelOnly(path, entry, root))) return name;
  }
  return undefined;
}

async function statesLabelOnly(path: string, entry: Stats, root: string): Promise<boolean> {
  try {
    const target = entry.isSymbolicLink() ? await linkTarget(path, root) : path;
    const { bytes } = await readSourceBytes(target ?? path, path, maxLabelBytes);
    const stated = parseYaml(new TextDecoder().decode(bytes));
    const [[key, below] = [], ...others] = Object.entries(stated ?? {});
    if (key?.toLowerCase() === 'access' && others.length === 0) return resemblesLabel(below);
    return resemblesLabel(stated) || (Object.hasOwn(stated, 'classification') && Object.keys(stated).length === 1);
  } catch {
    // A document, or nothing that could be read.
    return false;
  }
}

/** Where a link leads, undefined for a folder inside the root; a link that leaves the root is refused. */
async function linkTarget(path: string, root: string): Promise<string | undefined> {
  const target = await realpath(path).catch((cause) => {
    throw new PerseaError('not-a-regular-file', `The link points to nothing.`, { cause });
  });
  if (target !== root && !isInside(target, root)) {
    throw new PerseaError('not-a-regular-file', `The link leaves the folder of its source and was not followed.`);
  }
  return (await stat(target)).isDirectory() ? undefined : target;
}
