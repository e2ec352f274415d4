/**
 * German words in their other forms. The index of words folds English endings only, and one index has one stemmer; so a question
 * in German is asked with the forms that its words may have in a text. Umlauts need nothing: the index folds them away.
 */

const umlaut = /[äöüß]/i;
/** Words that English, French and names do not have, so that a question without umlauts is known by them. */
const functionWords: ReadonlySet<string> = new Set(
  'aber auf aus bei beim bekommt bekommen dass dem der deren dieser durch ein eine einem einen einer eines für gibt gilt gelten ich ihr ist kann kein keine muss müssen nach nicht oder sich sind soll über und vom wann warum weshalb woher wohin welche welchem welchen welcher welches wenn werden wie wieviel wird wieviele zum zur'.split(
    ' ',
  ),
);
/** One of these, and the question is English, whatever names stand in it. */
const englishWords: ReadonlySet<string> = new Set(
  'a an and are by did do does for from how is of on the this to what when where which who why with'.split(' '),
);
/** Longer ones first: the longest that leaves a stem is taken. */
const endings = ['innen', 'ungen', 'ern', 'ung', 'em', 'en', 'er', 'es', 'in', 'e', 'n', 's'];
/** Of nouns and adjectives, of verbs, and of what is made of verbs. */
const forms = ['', 'e', 'en', 'er', 'ern', 'es', 'em', 's', 'n', 't', 'ung', 'ungen', 'in', 'innen'];
const minWord = 5;
const minStem = 4;
const maxWords = 12;

/** The forms, the question's own words not among them; empty where it is not German. */
export function germanForms(question: string): readonly string[] {
  const words = [...new Set(question.toLowerCase().match(/\p{L}+/gu) ?? [])];
  const isGerman = umlaut.test(question) || words.some((word) => functionWords.has(word));
  if (!isGerman || words.some((word) => englishWords.has(word))) return [];
  const known = new Set(words);
  return words
    .filter((word) => word.length >= minWord && !functionWords.has(word))
    .slice(0, maxWords)
    .flatMap((word) => forms.map((form) => stemOf(word) + form))
    .filter((form) => !known.has(form));
}

function stemOf(word: string): string {
  const ending = endings.find((end) => word.endsWith(end) && word.length - end.length >= minStem);
  return ending === undefined ? word : word.slice(0, -ending.length);
}
