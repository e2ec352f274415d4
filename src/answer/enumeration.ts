/**
 * What a sentence says of several things one after the other: `28 days for full-time and 14 days for part-time employees`. Each value
 * belongs to its own part, and all of their words stand in one sentence, so words alone would let a claim pair any two.
 */
import { type Analysis, type CanonicalWord, hasForm, joint } from './canonical.ts';
import type { Column } from './candidates.ts';
import { isPreposition } from './prepositions.ts';
import { isCurrency } from './quantities.ts';
import { hasWord, isAdverb, mayBeVerb } from './word-kinds.ts';

/** A part that leaves out what the first one says has no more words. */
export const gappedWords = 5;

/** Whether a claim takes the value of one part and says it of another. */
export function exchangesValues(claim: Analysis, evidence: Analysis): boolean {
  const parts = partsOf(evidence.words);
  if (parts.length < 2) return false;
  const said = partsOf(claim.words).map((words) => new Set(words.map(({ form }) => form)));
  return parts.some((later, at) =>
    parts.slice(0, at).some((earlier) =>
      rivals(earlier, later).some(([first, second]) => {
        const besides = new Set(parts.filter((part) => part !== later).flatMap((part) => part.map(({ form }) => form)));
        const unit = later[later.indexOf(second) + 1]?.form;
        // What the first part says once for all is told of the later ones, too.
        const own = later.filter((word) => word !== second && word.form !== unit && !besides.has(word.form));
        if (own.length === 0) return false;
        return said.some((forms) => {
          const isOfLater = own.some(({ form }) => forms.has(form));
          return forms.has(first.form) !== forms.has(second.form) && forms.has(second.form) !== isOfLater;
        });
      }),
    ),
  );
}

/**
 * Whether a claim takes the value of one clause and says it of the other, where both give values of one unit: `Leeds has 40 desks, while
 * Kassel has 25 desks`. Of a sentence with one clause the parts are held against each other.
 */
export function crossesClauses(claim: Analysis, evidence: Analysis): boolean {
  const clauses = [...Map.groupBy(evidence.words, (word) => word.clause).values()];
  const said = partsOf(claim.words).map((words) => new Set(words.map(({ form }) => form)));
  return pairsOf(clauses.length > 1 ? clauses : partsOf(evidence.words)).some(([a, b]) =>
    said.some((forms) => takesValue(forms, a, b)),
  );
}

/**
 * Whether a claim says of who acts in one part what another part says of somebody else: `the manager checks the invoice` where `the buyer
 * checks the invoice, the manager releases it`.
 */
export function crossesDoers(claim: Analysis, evidence: Analysis): boolean {
  const parts = partsOf(evidence.words);
  if (parts.length < 2) return false;
  return partsOf(claim.words).some((said) => {
    const shares = parts.map((part) => said.filter((word) => hasWord(part, word)).length);
    const most = Math.max(...shares);
    const nearest = parts.filter((_, at) => shares[at] === most);
    return nearest.every((own) => parts.some((other) => other !== own && takesDoer(said, own, other)));
  });
}

function takesDoer(said: Words, own: Words, other: Words): boolean {
  const isFull = other.some((word) => mayBeVerb(word) && !hasWord(said, word)) || other.filter(isActor).length > 1;
  return (
    isFull &&
    said.some((verb, at) => {
      const place = own.findIndex(({ form }) => form === verb.form);
      if (!mayBeVerb(verb) || place === -1) return false;
      const taken = besideVerb(said, at).some((word) => !hasWord(own, word) && hasWord(other, word));
      return taken && besideVerb(own, place).some((word) => !hasWord(said, word));
    })
  );
}

/** Who may act: what stands right before the verb, and a German noun that stands behind it. Before `to win` stands what somebody manages. */
function besideVerb(words: Words, at: number): Words {
  const [before, after] = [words[at]?.lead === 'to' ? undefined : words[at - 1], words[at + 1]];
  const acts = ({ lead, isNumber }: CanonicalWord) => !isNumber && !isPreposition(lead);
  return [
    ...(before !== undefined && acts(before) && !isAdverb(before) ? [before] : []),
    ...(after !== undefined && acts(after) && after.article !== '' ? [after] : []),
  ];
}

function isActor({ isName, isNoun }: CanonicalWord): boolean {
  return isName || isNoun;
}

type Words = readonly CanonicalWord[];

function pairsOf(parts: readonly Words[]): readonly (readonly [Words, Words])[] {
  return parts.flatMap((a, at) => parts.slice(at + 1).map((b) => [a, b] as const));
}

function takesValue(forms: ReadonlySet<string>, a: Words, b: Words): boolean {
  const isOfUnit = (one: Words, at: number, other: Words, place: number) =>
    isSame(one[at + 1], other[place + 1]) || isSame(one[at - 1], other[place - 1]);
  const isOf = (words: Words, others: Words) => {
    const own = words.filter(
      ({ form, isNumber }, at) => !isNumber && !isUnit(words, at) && !others.some((other) => other.form === form),
    );
    const found = own.filter(({ form }) => forms.has(form));
    return {
      isTold: own.length > 0,
      isWhole: found.length > 0 && found.length === own.length,
      isAny: found.length > 0,
    };
  };
  return a.some((first, at) =>
    b.some((second, place) => {
      if (!first.isNumber || !second.isNumber || first.form === second.form || !isOfUnit(a, at, b, place)) return false;
      if (forms.has(first.form) === forms.has(second.form)) return false;
      const [told, other] = forms.has(first.form) ? [isOf(a, b), isOf(b, a)] : [isOf(b, a), isOf(a, b)];
      return told.isTold && !told.isWhole && (other.isWhole || (other.isAny && !told.isAny));
    }),
  );
}

/** Stands behind a number: `days`, and both of `EUR an hour`. */
function isUnit(words: Words, at: number): boolean {
  const before = words[at - 1];
  return before?.isNumber === true || (before !== undefined && isCurrency(before.form) && isUnit(words, at - 1));
}

/** Whether a part of the claim is put together of what stands on both sides of a semicolon. */
export function crossesHalves(claim: Analysis, halves: readonly Analysis[]): boolean {
  if (halves.length < 2) return false;
  return partsOf(claim.words).some((part) => {
    const found = part.filter(({ form }) => halves.some((half) => hasForm(half, form)));
    return !halves.some((half) => found.every(({ form }) => hasForm(half, form)));
  });
}

/** Whether a part of the claim says a value of one column of a table row of another column, whose own value it does not tell. */
export function exchangesColumns(claim: Analysis, columns: readonly Column[]): boolean {
  if (columns.length < 2) return false;
  const isOwn = (form: string, { name }: Column) =>
    name.has(form) && !columns.some((other) => other.name !== name && other.name.has(form));
  return partsOf(claim.words).some((part) => {
    const tells = ({ value }: Column) =>
      part.some(({ form, isNumber, isName }) => (isNumber || isName) && value.forms.has(form));
    const named = columns.filter((column) => part.some(({ form }) => isOwn(form, column)));
    const told = columns.filter(tells);
    return told.some((column) => !named.includes(column) && named.some((other) => !told.includes(other)));
  });
}

/** In text order; a part begins with a clause or behind a joint. */
function partsOf(words: Words): readonly Words[] {
  const parts: CanonicalWord[][] = [];
  for (const [at, word] of words.entries()) {
    if (at === 0 || word.lead === joint || word.clause !== words[at - 1]?.clause) parts.push([]);
    parts.at(-1)?.push(word);
  }
  return parts;
}

/** Values of two parts that answer the same question: of one unit where the later part leaves the verb out, or behind one preposition. */
function rivals(
  earlier: readonly CanonicalWord[],
  later: readonly CanonicalWord[],
): readonly (readonly [CanonicalWord, CanonicalWord])[] {
  return earlier.flatMap((first, at) =>
    later.flatMap((second, place) => {
      if (first.form === second.form || first.isNumber !== second.isNumber) return [];
      const isGapped =
        place <= 1 &&
        first.isNumber &&
        (isSame(earlier[at + 1], later[place + 1]) || (place === 1 && isSame(earlier[at - 1], later[0])));
      const isPlaced = later.length <= gappedWords && isPreposition(first.lead) && first.lead === second.lead;
      return isGapped || isPlaced ? [[first, second] as const] : [];
    }),
  );
}

function isSame(a: CanonicalWord | undefined, b: CanonicalWord | undefined): boolean {
  return a !== undefined && a.form === b?.form;
}
