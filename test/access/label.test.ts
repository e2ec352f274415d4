import { describe, expect, it } from 'vitest';
import {
  canonicalLabel,
  everyoneTag,
  isMetBy,
  labelId,
  narrowLabel,
  parseLabelInput,
  resemblesLabel,
  resemblesTagsKey,
  tagsOf,
} from '../../src/access/label.ts';
import { PerseaError } from '../../src/core/errors.ts';

describe('canonicalLabel', () => {
  it.each([
    [{ anyOf: ['b', 'a', 'b'] }, [['a', 'b']]],
    [{ allOf: ['b', 'a'] }, [['a'], ['b']]],
    [{ anyOf: ['a', 'c'], allOf: ['b'] }, [['a', 'c'], ['b']]],
    // Whoever holds `a` meets `a or b` already.
    [{ anyOf: ['a', 'b'], allOf: ['a'] }, [['a']]],
    [{ allOf: ['a', 'a'] }, [['a']]],
    [{ anyOf: [] }, []],
    [{ anyOf: [], allOf: ['a'] }, []],
    [{ allOf: [] }, []],
    [{}, []],
  ])('%j has the clauses %j', (input, clauses) => {
    expect(canonicalLabel(input).clauses).toEqual(clauses);
  });

  it('counts content without a stated classification as internal', () => {
    expect(canonicalLabel({ anyOf: ['a'] }).classification).toBe('internal');
  });
});

describe('narrowLabel', () => {
  it('appends clauses and drops what they make superfluous', () => {
    const label = canonicalLabel({ anyOf: ['staff', 'hr'] });
    expect(narrowLabel(label, { anyOf: ['hr'] }).clauses).toEqual([['hr']]);
    expect(narrowLabel(label, { anyOf: ['leeds', 'york'] }).clauses).toEqual([
      ['hr', 'staff'],
      ['leeds', 'york'],
    ]);
  });

  it.each([
    ['public', 'confidential', 'confidential'],
    ['confidential', 'public', 'confidential'],
    ['internal', undefined, 'internal'],
  ] as const)('takes %s narrowed by %s to %s', (from, to, expected) => {
    expect(
      narrowLabel(canonicalLabel({ anyOf: ['a'], classification: from }), { classification: to }).classification,
    ).toBe(expected);
  });

  it('keeps closed what nobody may see, and still raises its classification', () => {
    const nobody = canonicalLabel({ anyOf: [] });
    expect(narrowLabel(nobody, { anyOf: ['everyone'], classification: 'confidential' })).toEqual({
      clauses: [],
      classification: 'confidential',
    });
    expect(narrowLabel(canonicalLabel({ anyOf: ['a'] }), { anyOf: [] }).clauses).toEqual([]);
  });
});

describe('isMetBy', () => {
  it.each([
    [{ anyOf: ['a', 'b'] }, ['b'], true],
    [{ anyOf: ['a', 'b'] }, ['c'], false],
    [{ allOf: ['a', 'b'] }, ['a'], false],
    [{ allOf: ['a', 'b'] }, ['a', 'b', 'c'], true],
    [{ anyOf: ['a', 'b'], allOf: ['c'] }, ['a'], false],
    [{ anyOf: ['a', 'b'], allOf: ['c'] }, ['c', 'b'], true],
    [{ anyOf: [] }, ['a'], false],
    [{}, ['a'], false],
    [{ anyOf: ['a'] }, [], false],
    // Tags are compared whole and with their case.
    [{ anyOf: ['hr'] }, ['HR', 'hr-team', 'h'], false],
  ])('%j held %j: %s', (input, held, expected) => {
    expect(isMetBy(canonicalLabel(input), new Set(held))).toBe(expected);
  });
});

describe('parseLabelInput', () => {
  it('accepts what the contract shows', () => {
    expect(parseLabelInput({ anyOf: ['hr'], allOf: ['leeds'], classification: 'confidential' }, 'x')).toEqual({
      anyOf: ['hr'],
      allOf: ['leeds'],
      classification: 'confidential',
    });
  });

  it.each([
    [{}, {}],
    [{ anyOf: ['hr'] }, { anyOf: ['hr'] }],
    [{ allOf: ['hr'] }, { allOf: ['hr'] }],
  ])('leaves open what %j does not say', (value, expected) => {
    expect(parseLabelInput(value, 'x')).toEqual(expected);
  });

  it.each([
    [7, /is not a mapping/],
    [[], /is not a mapping/],
    [undefined, /is not a mapping/],
    [{ anyOf: 'hr' }, /anyOf that is not a list/],
    [{ allOf: ['h r'] }, /invalid tag "h r" in allOf/],
    [{ classification: 'secret' }, /unknown classification "secret"/],
  ])('says what is wrong with %j', (value, message) => {
    expect(() => parseLabelInput(value, 'doc.md')).toThrow(message);
  });

  it.each([
    ['a misspelt key', { allof: ['hr'] }],
    ['a string for a list', { anyOf: 'hr' }],
    ['a tag with a blank', { anyOf: ['h r'] }],
    ['a tag with a leading hyphen', { anyOf: ['-hr'] }],
    ['a tag that is too long', { anyOf: ['a'.repeat(129)] }],
    ['a tag with a line break at its end', { anyOf: ['hr\n'] }],
    ['a number as tag', { anyOf: [7] }],
    ['an unknown classification', { classification: 'secret' }],
    ['a classification by a name that objects have', { classification: 'constructor' }],
    ['a list', ['hr']],
    ['null', null],
    ['text', 'everyone'],
  ])('refuses %s', (_, value) => {
    expect(() => parseLabelInput(value, 'doc.md')).toThrow(PerseaError);
    expect(() => parseLabelInput(value, 'doc.md')).toThrow(/doc\.md/);
  });
});

it('gives labels of different rights or classifications different ids', () => {
  const inputs = [
    {},
    { anyOf: ['a'] },
    { anyOf: ['b'] },
    { anyOf: ['a', 'b'] },
    { allOf: ['a', 'b'] },
    { anyOf: ['a.b'] },
    { anyOf: ['a'], classification: 'public' as const },
    { anyOf: ['a'], classification: 'confidential' as const },
  ];
  expect(new Set(inputs.map((input) => labelId(canonicalLabel(input)))).size).toBe(inputs.length);
});

it('names labels by 32 hexadecimal digits, and everybody by a tag that people know', () => {
  expect(labelId(canonicalLabel({ anyOf: ['a'] }))).toMatch(/^[0-9a-f]{32}$/);
  expect(everyoneTag).toBe('everyone');
});

it('lists the tags of a label once and sorted', () => {
  expect(tagsOf(canonicalLabel({ anyOf: ['c', 'a'], allOf: ['b'] }))).toEqual(['a', 'b', 'c']);
});

describe('what resembles a label', () => {
  it.each([
    { anyOf: ['staff'] },
    { allof: 'staff' },
    { any_of: [], classification: 'internal' },
    { 'ANY-OF': ['hr'], 'all Of': [7] },
    { anyOf: true, Classification: 'public' },
    { anyOf: ['staff', null] },
  ])('%j does', (value) => {
    expect(resemblesLabel(value)).toBe(true);
  });

  it.each([
    null,
    undefined,
    7,
    'anyOf',
    ['anyOf'],
    {},
    { classification: 'internal' },
    { anyOf: ['staff'], title: 'Pay' },
    { anyOf: [{ type: 'string' }] },
    { anyOf: { type: 'string' } },
    { anyOfThem: ['staff'] },
  ])('%j does not', (value) => {
    expect(resemblesLabel(value)).toBe(false);
  });

  it('is told by its keys', () => {
    expect(['anyOf', 'all_of', 'ALL OF', 'any-of'].every(resemblesTagsKey)).toBe(true);
    expect(['any', 'access', 'classification', 'anyOfs'].some(resemblesTagsKey)).toBe(false);
  });
});
