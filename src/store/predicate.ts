/**
 * SQL text for the engine's filters. It has no parameter binding, so each literal is checked against the alphabet that ids may
 * have and quoted all the same; whatever else is asked for cannot exist and is left out.
 */
import { type AccessScope, assertGenuineScope } from '../access/scope.ts';
import { PerseaError } from '../core/errors.ts';
import type { DocumentSelection } from './chunk-store.ts';

/** What a subject may see of the table: nothing needs no query at all. */
export type ScopeFilter =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'everything' }
  | { readonly kind: 'some'; readonly sql: string };

const idPattern = /^[A-Za-z0-9_.:@#-]{1,256}$/;

/** Longer IN lists get slow; ids and documents are asked for in groups of this size. */
const maxListLength = 1_000;

/** A scope is asked several times for each question, and its list may be long. */
const labelLists = new WeakMap<AccessScope, string | null>();

/** Always the positive list of visible labels: a list of hidden ones would let a label through that was made a moment ago. */
export function scopeFilter(scope: AccessScope, documents?: DocumentSelection): ScopeFilter {
  assertGenuineScope(scope);
  const labels = labelList(scope);
  if (labels === null) return { kind: 'nothing' };
  const selected = listOf(documents?.only ?? documents?.without ?? []);
  if (documents?.only !== undefined && selected === undefined) return { kind: 'nothing' };
  const sql = allOf(
    labels === 'all' ? undefined : `acl IN ${labels}`,
    selected === undefined ? undefined : `docId ${documents?.only === undefined ? 'NOT IN' : 'IN'} ${selected}`,
  );
  return sql === undefined ? { kind: 'everything' } : { kind: 'some', sql };
}

/** Null where no label is visible. */
function labelList(scope: AccessScope): string | null {
  if (scope.labelIds === 'all') return 'all';
  let list = labelLists.get(scope);
  if (list === undefined) {
    list = listOf([...scope.labelIds]) ?? null;
    labelLists.set(scope, list);
  }
  return list;
}

/** `('a','b')`, or undefined where no value can exist in the table. */
export function listOf(values: readonly string[]): string | undefined {
  const literals = values.filter(isId).map(literal);
  return literals.length === 0 ? undefined : `(${literals.join(',')})`;
}

export function isId(value: string): boolean {
  return idPattern.test(value);
}

/** For values that are about to be stored: one that could not be asked for again must not get in. */
export function literal(value: string): string {
  if (!isId(value)) {
    throw new PerseaError('internal', 'An id holds characters that the store does not allow; nothing was written.');
  }
  return `'${value.replaceAll("'", "''")}'`;
}

/** All conditions that are there, joined by AND; undefined where there is none. */
export function allOf(...conditions: readonly (string | undefined)[]): string | undefined {
  const present = conditions.filter((condition) => condition !== undefined);
  return present.length === 0 ? undefined : present.map((condition) => `(${condition})`).join(' AND ');
}

/** Groups of at most `size`, in order. */
export function groupsOf<T>(values: readonly T[], size: number = maxListLength): readonly (readonly T[])[] {
  const groups: T[][] = [];
  for (let start = 0; start < values.length; start += size) groups.push(values.slice(start, start + size));
  return groups;
}
