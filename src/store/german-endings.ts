/**
 * German words in their other forms. The index of words folds English endings only, and one index has one stemmer; so a question
 * in German is asked with the forms that its words may have in a text. Umlauts need nothing: the index folds them away.
 */
import { functionWordsOf } from '../core/function-words.ts';
import { questionLanguage } from '../core/question-language.ts';

/** Longer ones first: the longest that leaves a stem is taken. */
const endings = ['innen', 'ungen', 'ern', 'ung', 'em', 'en', 'er', 'es', 'in', 'e', 'n', 's'];
/** Of nouns and adjectives, of verbs, and of what is made of verbs. */
const forms = ['', 'e', 'en', 'er', 'ern', 'es', 'em', 's', 'n', 't', 'ung', 'ungen', 'in', 'innen'];
const minWord = 5;
const minStem = 4;
const maxWords = 12;

/** The forms, the question's own words not among them; empty where it is not German. */
export function germanForms(question: string): readonly string[] {
  if (questionLanguage(question) !== 'de') return [];
  const words = [...new Set(question.toLowerCase().match(/\p{L}+/gu) ?? [])];
  const known = new Set(words);
  const functionWords = functionWordsOf('de');
  const isFunctionWord = (word: string) => functionWords.has(word.normalize('NFKD').replace(/\p{M}/gu, ''));
  return words
    .filter((word) => word.length >= minWord && !isFunctionWord(word))
    .slice(0, maxWords)
    .flatMap((word) => forms.map((form) => stemOf(word) + form))
    .filter((form) => !known.has(form));
}

function stemOf(word: string): string {
  const ending = endings.find((end) => word.endsWith(end) && word.length - end.length >= minStem);
  return ending === undefined ? word : word.slice(0, -ending.length);
}
