/** How paths lie to each other, by their text alone: links are followed before, where they count. */
import { relative, sep } from 'node:path';

/** Whether an absolute path lies in a folder, however deep; the folder itself does not. */
export function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** The way from a folder to what lies in it, with slashes on every system, as in uris and globs; empty for the folder itself. */
export function pathWithin(folder: string, path: string): string {
  return relative(folder, path).split(sep).join('/');
}

/** Of two uris or two paths within a source: whether the one is the other or lies below it. */
export function isAtOrBelow(place: string, above: string): boolean {
  return place === above || place.startsWith(`${above}/`);
}

/** Whether a path within a source leads through or to a hidden name, or out of the source: nothing there is a document. */
export function isHidden(relativePath: string): boolean {
  return relativePath.split('/').some((part) => part.startsWith('.'));
}
