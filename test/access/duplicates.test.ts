/** Near-duplicates that a person may not see: neither named, nor counted, nor deciding what is shown of those that they may. */
import { describe, expect, it } from 'vitest';
import { canonicalLabel } from '../../src/access/label.ts';
import type { App } from '../../src/app.ts';
import { openTestApp } from '../support/test-app.ts';

const rules = Array.from({ length: 12 }, (_, index) => `Rule ${index} says what holds at desk number ${index}.`);
const textOf = (title: string) => `# ${title}\n\n${rules.join(' ')}\n\nTravel to the depot is paid in full.\n`;
const question = 'Is travel to the depot paid?';

/** Two that everybody of the staff may see, and as many hidden ones around them as wanted. */
const documents = (hidden: readonly string[]) => ({
  'm-guide.md': textOf('Guide'),
  'n-guide.md': textOf('Guide'),
  ...Object.fromEntries(hidden.map((name) => [`hr/${name}`, textOf('Guide')])),
});

async function searchAs(app: App, person: string) {
  const scope = await app.scopeFor(app.principal(person));
  const { hits } = await app.search(scope, { query: question });
  const answer = await app.ask(scope, { question, includeContext: true });
  return {
    hits: hits.map(({ uri, duplicates }) => ({ uri, duplicates: duplicates?.map((copy) => copy.uri).toSorted() })),
    items: answer.context.items?.map(({ uri }) => uri),
    omitted: answer.context.omitted,
    said: JSON.stringify([hits, answer]),
  };
}

describe('near-duplicates', () => {
  it('are found once, and those that one may not see leave no trace', async () => {
    const { app, ingest } = await openTestApp({ documents: documents(['a-guide.md', 'z-guide.md']) });
    await ingest();
    const seen = await searchAs(app, 'bob');
    expect(seen.hits).toHaveLength(1);
    expect([seen.hits[0]?.uri, ...(seen.hits[0]?.duplicates ?? [])].toSorted()).toEqual([
      'docs/m-guide.md',
      'docs/n-guide.md',
    ]);
    expect(seen.items).toEqual([seen.hits[0]?.uri]);
    expect(seen.omitted).toEqual([{ uri: seen.hits[0]?.duplicates?.[0], reason: 'duplicate' }]);
    expect(seen.said).not.toContain('docs/hr/');
    const bob = await app.scopeFor(app.principal('bob'));
    const shown = await app.catalog.documentByUri(bob, 'docs/m-guide.md');
    const copies = await app.catalog.nearDuplicates(bob, shown?.documentId ?? '');
    expect(copies.map(({ uri }) => uri)).toEqual(['docs/n-guide.md']);

    // Who may see all of them is told of all of them, and a copy under another classification stays in the window.
    const all = await searchAs(app, 'alice');
    expect(all.hits).toHaveLength(1);
    expect(all.hits[0]?.duplicates).toHaveLength(3);
    expect(all.items).toHaveLength(2);
  });

  it('look the same to those who may not see some of them, whatever these do', async () => {
    const { app, ingest, write } = await openTestApp({ documents: documents([]) });
    await ingest();
    const before = await searchAs(app, 'bob');
    await write(documents(['a-guide.md', 'z-guide.md']));
    await ingest();
    const after = await searchAs(app, 'bob');
    expect(after.hits.map(({ uri }) => uri)).toEqual(before.hits.map(({ uri }) => uri));
    expect(after.hits).toEqual(before.hits);
    expect(after.items).toEqual(before.items);
    expect(after.omitted).toEqual(before.omitted);
  });

  it('give way to another as soon as the one that was shown is withdrawn', async () => {
    const { app, ingest } = await openTestApp({ documents: documents([]) });
    await ingest();
    const [shown] = (await searchAs(app, 'bob')).hits;
    const bob = await app.scopeFor(app.principal('bob'));
    const document = await app.catalog.documentByUri(bob, shown?.uri ?? '');
    await app.catalog.relabelDocument(document?.documentId ?? '', canonicalLabel({ anyOf: ['hr'] }), {
      isOverride: true,
    });
    const after = await searchAs(app, 'bob');
    expect(after.hits).toEqual([{ uri: shown?.duplicates?.[0], duplicates: undefined }]);
    expect(after.said).not.toContain(shown?.uri);
  });

  it('are all shown where the configuration says so', async () => {
    const { app, ingest } = await openTestApp({ documents: documents([]), config: 'retrieval: { duplicates: show }' });
    await ingest();
    const { hits, omitted } = await searchAs(app, 'bob');
    expect(hits.map(({ uri, duplicates }) => [uri, duplicates]).toSorted()).toEqual([
      ['docs/m-guide.md', undefined],
      ['docs/n-guide.md', undefined],
    ]);
    expect(omitted.filter(({ reason }) => reason === 'duplicate')).toEqual([]);
  });
});
