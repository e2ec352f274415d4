import { parseAccessPolicy } from '../../src/access/policy.ts';
import { describe, expect, it } from 'vitest';
import { canonicalLabel, labelId } from '../../src/access/label.ts';
import type { Principal, Role } from '../../src/access/principal.ts';
import {
  type AccessScope,
  assertGenuineScope,
  assertSystemScope,
  maySeeRawScores,
  maySeeUsageOfOthers,
  scopeOf,
  systemScope,
} from '../../src/access/scope.ts';

const staff = canonicalLabel({ anyOf: ['staff'] });
const hr = canonicalLabel({ anyOf: ['hr'] });
const nobody = canonicalLabel({});

function principal(tags: string[], roles: Role[] = ['employee']): Principal {
  return { id: 'bob', groups: [], roles, heldTags: new Set(tags) };
}

describe('scopeOf', () => {
  it('holds the ids of the labels that the person meets, and no others', () => {
    const scope = scopeOf(principal(['staff']), [staff, hr, nobody]);
    expect(scope.labelIds).toEqual(new Set([labelId(staff)]));
    expect([staff, hr, nobody].map((label) => scope.permits(label))).toEqual([true, false, false]);
  });

  it('says whose it is', () => {
    expect(scopeOf(principal([], ['employee', 'admin']), []).subject).toEqual({
      kind: 'principal',
      id: 'bob',
      roles: ['employee', 'admin'],
      groups: [],
    });
  });

  it('tells the groups that a budget counts: own ones and those they include', () => {
    const policy = parseAccessPolicy(
      'groups: { staff: {}, hr: { includes: [staff] } }\nprincipals: { eve: { groups: [hr] } }',
      'access.yaml',
    );
    const eve = policy.principal('eve');
    if (eve === undefined) throw new Error('eve is not known');
    expect(scopeOf(eve, []).subject).toMatchObject({ groups: ['hr', 'staff'] });
  });

  it('is empty for a person without tags', () => {
    expect(scopeOf(principal([]), [staff, hr, nobody]).labelIds).toEqual(new Set());
  });

  it('does not change when the tags of the principal do', () => {
    const heldTags = new Set(['staff']);
    const scope = scopeOf({ ...principal([]), heldTags }, [staff, hr]);
    heldTags.add('hr');
    expect(scope.permits(hr)).toBe(false);
  });

  it('cannot be altered', () => {
    const scope = scopeOf(principal(['staff']), [staff]);
    expect(() => Object.assign(scope, { labelIds: 'all' })).toThrow(TypeError);
    expect(() => Object.assign(scope, { permits: () => true })).toThrow(TypeError);
  });
});

describe('assertGenuineScope', () => {
  it('accepts what was made here', () => {
    expect(() => assertGenuineScope(scopeOf(principal([]), []))).not.toThrow();
    expect(() => assertGenuineScope(systemScope('test'))).not.toThrow();
  });

  it.each([
    ['a copy', () => ({ ...systemScope('test') })],
    ['a look-alike', () => ({ subject: { kind: 'system', purpose: 'x' }, labelIds: 'all', permits: () => true })],
    ['an heir', () => Object.create(systemScope('test'))],
    ['JSON of a scope', () => JSON.parse(JSON.stringify(systemScope('test')))],
  ])('refuses %s', (_, make) => {
    const forged: AccessScope = make();
    expect(() => assertGenuineScope(forged)).toThrow(/without a genuine access scope/);
  });
});

describe('the system', () => {
  it('sees all, for a purpose that can be searched for', () => {
    const scope = systemScope('repair');
    expect(scope.subject).toEqual({ kind: 'system', purpose: 'repair' });
    expect(scope.labelIds).toBe('all');
    expect([staff, hr, nobody].map((label) => scope.permits(label))).toEqual([true, true, true]);
  });

  it('alone reads what has no label', () => {
    expect(() => assertSystemScope(systemScope('repair'))).not.toThrow();
    expect(() => assertSystemScope(scopeOf(principal(['staff']), [staff]))).toThrow(/only for the system/);
    expect(() => assertSystemScope({ ...systemScope('repair') })).toThrow(/without a genuine access scope/);
  });
});

it('shows raw scores to the operator and to developers only', () => {
  expect(maySeeRawScores(systemScope('test'))).toBe(true);
  expect(maySeeRawScores(scopeOf(principal([], ['employee', 'developer']), []))).toBe(true);
  expect(maySeeRawScores(scopeOf(principal([], ['employee', 'admin']), []))).toBe(false);
});

it('shows the usage of others to the operator and administrators only', () => {
  expect(maySeeUsageOfOthers(systemScope('test'))).toBe(true);
  expect(maySeeUsageOfOthers(scopeOf(principal([], ['employee', 'admin']), []))).toBe(true);
  expect(maySeeUsageOfOthers(scopeOf(principal([], ['employee', 'developer']), []))).toBe(false);
});
