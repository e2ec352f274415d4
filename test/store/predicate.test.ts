import { describe, expect, it } from 'vitest';
import { canonicalLabel, labelId } from '../../src/access/label.ts';
import { systemScope } from '../../src/access/scope.ts';
import { allOf, groupsOf, listOf, literal, oneOf, scopeFilter } from '../../src/store/predicate.ts';
import { scopeHolding } from '../support/chunks.ts';

describe('the filter of a scope', () => {
  const staff = canonicalLabel({ anyOf: ['staff'] });

  it('lists the visible labels, and nothing at all where there are none', () => {
    expect(scopeFilter(scopeHolding(['staff'], [staff]))).toEqual({
      kind: 'some',
      sql: `(acl IN ('${labelId(staff)}'))`,
    });
    expect(scopeFilter(scopeHolding(['other'], [staff]))).toEqual({ kind: 'nothing' });
    expect(scopeFilter(scopeHolding(['staff'], []))).toEqual({ kind: 'nothing' });
    expect(scopeFilter(systemScope('test'))).toEqual({ kind: 'everything' });
  });

  it('narrows to documents, or to all others, and never opens by it', () => {
    const bob = scopeHolding(['staff'], [staff]);
    const labels = `(acl IN ('${labelId(staff)}'))`;
    expect(scopeFilter(bob, { only: ['d1', 'd2'] })).toEqual({
      kind: 'some',
      sql: `${labels} AND (docId IN ('d1','d2'))`,
    });
    expect(scopeFilter(bob, { without: ['d1'] })).toEqual({
      kind: 'some',
      sql: `${labels} AND (NOT (docId IN ('d1')))`,
    });
    expect(scopeFilter(bob, { without: [] })).toEqual({ kind: 'some', sql: labels });
    expect(scopeFilter(systemScope('test'), { only: ['d1'] })).toEqual({ kind: 'some', sql: "(docId IN ('d1'))" });
    expect(scopeFilter(systemScope('test'), { without: [] })).toEqual({ kind: 'everything' });
    for (const only of [[], ["'"]]) {
      expect(scopeFilter(bob, { only })).toEqual({ kind: 'nothing' });
      expect(scopeFilter(systemScope('test'), { only })).toEqual({ kind: 'nothing' });
    }
    expect(scopeFilter(scopeHolding([], [staff]), { only: ['d1'] })).toEqual({ kind: 'nothing' });
  });

  it('lists many values as one text that the engine splits', () => {
    const ids = Array.from({ length: 201 }, (_, number) => `d${number}`);
    expect(oneOf('docId', ids.slice(1))).toBe(
      `docId IN (${ids
        .slice(1)
        .map((id) => `'${id}'`)
        .join(',')})`,
    );
    expect(oneOf('docId', ids)).toBe(`array_has(string_to_array('${ids.join(',')}', ','), docId)`);
    expect(oneOf('acl', ["'", ...ids, 'a,b', 'x y'])).toBe(`array_has(string_to_array('${ids.join(',')}', ','), acl)`);
    expect(oneOf('acl', ["'", ...ids.slice(2), 'a,b', 'x y'])).toContain('acl IN (');
    expect(oneOf('acl', ["'", 'a,b'])).toBeUndefined();
    const bob = scopeHolding(['staff'], [staff]);
    expect(scopeFilter(bob, { without: ids })).toEqual({
      kind: 'some',
      sql: `(acl IN ('${labelId(staff)}')) AND (NOT (${oneOf('docId', ids)}))`,
    });
  });

  it('is only made of a genuine scope', () => {
    expect(() => scopeFilter({ ...systemScope('test') })).toThrow('genuine');
  });
});

describe('literals', () => {
  it('are ids and nothing else', () => {
    expect(literal('doc_1#2#3')).toBe(`'doc_1#2#3'`);
    for (const value of ['', `x' OR '1'='1`, 'a b', 'ä', 'a\0', 'a\nb', '\\', 'x'.repeat(257)]) {
      expect(() => literal(value), value).toThrow('does not allow');
    }
  });

  it('that cannot exist are left out of a list, which may leave no list', () => {
    expect(listOf(['a', `'`, 'b'])).toBe(`('a','b')`);
    expect(listOf([`'`])).toBeUndefined();
    expect(listOf([])).toBeUndefined();
  });
});

it('joins conditions and groups values', () => {
  expect(allOf(undefined, undefined)).toBeUndefined();
  expect(allOf('a OR b', undefined, 'c')).toBe('(a OR b) AND (c)');
  expect(groupsOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(groupsOf([])).toEqual([]);
});
