/** Words of a text for keyword statistics: case and accents folded, endings removed, stop words known. */
import { functionWordsOf, type KnownLanguage } from './function-words.ts';
import { Memo } from './memo.ts';
import { stemOf } from './stems.ts';

/** Letters, digits and the joints of codes (`ERR-4012`, `27b`, `v2.1`) form one word; the parts of a code count too. */
const wordPattern = /[\p{L}\p{N}]+(?:[-_./][\p{L}\p{N}]+)*/gu;
/** The same in a text without other letters, which takes half the time: those of most texts, and quotation marks, dashes and the euro. */
const plainWordPattern = /[A-Za-z0-9]+(?:[-_./][A-Za-z0-9]+)*/g;
const hasPlainLetters = /^[\0-\x7f\u2010-\u2027\u20ac]*$/;
/** `5,000`, `5.000` and `5’000`; not `0.125`, and not the parts of a longer code. */
const groupedNumber =
  /(?<![\p{L}\p{N}._/,-])[1-9]\d{0,2}(?:([.,'’\u00a0\u202f])\d{3})(?:\1\d{3})*(?![\p{L}\p{N}]|[-._/,]\p{N})/gu;
const separator = /[ .,'’\u00a0\u202f]/g;
/** `5 000`, which may also be two numbers. */
const spacedNumber = /(?<![\p{L}\p{N}._/,-]|\p{N} )[1-9]\d{0,2}(?: \d{3})+(?![\p{L}\p{N}]|[-._/,]\p{N}| \p{N})/gu;
/** `KX200` and `25kg`, which others write `KX-200` and `25 kg`; `27b` is a name. */
const gluedParts =
  /^(?:(?<letters>\p{L}{2,})(?<digits>\p{N}{2,})|(?<amount>\p{N}+(?:[.]\p{N}+)?)(?<unit>[cdkm]?m|[mk]?g|[cm]?l|t|s|min|h|[kmg]?hz|[mk]?[vw]|[kmg]?wh|ma|mah|[kmgt]b|eur|usd|chf|gbp))$/u;
const digit = /\p{N}/u;
/** `RFQs`: stemmers keep the ending where no vowel stands before it. */
const pluralOfCapitals = /^\p{Lu}{2,}s$/u;
/** `v2.3.1` is `2.3.1`. */
const versionMark = /^v(?=\d+\.\d)/;
const jointPattern = /[-_./]/;
/** Scripts that leave no spaces between words; ICU's dictionaries find them. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** Endings, particles and auxiliary verbs of Japanese, and few words that say what a text is about. */
const kanaAlone = /^\p{Script=Hiragana}+$/u;
let segmenter: Intl.Segmenter | undefined;

function segmentsOf(text: string): readonly string[] {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'word' });
  return [...segmenter.segment(text)].flatMap(({ segment, isWordLike }) => (isWordLike === true ? [segment] : []));
}

/** Nothing to fold but case: most words of most texts. */
const isPlain = /^[A-Za-z0-9._/-]*$/;

function fold(word: string): string {
  if (isPlain.test(word)) return word.toLowerCase();
  // Marks make other sounds of kana (`は`, `ば`), not the same letter with an accent.
  if (unspaced.test(word)) return word.normalize('NFKC').toLowerCase();
  return word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

export interface WordOptions {
  readonly keepStopWords?: boolean;
  /** Whose endings are removed and whose stop words left out, besides the English ones; English alone when absent. */
  readonly language?: KnownLanguage | null;
}

/** By language, what written words become: texts repeat them, and to fold and stem one takes longer than looking it up. */
const known = new Map<KnownLanguage, Memo<string, readonly string[]>>();
const maxKnown = 20_000;
/** A part of a text from so many letters on holds the whole text in memory. */
const minSlice = 13;

/** Folded and stemmed words in text order, stop words left out unless asked for; a code yields itself and its parts. */
export function contentWords(text: string, options: WordOptions = {}): string[] {
  const language = options.language ?? 'en';
  const isKept = options.keepStopWords === true;
  const words: string[] = [];
  const memo = isKept ? undefined : memoOf(language);
  const pattern = hasPlainLetters.test(text) ? plainWordPattern : wordPattern;
  for (const written of withPlainNumbers(text).match(pattern) ?? []) {
    const made =
      memo === undefined || written.length >= minSlice
        ? wordsOf(written, language, isKept)
        : memo.getOrMake(written, () => wordsOf(written, language, isKept));
    for (const word of made) words.push(word);
  }
  return words;
}

function memoOf(language: KnownLanguage): Memo<string, readonly string[]> {
  let memo = known.get(language);
  if (memo === undefined) {
    memo = new Memo(maxKnown);
    known.set(language, memo);
  }
  return memo;
}

/** What one word becomes, as it is written; none where it is a stop word. */
function wordsOf(written: string, language: KnownLanguage, isKept: boolean): readonly string[] {
  const isLeftOut = (word: string) =>
    !isKept &&
    (functionWordsOf('en').has(word) ||
      (language !== 'en' && functionWordsOf(language).has(word)) ||
      (language === 'ja' && kanaAlone.test(word)));
  const singular = pluralOfCapitals.test(written) ? written.slice(0, -1) : written;
  const whole = fold(singular).replace(versionMark, '');
  if (!isPlain.test(whole) && unspaced.test(whole)) return segmentsOf(whole).filter((segment) => !isLeftOut(segment));
  const parts = partsOf(whole);
  // `est-il`, `peut-on`: the verb alone is a word.
  const isInverted = parts.length > 1 && language !== 'en' && isLeftOut(parts.at(-1) ?? '');
  return (isInverted ? parts.slice(1) : parts)
    .filter((part) => part !== '' && !isLeftOut(part))
    .map((part) => (part === whole && parts.length > 1 ? part : stemOf(part, language)));
}

/** Numbers without what parts their thousands; where that is a blank, both readings. */
export function withPlainNumbers(text: string): string {
  return text
    .replace(groupedNumber, (number) => number.replace(separator, ''))
    .replace(spacedNumber, (number) => `${number.replace(separator, '')} ${number}`);
}

/** The word itself, then what it is made of. */
function partsOf(word: string): readonly string[] {
  const glued = digit.test(word) ? gluedParts.exec(word)?.groups : undefined;
  if (glued !== undefined) return [word, ...Object.values(glued).filter((part) => part !== undefined)];
  return jointPattern.test(word) ? [word, ...word.split(jointPattern)] : [word];
}

/** The words as written, between single blanks: case, accents and punctuation put aside, nothing else. */
export function wordSequence(text: string): string {
  const folded = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return ` ${(folded.match(/[\p{L}\p{N}]+/gu) ?? []).join(' ')} `;
}
