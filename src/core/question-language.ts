/** In which language a question is written. Questions are too short for trigrams; their function words tell more. */
import { functionWordsOf, knownLanguages, type KnownLanguage } from './function-words.ts';

const kana = /[\p{Script=Hiragana}\p{Script=Katakana}]/u;
/** Letters of one of the languages, as good a sign as one of its words. */
const ownLetters: readonly (readonly [KnownLanguage, RegExp])[] = [
  ['de', /[äöüß]/iu],
  ['fr', /[àâçéèêëîïôùûœ]|\b(?:l|d|qu|j|n|c|s|jusqu|lorsqu|puisqu|quelqu)['’](?=\p{L})/iu],
  ['es', /[¿¡ñ]/iu],
  ['pt', /[ãõ]/iu],
];
/** English words that tell the language, but may also be what a question is about. */
const furtherEnglish: ReadonlySet<string> = new Set(
  'about after all any before each many may more much must new one only other over per same tell than two under until us'.split(
    ' ',
  ),
);
/** A longer question tells no more. */
const readCharacters = 1_000;
/** Of so many words one at least is a function word in every language; less is a chance likeness. */
const wordsOfOneSign = 6;

/** Null where no word tells, or two languages are told alike: codes, names, a single noun. */
export function questionLanguage(question: string): KnownLanguage | null {
  const text = question.slice(0, readCharacters);
  if (kana.test(text)) return 'ja';
  const composed = text.normalize('NFC');
  const words = new Set(
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      // Single letters are what is left of `king's` and of codes.
      .match(/\p{L}{2,}/gu) ?? [],
  );
  const signs = (language: KnownLanguage) => {
    const known = functionWordsOf(language);
    const letters = ownLetters.some(([of, pattern]) => of === language && pattern.test(composed)) ? 1 : 0;
    const isSign = (word: string) => known.has(word) || (language === 'en' && furtherEnglish.has(word));
    return letters + [...words].filter(isSign).length;
  };
  const [best, second] = knownLanguages
    .map((language) => ({ language, signs: signs(language) }))
    .sort((a, b) => b.signs - a.signs);
  if (best === undefined || best.signs === 0 || best.signs === second?.signs) return null;
  return best.signs * wordsOfOneSign < words.size ? null : best.language;
}
