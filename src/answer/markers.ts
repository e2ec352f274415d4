/** Citation markers as models write them: `[1]`, `[1, 2]`, `[1][2]`, `[1-3]`, `[Source 1]`, `【1】`, `[1](link)`, and `(1)` where a sentence ends. */

interface PlacedMarker {
  /** Where it stood, in the text without markers. */
  readonly position: number;
  /** Numbers of window items, as written: they may not exist. */
  readonly numbers: readonly number[];
}

export interface StrippedText {
  readonly text: string;
  readonly markers: readonly PlacedMarker[];
  /** For each character of `text`, and for its end, the index in the text with markers. */
  readonly rawIndexes: readonly number[];
}

const word = '(?:sources?|quellen?|items?|passages?|documents?|refs?)';
const list = `#?\\d{1,4}(?:\\s*(?:[,;&–-]|and|und|et)\\s*(?:${word}\\s*)?#?\\d{1,4})*`;
const markerPattern = new RegExp(
  `(?<!\\\\)[\\[【]\\s*\\^?(?:${word}\\s*:?\\s*)?(${list})\\s*(?:†[^\\]】\\n]*)?[\\]】](?:\\([^()\\s]*\\))?`,
  'giu',
);
/** Round brackets hold much else: they count only behind a word, before the end of a sentence or a line. */
const roundPattern = /(?<=[\p{L}\p{N}%.!?…"'”»)]\s?)\((\d{1,2}(?:\s*,\s*\d{1,2})*)\)(?=\s*(?:[.!?…]|\n|$))/gu;
/** The beginning of something that the next piece of a stream may turn into a marker. */
const unfinishedMarker = /(?:(?<!\\)[[【][^\]】\n]{0,40}|\(\d{0,2}(?:\s*,\s*\d{0,2})*)$/u;
/** What models put around a marker and what makes no sense without it: `as stated in [1]`, `, which is supported by source [1]`, `(see [1])`, `according to [1],`. */
const reportBefore =
  /,?\s+\(?(?:as\s+|(?:which|as|that|this)\s+(?:is|are|was|were)\s+(?:also\s+)?)?(?:stated|described|mentioned|noted|shown|indicated|reported|supported|confirmed|found|listed|seen|see)\s*(?:in|by|from)?\s*(?:the\s+)?(?:sources?|documents?|passages?)?$/iu;
const accordingBefore =
  /(?:^|\n|(?<=[.!?]\s))(?:according to|based on|as stated in|in)\s*(?:the\s+)?(?:sources?|documents?|passages?)?$/iu;
/** `[1-40]` is not a range of sources. */
const widestRange = 8;
const longestReport = 60;

/**
 * Takes the markers out, with the blanks before them, and tells where they stood.
 *
 * @param isText tells of a bracketed number whether it is the source's own and stays; `isRound` for one in round brackets
 */
export function stripMarkers(
  raw: string,
  isText: (written: string, numbers: readonly number[], isRound: boolean) => boolean = () => false,
): StrippedText {
  const markers: PlacedMarker[] = [];
  const characters: string[] = [];
  const rawIndexes: number[] = [];
  const append = (from: number, to: number) => {
    for (let index = from; index < to; index++) {
      characters.push(raw.charAt(index));
      rawIndexes.push(index);
    }
  };
  let last = 0;
  const matches = [...raw.matchAll(markerPattern), ...raw.matchAll(roundPattern)].sort((a, b) => a.index - b.index);
  for (const match of matches) {
    // `[1](2)` is one marker, not two.
    if (match.index < last) continue;
    const numbers = numbersOf(match[1] ?? '');
    if (isText(match[0], numbers, match[0].startsWith('('))) continue;
    append(last, match.index);
    last = match.index + match[0].length;
    while (/[ \t]/.test(characters.at(-1) ?? '')) {
      characters.pop();
      rawIndexes.pop();
    }
    const tail = characters.slice(-longestReport).join('');
    const report = reportBefore.exec(tail) ?? accordingBefore.exec(tail);
    if (report !== null) {
      characters.length -= report[0].length;
      rawIndexes.length = characters.length;
      const after = /^(?:,\s*|\))/.exec(raw.slice(last));
      if (after !== null) last += after[0].length;
    }
    markers.push({ position: characters.length, numbers });
    const isBetweenWords = /[\p{L}\p{N}]/u.test(raw.charAt(last)) && characters.length > 0;
    if (isBetweenWords && characters.at(-1) !== '\n') {
      characters.push(' ');
      rawIndexes.push(last);
    }
  }
  append(last, raw.length);
  rawIndexes.push(raw.length);
  return { text: characters.join(''), markers, rawIndexes };
}

export function withoutUnfinishedMarker(raw: string): string {
  return raw.replace(unfinishedMarker, '');
}

function numbersOf(body: string): readonly number[] {
  const numbers = new Set<number>();
  for (const match of body.matchAll(/(\d+)(?:\s*[–-]\s*#?(\d+))?/g)) {
    const first = Number(match[1]);
    const last = match[2] === undefined ? first : Number(match[2]);
    if (last - first >= 0 && last - first <= widestRange) for (let n = first; n <= last; n++) numbers.add(n);
    else numbers.add(first).add(last);
  }
  return [...numbers];
}
