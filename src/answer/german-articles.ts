/** German articles that tell the case of their noun, so that its part in the sentence is known wherever it stands. */
import type { Analysis } from './canonical.ts';
import { isPlain } from './word-kinds.ts';

/** Of one noun in one number they stand in one case; `die`, `das` and `ein` in two. */
const telling = new Set('der den dem des einen einem eines einer'.split(' '));
const ofSubjects = new Set(['der', 'ein']);
const ofObjects = new Set(['den', 'dem', 'einen', 'einem']);
const all = new Set([...telling, ...ofSubjects, ...ofObjects, 'die', 'das', 'eine']);

/** @param word in lower case */
export function isGermanArticle(word: string): boolean {
  return all.has(word);
}

/** As the article of what `die` makes many: `die Auslagen`, `die neuen Anträge`. No single noun behind `die` ends so. */
export const pluralArticle = 'die+';

/** @param word of its nominal phrase, in lower case */
export function articleOf(article: string, word: string): string {
  return article === 'die' && /(?:en|ern|eln)$/.test(word) ? pluralArticle : article;
}

const singularVerb = /t$|^(?:muss|kann|darf|soll|will)$/;
const pluralVerb = / (?:haben|sind|waren|werden|wurden|mussen|konnen|durfen|sollen|wollen|mochten) /;

/** Whether a claim has a verb of its source in the singular, and no other one, so that what stands in the plural is the subject of neither. */
export function shareSingularVerb(claim: Sentence, evidence: Sentence): boolean {
  if (pluralVerb.test(claim.sequence) || pluralVerb.test(evidence.sequence)) return false;
  const plain = claim.words.filter(isPlain);
  return plain.every(({ form }) => evidence.forms.has(form)) && plain.some(({ form }) => singularVerb.test(form));
}

type Sentence = Pick<Analysis, 'words' | 'forms' | 'sequence'>;

export function tellsCase(article: string): boolean {
  return telling.has(article);
}

/** Whether what one text makes the object with one article is the subject with the other: `den Termin`, `der Termin`. */
export function becomesSubject(before: string, after: string): boolean {
  return ofObjects.has(before) && ofSubjects.has(after);
}
