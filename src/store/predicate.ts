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

/** Above so many values the engine splits one text faster than it reads a literal of each. */
const maxLiterals = 200;

/** A scope and a selection are asked several times for each question, and their lists may be long. */
const labelConditions = new WeakMap<AccessScope, string | null>();
const documentConditions = new WeakMap<DocumentSelection, string | null>();

/** Always the positive list of visible labels: a list of hidden ones would let a label through that was made a moment ago. */
export function scopeFilter(scope: AccessScope, documents?: DocumentSelection): ScopeFilter {
  assertGenuineScope(scope);
  const labels = labelCondition(scope);
  if (labels === null) return { kind: 'nothing' };
  const selected = documents === undefined ? null : documentCondition(documents);
  if (documents?.only !== undefined && selected === null) return { kind: 'nothing' };
  const sql = allOf(labels === 'all' ? undefined : labels, selected ?? undefined);
  return sql === undefined ? { kind: 'everything' } : { kind: 'some', sql };
}

/** Null where no label is visible. */
function labelCondition(scope: AccessScope): string | null {
  if (scope.labelIds === 'all') return 'all';
  let condition = labelConditions.get(scope);
  if (condition === undefined) {
    condition = oneOf('acl', [...scope.labelIds]) ?? null;
    labelConditions.set(scope, condition);
  }
  return condition;
}

/** Null where no document is named that can exist. */
function documentCondition(documents: DocumentSelection): string | null {
  let condition = documentConditions.get(documents);
  if (condition === undefined) {
    const named = oneOf('docId', documents.only ?? documents.without);
    condition = named === undefined ? null : documents.only === undefined ? `NOT (${named})` : named;
    documentConditions.set(documents, condition);
  }
  return condition;
}

/**
 * That a column holds one of these values; undefined where none of them can exist in the table. Many of them are one text, which the
 * engine splits while it plans, so that the same index answers: 5,000 values cost it half as much processor time, 50,000 two thirds.
 */
export function oneOf(column: 'acl' | 'docId', values: readonly string[]): string | undefined {
  const ids = values.filter(isId);
  if (ids.length === 0) return undefined;
  // No id has a comma or a quote in it.
  if (ids.length > maxLiterals) return `array_has(string_to_array('${ids.join(',')}', ','), ${column})`;
  return `${column} IN (${ids.map(literal).join(',')})`;
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
