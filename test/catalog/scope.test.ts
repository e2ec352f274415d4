/** What only SQLite can get wrong about scopes and near-duplicates: rows left behind, and lists without an end. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { canonicalLabel } from '../../src/access/label.ts';
import { systemScope } from '../../src/access/scope.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { writeRevision } from '../contract/catalog-contract.ts';
import { scopeHolding } from '../support/chunks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const system = systemScope('test');
const staff = canonicalLabel({ anyOf: ['staff'] });
const hr = canonicalLabel({ anyOf: ['hr'] });
const bob = scopeHolding(['staff'], [staff, hr]);
const rules = Array.from({ length: 40 }, (_, index) => `Rule ${index} says what holds at desk ${index}.`).join(' ');

async function openCatalog() {
  const path = join(await temporaryFolder(), 'catalog.db');
  const catalog = await openSqliteCatalog({ path });
  const bands = () => {
    const database = new DatabaseSync(path, { readOnly: true });
    const row = database.prepare('SELECT COUNT(*) AS count FROM signature_bands').get();
    database.close();
    return Number(row?.count);
  };
  return { catalog, bands };
}

it('names at most a hundred near-duplicates', async () => {
  const { catalog } = await openCatalog();
  for (let index = 0; index < 104; index++) await writeRevision(catalog, `a/${index}.md`, { text: rules });
  const first = await catalog.documentByUri(system, 'a/0.md');
  const copies = await catalog.nearDuplicates(bob, first?.documentId ?? '');
  expect(copies).toHaveLength(100);
  expect(copies.map(({ uri }) => uri)).not.toContain('a/0.md');
  await catalog.close();
});

it('forgets by what a text was told from others when the text goes', async () => {
  const { catalog, bands } = await openCatalog();
  const kept = await writeRevision(catalog, 'a/kept.md', { text: rules });
  const one = bands();
  const { documentId } = await writeRevision(catalog, 'a/1.md', { text: `${rules} One line more.` });
  expect(bands()).toBeGreaterThan(one);
  expect(await catalog.nearDuplicates(bob, kept.documentId)).toHaveLength(1);
  // A text without words has no signature.
  await writeRevision(catalog, 'a/1.md', { text: '…' });
  expect(bands()).toBe(one);
  expect(await catalog.nearDuplicates(bob, kept.documentId)).toEqual([]);
  expect((await catalog.signatures(system, [documentId])).size).toBe(0);
  await catalog.removeDocument(kept.documentId);
  expect(bands()).toBe(0);
  await catalog.close();
});

it('tells a text by its words of now, not of before', async () => {
  const { catalog } = await openCatalog();
  const others = Array.from({ length: 40 }, (_, index) => `Nobody parks in bay ${index} after dark.`).join(' ');
  const rewritten = await writeRevision(catalog, 'a/1.md', { text: rules });
  const old = await writeRevision(catalog, 'a/2.md', { text: rules });
  const copy = await writeRevision(catalog, 'a/3.md', { text: others });
  await writeRevision(catalog, 'a/1.md', { text: others });
  expect((await catalog.nearDuplicates(bob, rewritten.documentId)).map(({ uri }) => uri)).toEqual(['a/3.md']);
  expect((await catalog.nearDuplicates(bob, copy.documentId)).map(({ uri }) => uri)).toEqual(['a/1.md']);
  expect(await catalog.nearDuplicates(bob, old.documentId)).toEqual([]);
  await catalog.close();
});

it('links copies through those that are visible, and through no others', async () => {
  const { catalog } = await openCatalog();
  // Each differs from the next by a tenth, the ends by more than what makes a near-duplicate.
  const sentences = Array.from({ length: 110 }, (_, index) => `Sentence number ${index} tells of case ${index * 7}.`);
  const textAt = (start: number) => sentences.slice(start, start + 90).join(' ');
  const write = async (uri: string, start: number, label = staff) =>
    (await writeRevision(catalog, uri, { text: textAt(start), label })).documentId;
  const [near, middle, far] = [await write('a/0.md', 0), await write('a/2.md', 6, hr), await write('a/4.md', 12)];
  const alice = scopeHolding(['staff', 'hr'], [staff, hr]);
  const urisFor = async (scope: typeof bob, id: string) =>
    (await catalog.nearDuplicates(scope, id)).map(({ uri }) => uri);
  expect(await urisFor(alice, near)).toEqual(['a/2.md', 'a/4.md']);
  expect(await urisFor(bob, near)).toEqual([]);
  expect(await urisFor(bob, far)).toEqual([]);
  expect(await urisFor(bob, middle)).toEqual([]);
  expect([...(await catalog.signatures(bob, [near, middle, far])).keys()].toSorted()).toEqual([near, far].toSorted());
  await catalog.close();
});
