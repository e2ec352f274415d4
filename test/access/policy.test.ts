import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadAccessPolicy, parseAccessPolicy } from '../../src/access/policy.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const text = `
groups:
  staff:   { tags: [staff] }
  hr-team: { tags: [hr], includes: [staff] }
  leads:   { tags: [lead], includes: [hr-team] }
principals:
  alice: { groups: [leads], roles: [employee] }
  bob:   { groups: [staff], roles: [employee, developer] }
  carol: {}
`;

function errorOf(yaml: string): PerseaError {
  try {
    parseAccessPolicy(yaml, 'access.yaml');
  } catch (thrown) {
    if (thrown instanceof PerseaError) return thrown;
    throw thrown;
  }
  throw new Error('the policy was accepted');
}

describe('a policy', () => {
  const policy = parseAccessPolicy(text, 'access.yaml');

  it.each([
    ['alice', ['everyone', 'hr', 'lead', 'staff']],
    ['bob', ['everyone', 'staff']],
    ['carol', ['everyone']],
  ])('gives %s the tags %j', (id, tags) => {
    expect([...(policy.principal(id)?.heldTags ?? [])].sort()).toEqual(tags);
  });

  it('counts a person among the groups that their own groups include', () => {
    expect(policy.principal('alice')?.memberOf).toEqual(['leads', 'hr-team', 'staff']);
    expect(policy.principal('bob')?.memberOf).toEqual(['staff']);
    expect(policy.principal('carol')?.memberOf).toEqual([]);
  });

  it('gives roles only where they are stated', () => {
    expect(policy.principal('bob')?.roles).toEqual(['employee', 'developer']);
    expect(policy.principal('carol')?.roles).toEqual([]);
  });

  it.each(['mallory', 'Alice', '', 'constructor', '__proto__', 'toString'])('does not know %j', (id) => {
    expect(policy.principal(id)).toBeUndefined();
  });

  it('lists whom it knows', () => {
    expect(policy.principalIds()).toEqual(['alice', 'bob', 'carol']);
    expect(parseAccessPolicy('principals: { zoe: {}, amy: {} }', 'access.yaml').principalIds()).toEqual(['amy', 'zoe']);
  });

  it('gives people from an identity provider the tags of the groups it knows, and nothing for others', () => {
    const dora = policy.principalFromGroups('dora', ['hr-team', 'unheard-of', 'constructor'], ['employee']);
    expect(dora.groups).toEqual(['hr-team']);
    expect(dora.memberOf).toEqual(['hr-team', 'staff']);
    expect([...dora.heldTags].sort()).toEqual(['everyone', 'hr', 'staff']);
  });

  it('hands out tags that nobody else shares', () => {
    const tags = policy.principal('bob')?.heldTags;
    if (tags instanceof Set) tags.add('hr');
    expect(policy.principal('bob')?.heldTags.has('hr')).toBe(false);
  });

  it('knows nobody when it is empty', () => {
    for (const empty of ['', '# nothing', 'groups: {}', 'principals: {}']) {
      expect(parseAccessPolicy(empty, 'access.yaml').principalIds()).toEqual([]);
    }
  });

  it('follows groups that are included twice, and names that objects have', () => {
    const diamond = parseAccessPolicy(
      'groups: { a: { includes: [b, c] }, b: { includes: [constructor] }, c: { includes: [constructor] }, constructor: { tags: [t] } }\n' +
        'principals: { valueOf: { groups: [a] } }',
      'access.yaml',
    );
    expect([...(diamond.principal('valueOf')?.heldTags ?? [])].sort()).toEqual(['everyone', 't']);
  });

  it('follows long chains of includes', () => {
    const length = 3000;
    const groups = Array.from({ length }, (_, index) => `  g${index}: { includes: [g${index + 1}] }`).join('\n');
    const long = parseAccessPolicy(
      `groups:\n${groups}\n  g${length}: { tags: [end] }\nprincipals: { p: { groups: [g0] } }`,
      'access.yaml',
    );
    expect(long.principal('p')?.heldTags.has('end')).toBe(true);
  });

  it('reads the policy of the fixtures', () => {
    const path = join(import.meta.dirname, '../../fixtures/access.yaml');
    const fixtures = parseAccessPolicy(readFileSync(path, 'utf8'), path);
    expect(fixtures.principalIds().length).toBeGreaterThanOrEqual(12);
  });
});

describe('a broken policy is refused with its place', () => {
  it.each([
    [
      'an unknown group of a person',
      'groups: {}\nprincipals:\n  bob: { groups: [staf] }',
      '3:19',
      /there is no group "staf"/,
    ],
    ['an unknown included group', 'groups:\n  a:\n    includes: [b]', '3:16', /there is no group "b"/],
    [
      'an unknown group named as objects name things',
      'groups:\n  a: { includes: [constructor] }',
      '2:19',
      /there is no group/,
    ],
    ['a circle of one', 'groups:\n  a: { includes: [a] }', '2:18', /a -> a/],
    [
      'a circle',
      'groups:\n  a: { includes: [b] }\n  b: { includes: [c] }\n  c: { includes: [b] }',
      '3:18',
      /b -> c -> b/,
    ],
    [
      'a circle beside a group that includes nothing',
      'groups:\n  a: {}\n  b: { includes: [c] }\n  c: { includes: [b] }',
      '3:18',
      /b -> c -> b/,
    ],
    [
      'a circle beside groups that lead nowhere',
      'groups:\n  x: { includes: [leaf] }\n  y: { includes: [leaf, x] }\n  z: { includes: [y, b] }\n  leaf: {}\n  b: { includes: [z] }',
      '4:18',
      /z -> b -> z/,
    ],
    [
      'a circle beside an unknown group',
      'groups:\n  a: { includes: [nowhere] }\n  b: { includes: [c] }\n  c: { includes: [b] }',
      '3:18',
      /b -> c -> b/,
    ],
    ['an unknown key at the top', 'group: {}', '1:1', /unknown key "group"; known here: groups, principals/],
    ['an unknown key of a group', 'groups:\n  a: { tag: [x] }', '2:8', /unknown key "tag"/],
    [
      'an unknown key of a person',
      'principals:\n  a: { tags: [x] }',
      '2:8',
      /unknown key "tags"; known here: groups, roles/,
    ],
    ['a bad tag', 'groups:\n  a: { tags: [ok, "not ok"] }', '2:19', /not a valid name/],
    ['the tag of the canaries', 'groups:\n  a: { tags: ["persea:canary"] }', '2:15', /held by nobody/],
    ['a bad group name', 'groups:\n  "-a": { tags: [x] }', '2:3', /not a valid name/],
    ['a bad principal id', 'principals:\n  "a b": {}', '2:3', /not a valid name/],
    ['an unknown role', 'principals:\n  a: { roles: [boss] }', '2:16', /employee/],
    ['a number as tag', 'groups:\n  a: { tags: [007] }', '2:15', /string/],
    ['a name that would be read as another', 'principals:\n  007: {}', '2:3', /put it in quotes/],
    ['a person twice', 'principals:\n  a: {}\n  "a": {}', '3:3', /twice/],
    ['a name that objects reserve', 'principals:\n  __proto__: { groups: [] }', '2:3', /unknown key/],
    ['a person without a mapping', 'principals:\n  a:', '2:3', /expected object/],
    ['a list', '- a', '1:1', /expected object/],
    ['no YAML', 'groups: {', '1:10', /./],
    ['two documents', 'groups: {}\n---\ngroups: {}', '2:1', /./],
    ['an unknown YAML tag', 'groups: !!js/function "x"', '1:9', /./],
  ])('%s', (_, yaml, place, message) => {
    const error = errorOf(yaml);
    expect(error.code).toBe('access-invalid');
    expect(error.message).toContain(`access.yaml:${place}: `);
    expect(error.message).toMatch(message);
  });

  it('names all problems at once', () => {
    const error = errorOf('groups:\n  a: { tag: [x] }\n  b: { tags: 3 }\nprincipal: {}');
    expect(error.message.match(/access\.yaml:\d+:\d+/g)).toEqual([
      'access.yaml:2:8',
      'access.yaml:3:14',
      'access.yaml:4:1',
    ]);
  });

  it('does not unfold a bomb of aliases', () => {
    const rows = Array.from(
      { length: 9 },
      (_, index) => `x${index + 1}: &x${index + 1} [${Array(9).fill(`*x${index}`)}]`,
    );
    expect(errorOf(`x0: &x0 [a, a, a]\n${rows.join('\n')}`).message).toMatch(/aliases/);
  });
});

describe('loadAccessPolicy', () => {
  it('takes a missing file for nobody, unless the config names it', async () => {
    const path = join(await temporaryFolder(), 'access.yaml');
    expect(loadAccessPolicy({ path, isRequired: false }).principalIds()).toEqual([]);
    expect(() => loadAccessPolicy({ path, isRequired: true })).toThrow(/there is no readable file/);
  });

  it('never takes an unreadable file for an empty one', async () => {
    const folder = await temporaryFolder({ 'access.yaml/file': 'x' });
    expect(() => loadAccessPolicy({ path: join(folder, 'access.yaml'), isRequired: false })).toThrow(
      /no readable file/,
    );
  });

  it('reads the file', async () => {
    const folder = await temporaryFolder({ 'access.yaml': text });
    expect(loadAccessPolicy({ path: join(folder, 'access.yaml'), isRequired: true }).principalIds()).toHaveLength(3);
  });
});
