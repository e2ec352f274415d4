/** Names from a list: whole words as they are written there. */
import type { Detection, Detector } from './detector.ts';

const word = /[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*/gu;
/** `Nadia's report`, `Mertens’ Bericht`. */
const genitive = /['’]s?$/u;

/** @param names one or more words each; a single short word would be found in many texts that name nobody */
export function nameDetector(names: Iterable<string>): Detector {
  const byFirst = new Map<string, (readonly string[])[]>();
  for (const name of names) {
    const words = name.normalize('NFC').match(word) ?? [];
    const [first] = words;
    if (first === undefined) continue;
    const others = byFirst.get(first) ?? [];
    others.push(words);
    byFirst.set(first, others);
  }
  // The longest first: of `Ana Lima` and `Ana Lima Costa` the whole name goes.
  for (const candidates of byFirst.values()) candidates.sort((a, b) => b.length - a.length);
  if (byFirst.size === 0) return () => [];
  return (text) => {
    const words = [...text.matchAll(word)].map(({ index, 0: written }) => {
      const bare = written.normalize('NFC').replace(genitive, '');
      return {
        start: index,
        end: index + written.replace(genitive, '').length,
        bare,
        written: written.normalize('NFC'),
      };
    });
    const found: Detection[] = [];
    for (let at = 0; at < words.length; at++) {
      const here = words[at];
      if (here === undefined) continue;
      const candidates = byFirst.get(here.written) ?? byFirst.get(here.bare) ?? [];
      const match = candidates.find((parts) =>
        parts.every((part, offset) => {
          const other = words[at + offset];
          const before = words[at + offset - 1];
          const isNear =
            offset === 0 || (before !== undefined && other !== undefined && isGap(text, before.end, other.start));
          return isNear && (other?.written === part || (offset === parts.length - 1 && other?.bare === part));
        }),
      );
      if (match === undefined) continue;
      const last = words[at + match.length - 1];
      const isWhole = last?.written === match.at(-1);
      const end = last === undefined ? here.end : isWhole ? last.start + last.written.length : last.end;
      found.push({ kind: 'name', start: here.start, end });
      at += match.length - 1;
    }
    return found;
  };
}

/** Blanks, one line break or the point of an initial. */
function isGap(text: string, from: number, to: number): boolean {
  return /^\.?[^\S\n]*\n?[^\S\n]*$/u.test(text.slice(from, to)) && to - from <= 4;
}
