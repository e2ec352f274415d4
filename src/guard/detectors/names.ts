/** Names from a list, as whole words. */
import type { Detection, Detector } from './detector.ts';

const word = /[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*/gu;
/** `Nadia's report`, `Mertens’ Bericht`. */
const genitive = /['’]s?$/u;
const plainLetters = /^[a-z\d'-]*$/;

/**
 * @param names one or more words each; a single short word would be found in many texts that name nobody. Accents do not matter, nor do
 *   capitals where the words of a name begin with them or none of several has one. `Mertens, Nadia` is the same name.
 */
export function nameDetector(names: Iterable<string>): Detector {
  const byFirst = new Map<string, ListedName[]>();
  for (const name of names) {
    const words = name.normalize('NFC').match(word) ?? [];
    const [last, ...before] = words.toReversed();
    if (last === undefined) continue;
    const isSingle = before.length === 0;
    const orders = isSingle ? [words] : [words, [last, ...before.toReversed()]];
    for (const [order, parts] of orders.entries()) {
      for (const spelled of [parts.map(folded), parts.map(transliterated)]) {
        const first = spelled[0] ?? '';
        const known = byFirst.get(first) ?? [];
        known.push({ words: spelled, written: parts, isReversed: order === 1 });
        byFirst.set(first, known);
      }
    }
  }
  // The longest first: of `Ana Lima` and `Ana Lima Costa` the whole name goes.
  for (const candidates of byFirst.values()) candidates.sort((a, b) => b.words.length - a.words.length);
  if (byFirst.size === 0) return () => [];
  return (text) => {
    const words = [...text.matchAll(word)].map(({ index, 0: written }) => wordAt(index, written));
    const found: Detection[] = [];
    for (let at = 0; at < words.length; at++) {
      const here = words[at];
      if (here === undefined) continue;
      const candidates = [here.whole, here.bare].flatMap((form) => byFirst.get(form) ?? []);
      const match = candidates.find((name) => standsAt(name, words, at, text));
      if (match === undefined) continue;
      const last = words[at + match.words.length - 1] ?? here;
      found.push({
        kind: 'name',
        start: here.start,
        end: last.whole === match.words.at(-1) ? last.wholeEnd : last.end,
      });
      at += match.words.length - 1;
    }
    return found;
  };
}

interface ListedName {
  /** Folded. */
  readonly words: readonly string[];
  /** As the list has them. */
  readonly written: readonly string[];
  readonly isReversed: boolean;
}

interface TextWord {
  readonly start: number;
  /** Without a genitive. */
  readonly end: number;
  readonly wholeEnd: number;
  readonly written: string;
  readonly whole: string;
  readonly bare: string;
}

function wordAt(start: number, written: string): TextWord {
  const bare = written.replace(genitive, '');
  return {
    start,
    end: start + bare.length,
    wholeEnd: start + written.length,
    written,
    whole: folded(written),
    bare: folded(bare),
  };
}

function standsAt(
  { words, written, isReversed }: ListedName,
  text: readonly TextWord[],
  at: number,
  whole: string,
): boolean {
  const isSaid = words.every((part, offset) => {
    const here = text[at + offset];
    const before = text[at + offset - 1];
    if (here === undefined) return false;
    const isNear =
      offset === 0 || (before !== undefined && isGap(whole, before.end, here.start, isReversed && offset === 1));
    return isNear && (here.whole === part || (offset === words.length - 1 && here.bare === part));
  });
  if (!isSaid) return false;
  const used = text.slice(at, at + words.length).map(({ written }) => written);
  if (used.every((one, offset) => isCapital(one) || !isCapital(written[offset]))) return true;
  // `Will power` is no `Will Power`; who types a name in small letters does so throughout, and `rose` alone is another word.
  return words.length > 1 && used.every((one) => one === one.toLowerCase());
}

function isCapital(word = ''): boolean {
  return word.charAt(0) !== word.charAt(0).toLowerCase();
}

/** In small letters without accents. */
function folded(text: string): string {
  const lower = text.toLowerCase();
  if (plainLetters.test(lower)) return lower;
  return lower
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[ßłøđæœ]/g, (letter) => letters[letter] ?? letter)
    .replace(/[’‘]/g, "'")
    .replace(/[‐‑]/g, '-');
}

/** `Jürgen` as `Juergen`. */
function transliterated(text: string): string {
  return folded(
    text
      .toLowerCase()
      .normalize('NFC')
      .replace(/[äöü]/g, (letter) => letters[letter] ?? letter),
  );
}

const letters: Readonly<Record<string, string>> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  ß: 'ss',
  ł: 'l',
  ø: 'o',
  đ: 'd',
  æ: 'ae',
  œ: 'oe',
};

/** Blanks, one line break or the point of an initial; a comma before what is usually first. */
function isGap(text: string, from: number, to: number, isComma: boolean): boolean {
  const between = text.slice(from, to);
  return (isComma ? /^,\s?$/u : /^\.?[^\S\n]*\n?[^\S\n]*$/u).test(between) && to - from <= 4;
}
