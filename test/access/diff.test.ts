import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffPolicies } from '../../src/access/diff.ts';
import { canonicalLabel, isMetBy } from '../../src/access/label.ts';
import { parseAccessPolicy } from '../../src/access/policy.ts';

const policy = (groups: object, principals: object) =>
  parseAccessPolicy(JSON.stringify({ groups, principals }), 'access.yaml');

const documents = [
  { uri: 'h/b.md', label: canonicalLabel({ anyOf: ['staff'] }) },
  { uri: 'h/a.md', label: canonicalLabel({ anyOf: ['staff'] }) },
  { uri: 'h/pay.md', label: canonicalLabel({ allOf: ['staff', 'hr'] }) },
  { uri: 'h/open.md', label: canonicalLabel({ anyOf: ['everyone'] }) },
];
const groups = { staff: { tags: ['staff'] }, hr: { tags: ['hr'], includes: ['staff'] } };

describe('diffPolicies', () => {
  it('lists who gains and who loses, people who come and people who go', () => {
    const before = policy(groups, {
      carl: { groups: ['staff'] },
      bob: { groups: ['staff'] },
      alice: { groups: ['hr'] },
    });
    const after = policy(groups, { alice: { groups: ['staff'] }, bob: { groups: ['hr'] }, dora: { groups: ['hr'] } });
    expect(diffPolicies(before, after, documents)).toEqual([
      { principal: 'alice', change: 'changed', gains: [], loses: ['h/pay.md'] },
      { principal: 'bob', change: 'changed', gains: ['h/pay.md'], loses: [] },
      { principal: 'carl', change: 'removed', gains: [], loses: ['h/a.md', 'h/b.md', 'h/open.md'] },
      { principal: 'dora', change: 'added', gains: ['h/a.md', 'h/b.md', 'h/open.md', 'h/pay.md'], loses: [] },
    ]);
  });

  it('lists whoever comes or goes although no document is concerned, and gains beside as many losses', () => {
    const before = policy(groups, { eve: { groups: ['hr'] } });
    const after = policy({ ...groups, lab: { tags: ['lab'] } }, { eve: { groups: ['lab'] }, dan: {} });
    const two = [documents[2], { uri: 'l/lab.md', label: canonicalLabel({ anyOf: ['lab'] }) }].flatMap(
      (one) => one ?? [],
    );
    expect(diffPolicies(before, after, two)).toEqual([
      { principal: 'dan', change: 'added', gains: [], loses: [] },
      { principal: 'eve', change: 'changed', gains: ['l/lab.md'], loses: ['h/pay.md'] },
    ]);
  });

  it('is empty for a change that changes nobody’s documents', () => {
    const before = policy(groups, { alice: { groups: ['hr'] } });
    const after = policy(
      { staff: { tags: ['staff', 'unused'] }, people: { tags: ['hr', 'staff'] } },
      { alice: { groups: ['people'] } },
    );
    expect(diffPolicies(before, after, documents)).toEqual([]);
  });

  it('agrees with asking for each person and document', () => {
    const tags = ['a', 'b', 'c'];
    const people = ['p', 'q', 'r'];
    const somePolicy = fc
      .dictionary(fc.constantFrom(...people), fc.subarray(tags), { maxKeys: 3 })
      .map((held) =>
        policy(
          Object.fromEntries(tags.map((tag) => [tag, { tags: [tag] }])),
          Object.fromEntries(Object.entries(held).map(([id, list]) => [id, { groups: list }])),
        ),
      );
    const someDocuments = fc
      .array(fc.record({ anyOf: fc.subarray(tags), allOf: fc.subarray(tags) }, { requiredKeys: [] }), { maxLength: 6 })
      .map((labels) => labels.map((label, index) => ({ uri: `d/${index}`, label: canonicalLabel(label) })));
    fc.assert(
      fc.property(somePolicy, somePolicy, someDocuments, (before, after, list) => {
        const changes = new Map(diffPolicies(before, after, list).map((change) => [change.principal, change]));
        for (const id of people) {
          for (const { uri, label } of list) {
            const [old, next] = [before, after].map((p) => isMetBy(label, p.principal(id)?.heldTags ?? new Set()));
            expect(changes.get(id)?.gains.includes(uri) ?? false).toBe(next === true && old === false);
            expect(changes.get(id)?.loses.includes(uri) ?? false).toBe(old === true && next === false);
          }
        }
      }),
    );
  });
});
