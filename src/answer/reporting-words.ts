/** Words by which a model talks about its sources; they claim nothing about the world. */
import { contentWords } from '../core/words.ts';

const sourceWords = new Set('source sources document documents context passage passages text information'.split(' '));
const reportingWords = new Set(
  'according accordingly therefore thus however also additionally following answer question yes sure certainly ja oui nein'.split(
    ' ',
  ),
);
/** They do so beside a source, and in `states that`, `as stated`: `managers provide …` claims what they do. */
const reportingVerbs = new Set(
  'state states stated mention mentions mentioned say says said specify specifies specified indicate indicates indicated describe describes described based provide provides provided note notes'.split(
    ' ',
  ),
);

const reportingForms = new Set([...reportingVerbs].flatMap((verb) => contentWords(verb)));

/** @param form as stemmed */
export function isReportingVerb(form: string): boolean {
  return reportingForms.has(form);
}

/** @param words in lower case */
export function isReporting(words: readonly string[], at: number): boolean {
  const word = words[at] ?? '';
  if (reportingWords.has(word) || sourceWords.has(word)) return true;
  const isBesideSource =
    words[at + 1] === 'that' || words[at - 1] === 'as' || words.some((one) => sourceWords.has(one));
  return reportingVerbs.has(word) && isBesideSource;
}
