/**
 * Whether a word stands where most likely a noun, or what describes one, stands: behind an article, another determiner or a preposition,
 * before what follows a noun, or at the end of a clause. Function words tell, in English and French; German writes its nouns with a capital.
 */
import { isPreposition } from './prepositions.ts';

const englishDeterminers =
  'the a an this that these those each every any all some no its their his her your our my another other both'.split(
    ' ',
  );
const determiners = new Set([
  ...englishDeterminers,
  ...'le la les l un une des du au aux ce cet cette ces son sa ses leur leurs notre nos votre vos chaque tout tous toutes'.split(
    ' ',
  ),
]);
/** What stands before them is what the clause is about. */
const followers = new Set(
  (
    'of is are was were has have had can could may might must shall should will would do does did who whose which ' +
    'est sont était étaient a ont peut peuvent doit doivent'
  ).split(' '),
);
/** Prepositions that stand before verbs and whole clauses as often. */
const otherwise = new Set(['to', 'as', 'than']);
/** Behind a preposition most likely a verb with an object of its own: `by using`. */
const gerund = /ing$/;

/** Behind these stands a verb, or what describes one. */
const beforeVerbs = new Set(
  'to not can could may might must shall should will would i you he she it we they who which be been'.split(' '),
);
/** Of what ends a clause and is no noun: `is approved`, `runs daily`. */
const verbal = /(?:ed|ly|en)$/;

/** A verb would end so behind a single thing: `the pump starts`, not `the reserve pump`. */
const endOfVerbOrMany = /(?:s|ed)$/;

/** @param words of a clause, in lower case */
export function isNounPlace(words: readonly string[], at: number): boolean {
  const [first, before, word = '', after, next] = [
    words[at - 2],
    words[at - 1],
    words[at],
    words[at + 1],
    words[at + 2],
  ];
  if (after !== undefined && followers.has(after)) return true;
  if (before === undefined) return next !== undefined && followers.has(next);
  if (determiners.has(before)) return true;
  if (isPreposition(before) && !otherwise.has(before)) return !gerund.test(word);
  if (first !== undefined && englishDeterminers.includes(first) && !endOfVerbOrMany.test(before))
    return !endOfVerbOrMany.test(word) && !verbal.test(word);
  return after === undefined && !beforeVerbs.has(before) && !followers.has(before) && !verbal.test(word);
}
