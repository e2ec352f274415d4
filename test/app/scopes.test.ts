import { expect, it } from 'vitest';
import { type AccessLabel, canonicalLabel, labelId } from '../../src/access/label.ts';
import type { Principal } from '../../src/access/principal.ts';
import { Scopes } from '../../src/app/scopes.ts';

const staff = canonicalLabel({ anyOf: ['staff'] });
const hr = canonicalLabel({ anyOf: ['hr'] });

function person(id: string, ...tags: string[]): Principal {
  return { id, groups: [], roles: ['employee'], heldTags: new Set(tags) };
}

function catalogOf(labels: AccessLabel[]) {
  const state = { version: 1, labels, reads: 0 };
  const catalog = {
    version: async () => state.version,
    labels: async () => {
      state.reads += 1;
      return [...state.labels];
    },
  };
  return { state, scopes: new Scopes(catalog) };
}

it('gives the same scope while neither the person nor the catalogue changes', async () => {
  const { state, scopes } = catalogOf([staff]);
  const first = await scopes.of(person('bob', 'staff', 'hr'));
  expect(first.labelIds).toEqual(new Set([labelId(staff)]));
  expect(await scopes.of(person('bob', 'staff', 'hr'))).toBe(first);
  expect(state.reads).toBe(1);
  state.labels.push(hr);
  state.version = 2;
  const second = await scopes.of(person('bob', 'staff', 'hr'));
  expect(second.labelIds).toEqual(new Set([labelId(staff), labelId(hr)]));
  expect(first.labelIds).toEqual(new Set([labelId(staff)]));
});

it('gives nobody the scope of another person, or of what they were before', async () => {
  const { scopes } = catalogOf([staff, hr]);
  const before = await scopes.of(person('bob', 'staff', 'hr'));
  const after = await scopes.of(person('bob', 'staff'));
  expect(after.labelIds).toEqual(new Set([labelId(staff)]));
  expect(after.permits(hr)).toBe(false);
  const alice = await scopes.of(person('alice', 'staff', 'hr'));
  expect(alice).not.toBe(before);
  expect(alice.subject).toMatchObject({ id: 'alice' });
  const developer = await scopes.of({ ...person('bob', 'staff', 'hr'), roles: ['developer'] });
  expect(developer.subject).toMatchObject({ roles: ['developer'] });
  expect((await scopes.of(person('bob'))).labelIds).toEqual(new Set());
  // Budgets are by group, and another one may hold the same tags.
  const moved = await scopes.of({ ...person('bob', 'staff', 'hr'), groups: ['leads'] });
  expect(moved.subject).toMatchObject({ groups: ['leads'] });
});

it('keeps the scopes of those who asked last', async () => {
  const { scopes } = catalogOf([staff]);
  const first = await scopes.of(person('p0', 'staff'));
  const second = await scopes.of(person('p1', 'staff'));
  for (let number = 2; number < 128; number++) await scopes.of(person(`p${number}`, 'staff'));
  expect(await scopes.of(person('p0', 'staff'))).toBe(first);
  await scopes.of(person('p128', 'staff'));
  expect(await scopes.of(person('p0', 'staff'))).toBe(first);
  expect(await scopes.of(person('p1', 'staff'))).not.toBe(second);
});
