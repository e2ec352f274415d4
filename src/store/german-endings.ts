/**
 * German words in their other forms. The index of words folds English endings only, and one index has one stemmer; so a question
 * in German is asked with the forms that its words may have in a text. Umlauts need nothing: the index folds them away.
 */
import { functionWordsOf } from '../core/function-words.ts';

/** Longer ones first: the longest that leaves a stem is taken. */
const endings = ['innen', 'ungen', 'ern', 'ung', 'em', 'en', 'er', 'es', 'in', 'e', 'n', 's'];
/** Of nouns and adjectives, of verbs, and of what is made of verbs. */
const forms = ['', 'e', 'en', 'er', 'ern', 'es', 'em', 's', 'n', 't', 'ung', 'ungen', 'in', 'innen'];
const minWord = 5;
const minStem = 4;
const maxWords = 12;
const minPart = 4;
/** Each way to take one apart is looked for. */
const maxCompounds = 4;
const maxCompound = 30;
/** `Urlaub-s-antrag`, `Kunde-n-dienst`; the longest first. */
const links = ['es', 'en', 's', 'n'];

/** The forms, the question's own words not among them. */
export function germanForms(question: string): readonly string[] {
  const words = contentWordsOf(question);
  const known = new Set(words);
  return words.flatMap((word) => forms.map((form) => stemOf(word) + form)).filter((form) => !known.has(form));
}

/** Each way to take a compound apart, `urlaub antrag` among them; most of these are no words, and stand in no text. */
export function germanParts(question: string): readonly string[] {
  const compounds = contentWordsOf(question).filter((word) => word.length <= maxCompound);
  return compounds.slice(0, maxCompounds).flatMap((word) => {
    const cuts = Array.from({ length: Math.max(0, word.length - 2 * minPart + 1) }, (_, at) => at + minPart);
    return cuts.flatMap((at) => {
      const [first, second] = [word.slice(0, at), word.slice(at)];
      const link = links.find((one) => first.endsWith(one) && first.length - one.length >= minPart);
      const unlinked = link === undefined ? [] : [`${first.slice(0, -link.length)} ${second}`];
      return [`${first} ${second}`, ...unlinked];
    });
  });
}

function contentWordsOf(question: string): readonly string[] {
  const functionWords = functionWordsOf('de');
  const isFunctionWord = (word: string) => functionWords.has(word.normalize('NFKD').replace(/\p{M}/gu, ''));
  return [...new Set(question.toLowerCase().match(/\p{L}+/gu) ?? [])]
    .filter((word) => word.length >= minWord && !isFunctionWord(word))
    .slice(0, maxWords);
}

function stemOf(word: string): string {
  const ending = endings.find((end) => word.endsWith(end) && word.length - end.length >= minStem);
  return ending === undefined ? word : word.slice(0, -ending.length);
}
