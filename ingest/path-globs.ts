/**
 * Globs of persea.yaml over paths of a source. They decide who may see a file, so a name must not slip through them: whatever
 * characters it has, in whichever form its letters are stored, and where brackets stand in a name as people write them.
 */
import picomatch from 'picomatch';

/** Whether a path, relative to the root of its source, matches one of the globs. */
export function pathMatcher(globs: readonly string[]): (relativePath: string) => boolean {
  // `s`: the dot of an expression means line ends too, which names may have.
  const isMatch = picomatch(
    globs.map((glob) => literalBrackets(belowRoot(glob))),
    { dot: true, flags: 's' },
  );
  return (relativePath) => isMatch(relativePath.normalize('NFC'));
}

/** Without these meanings `/hr/**` and `hr/` would match nothing: no path begins or ends so. */
function belowRoot(glob: string): string {
  return glob.replace(/^\/+(?=.)/, '').replace(/(?<=.)\/+$/, '/**');
}

/** `Staff (internal)/**` names a folder; brackets group alternatives only where there are some, as in `(a|b)` and `!(a)`. */
function literalBrackets(glob: string): string {
  return glob.normalize('NFC').replace(/(?<![@!*+?\\])\(([^()|]*)\)/g, '\\($1\\)');
}
