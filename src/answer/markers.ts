/**
 * Citation markers as models write them: `[1]`, `[1, 2]`, `[1][2]`, `[1-3]`, `[Source 1]`, `[cite: 1]`, `[^1]`, `【1】`, `［1］`, `[1](link)`, `[[1]](link)`,
 * `(Source 1)`, `<sup>1</sup>`, `[1, p. 3]`, `[leave.md, p. 3]`, and `(1)`, `{1}`, `^1`, `¹` and `According to source 1,` where they can be nothing
 * else.
 */

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

export const sourceWord =
  '(?:sources?|quellen?|items?|passages?|documents?|docs?\\.?|dokumente?|refs?\\.?|references?|cites?|citations?|extraits?)';
/** Within a source; Persea finds it by itself. */
const place = '(?:pp?\\.?|pages?|seiten?|s\\.|sections?|abschnitt|§)\\s*\\d{1,4}(?:\\s*[.–-]\\s*\\d{1,4})*';
const list = `#?\\d{1,4}(?:\\s*(?:[,;&–-]|and|und|et)\\s*(?:${sourceWord}\\s*)?#?\\d{1,4})*`;
const markerPattern = new RegExp(
  `(?<!\\\\)\\^?(?:(?<!\\[)\\[)?[\\[【［]\\s*\\^?(?:${sourceWord}\\s*:?\\s*)?(${list})\\s*(?:,\\s*${place}\\s*)?(?:†[^\\]】\\n]*)?[\\]】］](?:(?<=\\[\\[[^\\]]*\\])\\])?(?:\\([^()\\s]*\\))?`,
  'giu',
);
const raisedPattern = new RegExp(`<sup>\\s*\\[?\\s*(${list})\\s*\\]?\\s*</sup>`, 'giu');
/** Round brackets hold much else: they count only behind a word, before the end of a sentence or a line, or with a word for what they point to. */
const roundPattern = new RegExp(
  `(?<=[\\p{L}\\p{N}%.!?…"'”»)]\\s?)\\((?:see\\s+)?${sourceWord}\\s*:?\\s*(${list})\\)|(?<=[\\p{L}\\p{N}%.!?…"'”»)]\\s?)\\((\\d{1,2}(?:\\s*,\\s*\\d{1,2})*)\\)(?=\\s*(?:[.!?…]|\\n|$))`,
  'giu',
);
const curlyPattern = new RegExp(`(?<=[\\p{L}\\p{N}%.!?…"'”»)]\\s?)\\{(${list})\\}`, 'giu');
const numbered = `(?:the\\s+)?${sourceWord}\\s*\\[?#?(\\d{1,2})\\]?`;
const sentenceStart = '(?<=^|\\n|[.!?]\\s)';
/** `According to source 1, …` and `Source [1] states that …`: without them the sentence says the same. */
const leadingPattern = new RegExp(
  `${sentenceStart}(?:according to|based on|as stated in|laut|gemäß|selon)\\s+${numbered}\\s*[,:]\\s+|${sentenceStart}${numbered}\\s+(?:states|says|mentions|indicates|notes|explains|specifies|confirms)\\s+that\\s+`,
  'giu',
);
/** What stands around an answer in the format that some models were trained to. */
const wrapper = /<\/?(?:answer|final_answer|response|output|result)>/giu;
const namePattern = /[[(【［]([^[\]()【】［］\n]{3,120})[\])】］](?:(?<=\])\([^()\s]*\))?/gu;
/** Raised numbers behind a word: behind a short one they are a power (`m²`). */
const superscriptPattern =
  /(?<=\p{L}{4}|[.!?…"'”»)]|[\p{L}\p{N}%]\s)(?:([¹²³⁴-⁹]{1,2})(?![\p{L}\p{N}])|\s?\^(\d{1,2})(?![\p{L}\p{N}]))/gu;
const raisedDigits = '⁰¹²³⁴⁵⁶⁷⁸⁹';
/** The beginning of something that the next piece of a stream may turn into a marker. */
const unfinishedMarker =
  /(?:(?<!\\)[[【［][^\]】］\n]{0,120}|\{\d{0,4}|<(?:\/?[a-z_]{0,14}|s(?:up?)?|sup>[^<\n]{0,20}(?:<(?:\/(?:su?p?)?)?)?)?|\((?:\p{L}{0,10}\s*)?\d{0,2}(?:\s*,\s*\d{0,2})*|\^\d?)$/iu;
/** What models put around a marker and what makes no sense without it: `as stated in [1]`, `, which is supported by source [1]`, `(see [1])`, `according to [1],`. */
const reportBefore =
  /,?\s+\(?(?:as\s+|(?:which|as|that|this)\s+(?:is|are|was|were)\s+(?:also\s+)?)?(?:stated|described|mentioned|noted|shown|indicated|reported|supported|confirmed|found|listed|seen|see)\s*(?:in|by|from)?\s*(?:the\s+)?(?:sources?|documents?|passages?)?$/iu;
const accordingBefore =
  /(?:^\s?|\n|(?<=[.!?]\s))(?:according to|based on|as stated in|in)\s*(?:the\s+)?(?:sources?|documents?|passages?)?$/iu;
const bracketBefore = /\s*\((?:sources?|quellen?|refs?\.?|references?|citations?|see|siehe|vgl\.?|voir)\s*:?$/iu;
/** `[1-40]` is not a range of sources. */
const widestRange = 8;
const longestReport = 60;
/** The sign before it tells whether it opens. */
const longestEmphasis = 4;

/**
 * Takes the markers out, with the blanks before them, and tells where they stood.
 *
 * @param isText tells of a number, with the word that it hangs on, whether it is the source's own and stays; `isUncertain` where people write so, too
 * @param numbersNamed the sources that a text in brackets names; none where it is text
 */
export function stripMarkers(
  raw: string,
  isText: (written: string, numbers: readonly number[], isUncertain: boolean) => boolean = () => false,
  numbersNamed: (name: string, isRound: boolean) => readonly number[] = () => [],
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
  const certain = [...raw.matchAll(markerPattern), ...raw.matchAll(raisedPattern)];
  const uncertain = [roundPattern, superscriptPattern, curlyPattern, leadingPattern, wrapper].flatMap((pattern) => [
    ...raw.matchAll(pattern),
  ]);
  const named = new Map(
    [...raw.matchAll(namePattern)]
      .map((match) => [match, numbersNamed(match[1] ?? '', match[0].startsWith('('))] as const)
      .filter(([, numbers]) => numbers.length > 0),
  );
  const matches = [...certain, ...uncertain, ...named.keys()].sort((a, b) => a.index - b.index);
  for (const match of matches) {
    // `[1](2)` is one marker, not two.
    if (match.index < last) continue;
    const isUncertain = uncertain.includes(match);
    const numbers = named.get(match) ?? numbersOf(match[1] ?? match[2] ?? '');
    const wordBefore =
      (isUncertain ? /[^\s([]{1,40}\s?$/u : /[^\s([]{1,40}$/u).exec(raw.slice(last, match.index))?.[0] ?? '';
    if (isText(`${wordBefore}${match[0]}`, numbers, isUncertain)) continue;
    append(last, match.index);
    last = match.index + match[0].length;
    // `**[1]**` leaves nothing to set in bold.
    const around = /(?<![^\s])(?:\*{1,3}|_{1,3})$/.exec(characters.slice(-longestEmphasis).join(''))?.[0];
    if (around !== undefined && raw.startsWith(around, last)) {
      characters.length -= around.length;
      rawIndexes.length = characters.length;
      last += around.length;
    }
    while (!leads(match[0]) && /[ \t]/.test(characters.at(-1) ?? '')) {
      characters.pop();
      rawIndexes.pop();
    }
    const tail = characters.slice(-longestReport).join('');
    const according = accordingBefore.exec(tail);
    const report = reportBefore.exec(tail) ?? bracketBefore.exec(tail) ?? according;
    if (report !== null) {
      characters.length -= report[0].length;
      rawIndexes.length = characters.length;
      const after = /^(?:,\s*|\))/.exec(raw.slice(last));
      if (after !== null) last += after[0].length;
    }
    const isLeading = leads(match[0]);
    const begun = (report === according && according !== null) || isLeading ? capitalAfter(raw, last) : null;
    // It stands before the sentence that it is meant for.
    markers.push({ position: characters.length + (begun === null && !isLeading ? 0 : 1), numbers });
    if (begun !== null) {
      characters.push(begun);
      rawIndexes.push(last);
      last++;
      continue;
    }
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

function leads(written: string): boolean {
  return /^\p{L}/u.test(written);
}

/** What follows `According to [1], ` is a sentence now, and begins like one. */
function capitalAfter(raw: string, at: number): string | null {
  const next = raw.charAt(at);
  return /\p{Ll}/u.test(next) && next.toUpperCase().length === 1 ? next.toUpperCase() : null;
}

export function withoutUnfinishedMarker(raw: string): string {
  return raw.replace(unfinishedMarker, '');
}

function numbersOf(body: string): readonly number[] {
  const numbers = new Set<number>();
  const digits = body.replace(/[⁰¹²³⁴-⁹]/gu, (raised) => String(raisedDigits.indexOf(raised)));
  for (const match of digits.matchAll(/(\d+)(?:\s*[–-]\s*#?(\d+))?/g)) {
    const first = Number(match[1]);
    const last = match[2] === undefined ? first : Number(match[2]);
    if (last - first >= 0 && last - first <= widestRange) for (let n = first; n <= last; n++) numbers.add(n);
    else numbers.add(first).add(last);
  }
  return [...numbers];
}
