/**
 * Sources whose folders lie in one another. A file that two of them list has two uris, and each source says who may see it: then
 * both must let a person in, or the wider of the two would open what the narrower closes.
 */
import { realpath } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import type { SourceLabelling } from '../labels.ts';
import { labelFilesAbove, wantedPaths } from '../scan.ts';
import type { FolderLabel } from './source.ts';

export interface OverlappingFolder extends SourceLabelling {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** Another source that lists files of this one. */
export interface SourceOverlap {
  readonly name: string;
  readonly labelling: SourceLabelling;
  /** What the other source calls a file; undefined where it leaves the file out. */
  readonly pathOf: (relativePath: string) => string | undefined;
  /** Of folders of the other source that lie above this one. */
  readonly folderLabels: readonly FolderLabel[];
}

export async function overlapsOf(
  folder: Pick<OverlappingFolder, 'name' | 'path'>,
  all: readonly OverlappingFolder[],
): Promise<readonly SourceOverlap[]> {
  const root = await placeOf(folder.path);
  const found: SourceOverlap[] = [];
  for (const other of all) {
    if (other.name === folder.name) continue;
    const otherRoot = await placeOf(other.path);
    const pathIn = pathsBetween(root, otherRoot);
    if (pathIn === undefined) continue;
    const isWanted = wantedPaths(other);
    const pathOf = (relativePath: string) => {
      const path = pathIn(relativePath);
      const isListed = path !== undefined && !path.split('/').some((part) => part.startsWith('.')) && isWanted(path);
      return isListed ? path : undefined;
    };
    const folderLabels = root.startsWith(belowOf(otherRoot)) ? await labelFilesAbove(root, otherRoot) : [];
    found.push({ name: other.name, labelling: other, pathOf, folderLabels });
  }
  return found;
}

/** One sentence for the operator; undefined where the two share no file. */
export function overlapWarning(
  source: string,
  { name, pathOf }: SourceOverlap,
  relativePaths: readonly string[],
): string | undefined {
  const shared = relativePaths.filter((path) => pathOf(path) !== undefined);
  const [first] = shared;
  if (first === undefined) return undefined;
  const many = shared.length === 1 ? 'one file belongs' : `${shared.length} files belong`;
  return (
    `The folders of the sources "${source}" and "${name}" overlap: ${many} to both, such as ` +
    `${source}/${first}, which is also ${name}/${pathOf(first)}. Such a document is seen only by those whom both sources let in. ` +
    'Exclude it from one of the two.'
  );
}

/** Paths of one folder as paths of the other; undefined where neither lies in the other. */
function pathsBetween(root: string, other: string): ((relativePath: string) => string | undefined) | undefined {
  if (root === other) return (path) => path;
  if (root.startsWith(belowOf(other))) {
    const prefix = `${slashed(relative(other, root))}/`;
    return (path) => prefix + path;
  }
  if (!other.startsWith(belowOf(root))) return undefined;
  const prefix = `${slashed(relative(root, other))}/`;
  return (path) => (path.startsWith(prefix) ? path.slice(prefix.length) : undefined);
}

/** What cannot be looked at is taken to lie where it is named. */
function placeOf(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

/** What every path below a folder begins with. */
export function belowOf(folder: string): string {
  return folder.endsWith(sep) ? folder : folder + sep;
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}
