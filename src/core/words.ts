/** Words of a text for keyword statistics: case and accents folded, English endings removed, stop words known. */
import { stemmer } from 'stemmer';

/** Letters, digits and the joints of codes (`ERR-4012`, `27b`, `v2.1`) form one word; the parts of a code count too. */
const wordPattern = /[\p{L}\p{N}]+(?:[-_./][\p{L}\p{N}]+)*/gu;
const jointPattern = /[-_./]/;
/** Scripts that leave no spaces between words; ICU's dictionaries find them. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
let segmenter: Intl.Segmenter | undefined;

function segmentsOf(text: string): readonly string[] {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'word' });
  return [...segmenter.segment(text)].flatMap(({ segment, isWordLike }) => (isWordLike === true ? [segment] : []));
}

const stopWordList =
  'a an and are as at be been but by can could did do does for from had has have he her his how i if in into is it its me my no not of on or our she should so such that the their them then there these they this those to was we were what when where which who whom whose why will with would you your';
const stopWords: ReadonlySet<string> = new Set(stopWordList.split(' '));

/** Texts repeat their words, and stemming one takes longer than looking it up. Emptied when full: it is only a memo. */
const stems = new Map<string, string>();
const maxStems = 20_000;

function stemOf(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  if (stems.size >= maxStems) stems.clear();
  const stem = stemmer(word);
  stems.set(word, stem);
  return stem;
}

/** Nothing to fold but case: most words of most texts. */
const isPlain = /^[A-Za-z0-9._/-]*$/;

function fold(word: string): string {
  return isPlain.test(word) ? word.toLowerCase() : word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Folded and stemmed words in text order, stop words left out unless asked for; a code yields itself and its parts. */
export function contentWords(text: string, options: { readonly keepStopWords?: boolean } = {}): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(wordPattern)) {
    const whole = fold(match[0]);
    if (!isPlain.test(whole) && unspaced.test(whole)) {
      words.push(...segmentsOf(whole));
      continue;
    }
    const parts = jointPattern.test(whole) ? [whole, ...whole.split(jointPattern)] : [whole];
    for (const part of parts) {
      if (part === '' || (options.keepStopWords !== true && stopWords.has(part))) continue;
      words.push(part === whole && parts.length > 1 ? part : stemOf(part));
    }
  }
  return words;
}

/** The words as written, between single blanks: case, accents and punctuation put aside, nothing else. */
export function wordSequence(text: string): string {
  const folded = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return ` ${(folded.match(/[\p{L}\p{N}]+/gu) ?? []).join(' ')} `;
}
