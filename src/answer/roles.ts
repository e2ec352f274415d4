/**
 * Who did what to whom: names of a claim that stand the other way round in the evidence play each other's parts, unless something else
 * than their order tells the parts.
 */
import { type Analysis, type CanonicalWord, copula, joint } from './canonical.ts';
import { becomesSubject, pluralArticle, shareSingularVerb, tellsCase } from './german-articles.ts';
import { isPreposition } from './prepositions.ts';
import { isCurrency } from './quantities.ts';
import { hasWord, isPlain } from './word-kinds.ts';

/** A name within the words of one side. */
interface Placed {
  readonly at: number;
  /** The lead of the row of names that it stands in. */
  readonly lead: string;
  /** Names of one number stand in one list or row. */
  readonly group: number;
  readonly article: string;
  readonly clause: number;
}

export function exchangesRoles(claim: Analysis, evidence: Analysis): boolean {
  const isName = new Set([...claim.words, ...evidence.words].filter(isActor).map(keyOf));
  const [said, found] = [placed(claim.words, isName), placed(evidence.words, isName)];
  const names = [...said.keys()].filter((form) => found.has(form));
  return names.some((a, index) =>
    names.slice(index + 1).some((b) => {
      const here = { a: said.get(a) ?? [], b: said.get(b) ?? [] };
      const there = { a: found.get(a) ?? [], b: found.get(b) ?? [] };
      return (
        (isReversed(here, there) &&
          !isFree(here, there) &&
          !(isOfMany(here, there) && shareSingularVerb(claim, evidence))) ||
        takesPart(here, there)
      );
    }),
  );
}

/**
 * The same of plain words, and of a name and a plain one: what stands right before a verb and what stands behind it have changed places
 * (`mentors choose trainees`, `the tenant hands the keys to the landlord`). Not of two names, and so not of German nouns, whose order does
 * not tell their parts.
 */
export function exchangesDoers(claim: Analysis, evidence: Analysis): boolean {
  return claim.words.some((verb, at) => {
    const doers = isPlain(verb) ? doersOf(claim.words, at) : [];
    return (
      doers.length > 0 &&
      evidence.words.some((other, place) => {
        if (other.form !== verb.form || !isPlain(other) || (verb.isNoun && other.isNoun)) return false;
        const actual = doersOf(evidence.words, place);
        const made = doers.filter((doer) => !hasWord(actual, doer) && isActedUpon(evidence.words, place, doer));
        const lost = actual.filter((doer) => !hasWord(doers, doer) && isActedUpon(claim.words, at, doer));
        return made.some((a) => lost.some((b) => !(a.isName && b.isName)));
      })
    );
  });
}

/** As stemmed; they stand between who acts and the verb. */
const modals = new Set('must mai might can cannot could shall should will would'.split(' '));

/** Who acts: what stands before the verb, or after `by`. */
function doersOf(words: readonly CanonicalWord[], at: number): readonly CanonicalWord[] {
  return isPassive(words, at) ? namedBy(words, at) : before(words, at);
}

function isPassive(words: readonly CanonicalWord[], at: number): boolean {
  return words[at + 1]?.lead === 'by' && words[at + 1]?.clause === words[at]?.clause;
}

/** `by the standard model`: all of its words, for what acts stands last. */
function namedBy(words: readonly CanonicalWord[], at: number): readonly CanonicalWord[] {
  const rest = words.slice(at + 1);
  const end = rest.findIndex(({ lead, clause }, index) => index > 0 && (lead !== '' || clause !== rest[0]?.clause));
  return end === -1 ? rest : rest.slice(0, end);
}

/** The word right before the verb, and those that it is listed with. */
function before(words: readonly CanonicalWord[], at: number): readonly CanonicalWord[] {
  const doers: CanonicalWord[] = [];
  for (let place = modals.has(words[at - 1]?.form ?? '') ? at - 2 : at - 1; place >= 0; place--) {
    const word = words[place];
    if (word === undefined || word.isNumber || word.clause !== words[at]?.clause) break;
    doers.push(word);
    if (word.lead !== joint) break;
  }
  return doers;
}

/** Whether it stands behind the verb in its clause, or before one whose doer is named by `by`. */
function isActedUpon(words: readonly CanonicalWord[], at: number, word: CanonicalWord): boolean {
  if (isPassive(words, at)) return hasWord(before(words, at), word);
  const { clause } = words[at] ?? {};
  const behind = words.slice(at + 1).filter((one) => one.clause === clause && one.lead !== 'by');
  return hasWord(behind, word);
}

type Pair = Readonly<Record<'a' | 'b', readonly Placed[]>>;

/** All occurrences of one side in one order, all of the other in the other. */
function isReversed(here: Pair, there: Pair): boolean {
  return (
    (precedes(here.a, here.b) && precedes(there.b, there.a)) || (precedes(here.b, here.a) && precedes(there.a, there.b))
  );
}

function precedes(first: readonly Placed[], second: readonly Placed[]): boolean {
  return Math.max(...first.map(({ at }) => at)) < Math.min(...second.map(({ at }) => at));
}

/** Whether the order tells nothing: names of a list, and names whose prepositions tell their parts. */
function isFree(here: Pair, there: Pair): boolean {
  const some = ({ a, b }: Pair, holds: (a: Placed, b: Placed) => boolean) => a.some((x) => b.some((y) => holds(x, y)));
  const isListed = (pair: Pair) => some(pair, (x, y) => x.group === y.group);
  if (isListed(here) || isListed(there)) return true;
  if (isOfOneCase(here.a, there.a) || isOfOneCase(here.b, there.b)) return true;
  const has = (places: readonly Placed[], lead: string) => places.some((place) => place.lead === lead);
  const place = (lead: string) => (lead === copula ? '' : lead);
  const hasPlace = (places: readonly Placed[], { lead }: Placed) =>
    places.some((one) => place(one.lead) === place(lead));
  if (some(here, (x, y) => hasPlace(there.b, x) && hasPlace(there.a, y))) return false;
  return some(
    here,
    (x, y) => x.lead !== y.lead && ((x.lead !== '' && y.lead !== '') || (has(there.a, x.lead) && has(there.b, y.lead))),
  );
}

/** Whether a German article tells that it plays one part in both. */
function isOfOneCase(here: readonly Placed[], there: readonly Placed[]): boolean {
  return here.some(({ article }) => tellsCase(article) && there.some((other) => other.article === article));
}

/** Whether German articles and prepositions tell the parts of all names but one, so that their order tells nothing. */
export function tellsParts(claim: Analysis, evidence: Analysis): boolean {
  const isName = new Set(claim.words.filter(isActor).map(keyOf));
  const [said, found] = [placed(claim.words, isName), placed(evidence.words, isName)];
  const isOfOnePart = (here: readonly Placed[], there: readonly Placed[]) =>
    isOfOneCase(here, there) ||
    here.some(({ lead }) => isPreposition(lead) && there.some((other) => other.lead === lead));
  const others = [...said].filter(([key, here]) => !isOfOnePart(here, found.get(key) ?? []));
  return others.length <= 1 && [...said].some(([key, here]) => isOfOneCase(here, found.get(key) ?? []));
}

/** Whether one of the two stands in the plural in both, and the other one in neither. */
function isOfMany(here: Pair, there: Pair): boolean {
  const isMany = (places: readonly Placed[]) => places.every(({ article }) => article === pluralArticle);
  const isOne = (places: readonly Placed[]) =>
    places.every(({ article }) => article !== pluralArticle && article !== '');
  return (
    (isMany(here.a) && isMany(there.a) && isOne(here.b) && isOne(there.b)) ||
    (isMany(here.b) && isMany(there.b) && isOne(here.a) && isOne(there.a))
  );
}

/** Whether articles tell that one has become the subject, in whose sentence the other one stands by itself: `der Termin bestätigt die Leitung`. */
function takesPart(here: Pair, there: Pair): boolean {
  const becomes = (now: readonly Placed[], before: readonly Placed[]) =>
    now.filter(
      ({ article, lead }) =>
        !isPreposition(lead) && before.some((one) => !isPreposition(one.lead) && becomesSubject(one.article, article)),
    );
  const takes = (one: 'a' | 'b', other: 'a' | 'b') =>
    becomes(here[one], there[one]).some(({ clause }) =>
      here[other].some(
        (place) => place.clause === clause && !isPreposition(place.lead) && !isOfOneCase([place], there[other]),
      ),
    );
  return takes('a', 'b') || takes('b', 'a');
}

function placed(words: readonly CanonicalWord[], isName: ReadonlySet<string>): ReadonlyMap<string, readonly Placed[]> {
  const places = new Map<string, Placed[]>();
  let group = 0;
  let lead = '';
  let wasName = false;
  for (const [at, word] of words.entries()) {
    const key = keyOf(word);
    const isPart = isName.has(key);
    if (isPart) {
      const continues = wasName && ['', joint, copula].includes(word.lead);
      if (!continues) group++;
      if (!wasName || word.lead !== '') lead = word.lead === joint ? (continues ? lead : '') : word.lead;
      places.set(key, [...(places.get(key) ?? []), { at, lead, group, article: word.article, clause: word.clause }]);
    }
    wasName = isPart;
  }
  return places;
}

/** `Der Vorgesetzte`, `den Vorgesetzten`. */
function keyOf({ form, article }: CanonicalWord): string {
  return article === '' || form.length < 6 ? form : form.replace(/e?[ns]$/, '');
}

/** Currencies are written like names. */
function isActor({ form, isName }: CanonicalWord): boolean {
  return isName && !isCurrency(form);
}
