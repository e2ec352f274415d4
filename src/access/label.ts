/**
 * Who may see a document. In canonical form a label is a conjunction of any-of clauses, sorted and without subsumed
 * clauses, plus a classification; equal rights therefore always have the same id.
 */
import { PerseaError } from '../core/errors.ts';
import { sha256Hex } from '../core/ids.ts';
import { type Classification, classifications, defaultClassification, higherClassification } from '../core/zones.ts';

export const tagPattern = /^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}$/;

/** Held by each known principal. */
export const everyoneTag = 'everyone';

/** A label as people write it in rules, front matter and requests. */
export interface LabelInput {
  readonly anyOf?: readonly string[] | undefined;
  readonly allOf?: readonly string[] | undefined;
  readonly classification?: Classification | undefined;
}

export interface AccessLabel {
  /** Each clause lists tags of which one must be held; every clause must be met. No clause at all: nobody. */
  readonly clauses: readonly (readonly string[])[];
  readonly classification: Classification;
}

/** Checks what a person wrote; unknown keys are refused, because a misspelt `allof` would open a document. */
export function parseLabelInput(value: unknown, where: string): LabelInput {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidLabel(where, 'is not a mapping with anyOf, allOf or classification');
  }
  const record = value as Record<string, unknown>;
  for (const key of Object.keys(record)) {
    if (!['anyOf', 'allOf', 'classification'].includes(key))
      throw invalidLabel(where, `has the unknown key \`${key}\``);
  }
  const classification = record.classification;
  if (classification !== undefined && !classifications.includes(classification as Classification)) {
    throw invalidLabel(where, `has the unknown classification ${JSON.stringify(classification)}`);
  }
  return {
    anyOf: parseTags(record.anyOf, 'anyOf', where),
    allOf: parseTags(record.allOf, 'allOf', where),
    classification: classification as Classification | undefined,
  };
}

/** Whether somebody meant a label by this: a mapping of a label's keys alone, of which one says who may see, however they are spelt. */
export function resemblesLabel(value: unknown): boolean {
  const entries = Object.entries(value ?? {});
  // A schema has the same words for lists of mappings.
  const isTags = ([key, tags]: [string, unknown]) =>
    resemblesTagsKey(key) && [tags].flat().every((tag) => typeof tag !== 'object' || tag === null);
  return entries.some(isTags) && entries.every((entry) => isTags(entry) || plainKey(entry[0]) === 'classification');
}

/** `anyOf` or `allOf`, however it is spelt, such as `anyof` and `any_of`. */
export function resemblesTagsKey(key: string): boolean {
  return ['anyof', 'allof'].includes(plainKey(key));
}

function plainKey(key: string): string {
  return key.toLowerCase().replace(/[\s_-]/g, '');
}

function parseTags(value: unknown, key: string, where: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw invalidLabel(where, `has an ${key} that is not a list of tags`);
  for (const tag of value) {
    if (typeof tag !== 'string' || !tagPattern.test(tag)) {
      throw invalidLabel(where, `has the invalid tag ${JSON.stringify(tag)} in ${key}`);
    }
  }
  return value as string[];
}

function invalidLabel(where: string, problem: string): PerseaError {
  return new PerseaError('label-invalid', `The access label of ${where} ${problem}.`, { details: { where } });
}

/** An empty `anyOf` is a clause that nobody meets, not a missing one. */
function clausesOf(input: LabelInput): (readonly string[])[] {
  const clauses: (readonly string[])[] = (input.allOf ?? []).map((tag) => [tag]);
  if (input.anyOf !== undefined) clauses.push(input.anyOf);
  return clauses;
}

export function canonicalLabel(input: LabelInput): AccessLabel {
  return canonicalize(clausesOf(input), input.classification ?? defaultClassification);
}

/** Appends clauses and raises the classification: the result never lets in anybody whom the label keeps out. */
export function narrowLabel(label: AccessLabel, input: LabelInput): AccessLabel {
  const classification = higherClassification(label.classification, input.classification ?? label.classification);
  // What nobody may see has no clauses; adding one would open it.
  if (label.clauses.length === 0) return { clauses: [], classification };
  return canonicalize([...label.clauses, ...clausesOf(input)], classification);
}

/** Lets in whom each of the two lets in, and no others. */
export function bothLabels(a: AccessLabel, b: AccessLabel): AccessLabel {
  const classification = higherClassification(a.classification, b.classification);
  if (a.clauses.length === 0 || b.clauses.length === 0) return { clauses: [], classification };
  return canonicalize([...a.clauses, ...b.clauses], classification);
}

function canonicalize(clauses: readonly (readonly string[])[], classification: Classification): AccessLabel {
  // A clause that nobody meets keeps everybody out: one form for nobody.
  if (clauses.some((clause) => clause.length === 0)) return { clauses: [], classification };
  const sorted = clauses.map((clause) => [...new Set(clause)].sort());
  const kept = sorted.filter(
    (clause, index) =>
      !sorted.some(
        (other, otherIndex) =>
          other.every((tag) => clause.includes(tag)) &&
          // Of two equal clauses the first stays.
          (other.length < clause.length || otherIndex < index),
      ),
  );
  return { clauses: kept.sort(compareClauses), classification };
}

/** Of two different ones: tags hold no blanks. */
function compareClauses(a: readonly string[], b: readonly string[]): number {
  const [left, right] = [a.join(' '), b.join(' ')];
  return left < right ? -1 : 1;
}

/** Labels never change, and each scope needs the ids of thousands: hashing them anew took 50 ms a question at 5,000. */
const knownIds = new WeakMap<AccessLabel, string>();

/** Hash of the canonical form. */
export function labelId(label: AccessLabel): string {
  const known = knownIds.get(label);
  if (known !== undefined) return known;
  const id = sha256Hex(JSON.stringify([label.clauses, label.classification])).slice(0, 32);
  knownIds.set(label, id);
  return id;
}

/** The one access decision: is every clause met by a held tag? */
export function isMetBy(label: AccessLabel, heldTags: ReadonlySet<string>): boolean {
  return label.clauses.length > 0 && label.clauses.every((clause) => clause.some((tag) => heldTags.has(tag)));
}

/** All tags that a label names, for the convenience column of the store. */
export function tagsOf(label: AccessLabel): readonly string[] {
  return [...new Set(label.clauses.flat())].sort();
}
