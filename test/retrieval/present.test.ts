import { expect, it } from 'vitest';
import { scopeOf, systemScope } from '../../src/access/scope.ts';
import { presentPassages } from '../../src/retrieval/present.ts';
import { passage, storedChunk } from '../support/retrieval-fakes.ts';

const scopeWith = (...roles: readonly ('employee' | 'developer')[]) =>
  scopeOf({ id: 'p', groups: [], roles, heldTags: new Set() }, []);
const passages = [0.8, 0.3, 0].map((score, index) =>
  passage(storedChunk('abc'[index] ?? '', 0, 'text'), { score, parts: [{ source: 'keyword', rank: 1, score: 7 }] }),
);

it('gives employees scores within their own result, and nothing raw', () => {
  const shown = presentPassages(scopeWith('employee'), passages);
  expect(shown.map(({ score, parts }) => [score, parts])).toEqual([
    [1, []],
    [0.375, []],
    [0, []],
  ]);
  expect(presentPassages(scopeWith('employee'), passages.slice(2)).map(({ score }) => score)).toEqual([0]);
  expect(presentPassages(scopeWith(), [])).toEqual([]);
});

it('rounds to three digits', () => {
  const third = [0.9, 0.3 + 1e-5].map((score) => passage(storedChunk('a', 0, 'text'), { score }));
  expect(presentPassages(scopeWith('employee'), third)[1]?.score).toBe(0.333);
});

it('gives developers and the operator what there is', () => {
  expect(presentPassages(scopeWith('employee', 'developer'), passages)).toBe(passages);
  expect(presentPassages(systemScope('test'), passages)).toBe(passages);
});
