import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { canonicalLabel, labelId } from '../../src/access/label.ts';
import { type AccessScope, systemScope } from '../../src/access/scope.ts';
import { migrate } from '../../src/catalog/migrations/migrate.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { begin, draftOf, flip, writeRevision } from '../contract/catalog-contract.ts';
import { scopeHolding } from '../support/chunks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const system = systemScope('test');
const staff = canonicalLabel({ anyOf: ['staff'] });
const hr = canonicalLabel({ anyOf: ['hr'] });
const catalogFile = async () => join(await temporaryFolder(), 'data', 'catalog.db');

describe('a catalogue file', () => {
  it('keeps documents and the journal when it is opened again', async () => {
    const path = await catalogFile();
    const before = await openSqliteCatalog({ path });
    const current = await writeRevision(before, 'a/current.md');
    const flipped = await begin(before, { uri: 'a/flipped.md' });
    await flip(before, flipped, draftOf('a/flipped.md'));
    const intended = await begin(before, { uri: 'a/current.md', documentId: current.documentId });
    const removed = await writeRevision(before, 'a/removed.md');
    await before.removeDocument(removed.documentId);
    await before.close();

    const after = await openSqliteCatalog({ path });
    expect(new Set(await after.openIntents())).toEqual(new Set([{ ...flipped, state: 'flipped' }, intended]));
    expect(await after.openStoreChanges()).toMatchObject([{ documentId: removed.documentId, label: null }]);
    expect(await after.document(system, current.documentId)).toEqual(current);
    await after.abandonRevisions([intended]);
    expect(await begin(after, { uri: 'a/current.md' })).toMatchObject({ revision: 3 });
    await after.close();
  });

  it('shows another connection each change at once, with a new version', async () => {
    const path = await catalogFile();
    const writer = await openSqliteCatalog({ path });
    const reader = await openSqliteCatalog({ path });
    const version = await reader.version(system);
    const record = await writeRevision(writer, 'a/1.md');
    expect(await reader.document(system, record.documentId)).toEqual(record);
    expect(await reader.version(system)).toBeGreaterThan(version);
    await writer.close();
    await reader.close();
  });

  it('is readable by its owner alone', async () => {
    const path = await catalogFile();
    const catalog = await openSqliteCatalog({ path });
    await writeRevision(catalog, 'a/1.md');
    for (const name of readdirSync(join(path, '..'))) {
      expect(statSync(join(path, '..', name)).mode & 0o077, name).toBe(0);
    }
    await catalog.close();
  });

  it('holds no byte of a removed text once the store has followed', async () => {
    const path = await catalogFile();
    const catalog = await openSqliteCatalog({ path });
    const canary = 'canary-5f0c17';
    const record = await writeRevision(catalog, 'a/1.md', { text: `${canary} `.repeat(5_000) });
    const bytes = () =>
      readdirSync(join(path, '..'))
        .map((name) => readFileSync(join(path, '..', name), 'latin1'))
        .join('');
    expect(bytes()).toContain(canary);
    await catalog.removeDocument(record.documentId);
    await catalog.endStoreChanges(await catalog.openStoreChanges());
    expect(bytes()).not.toContain(canary);
    await catalog.close();
  });

  it('keeps nothing of the signatures of a removed source', async () => {
    const path = await catalogFile();
    const catalog = await openSqliteCatalog({ path });
    const text = 'one two three four five six seven eight nine ten eleven twelve '.repeat(20);
    for (const uri of ['a/1.md', 'b/1.md']) await writeRevision(catalog, uri, { text });
    const raw = new DatabaseSync(path);
    const count = (table: string) => Number(raw.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count);
    const both = count('signature_bands');
    expect([count('signatures'), both > 0]).toEqual([2, true]);
    await catalog.removeSource('a', { keepExclusions: false });
    expect([count('signatures'), count('signature_bands')]).toEqual([1, both / 2]);
    raw.close();
    await catalog.close();
  });

  it('knows a document that it has read by its id as it is now, whoever changed it, and shows it to nobody else', async () => {
    const path = await catalogFile();
    const [reader, writer] = [await openSqliteCatalog({ path }), await openSqliteCatalog({ path })];
    const { documentId } = await writeRevision(writer, 'a/1.md', { label: hr, title: 'Pay' });
    const other = await writeRevision(writer, 'a/2.md', { label: staff });
    const [alice, bob] = [scopeHolding(['staff', 'hr'], [staff, hr]), scopeHolding(['staff'], [staff, hr])];
    const ids = [other.documentId, documentId, documentId, 'doc_x'];
    const titles = async (scope: AccessScope) =>
      [...(await reader.documentsById(scope, ids)).values()].map(({ uri, title }) => `${uri} ${title}`).toSorted();
    const both = await titles(alice);
    expect(both).toHaveLength(2);
    expect(await titles(alice)).toEqual(both);
    const order = async () => [...(await reader.documentsById(alice, ids)).keys()];
    const first = await order();
    expect(await titles(bob)).toEqual([expect.stringMatching(/^a\/2\.md /)]);
    await titles(alice);
    await writer.moveDocument(documentId, 'b/1.md', 'b');
    expect(await titles(alice)).toEqual([expect.stringMatching(/^a\/2\.md /), 'b/1.md Pay']);
    expect(await order()).toEqual(first);
    await writer.relabelDocument(documentId, staff, { isOverride: true });
    expect(await titles(bob)).toEqual([expect.stringMatching(/^a\/2\.md /), 'b/1.md Pay']);
    await writer.relabelDocument(documentId, hr, { isOverride: true });
    expect(await titles(bob)).toEqual([expect.stringMatching(/^a\/2\.md /)]);
    await writer.removeDocument(documentId);
    expect(await titles(alice)).toEqual([expect.stringMatching(/^a\/2\.md /)]);
    // Even if somebody changed the file by hand: what decides who sees a document is read each time.
    const raw = new DatabaseSync(path);
    raw.exec(`UPDATE documents SET label_id = (SELECT label_id FROM labels WHERE label LIKE '%"hr"%')`);
    raw.close();
    expect(await titles(bob)).toEqual([]);
    const relabelled = (await reader.documentsById(alice, ids)).get(other.documentId);
    expect(relabelled).toMatchObject({ label: hr, labelId: labelId(hr) });
    await reader.close();
    await writer.close();
  });

  it('shows all of many documents, though it remembers only some of them', async () => {
    const path = await catalogFile();
    const catalog = await openSqliteCatalog({ path });
    await writeRevision(catalog, 'a/0.md');
    const raw = new DatabaseSync(path);
    const columns = raw.prepare(`SELECT name FROM pragma_table_info('documents')`).all();
    const own: Record<string, string> = { document_id: `'doc_' || value`, uri: `'a/' || value || '.md'` };
    const copied = columns.map(({ name }) => own[String(name)] ?? String(name));
    const ids = Array.from({ length: 4_500 }, (_, index) => `doc_${index + 1}`);
    raw
      .prepare(`INSERT INTO documents SELECT ${copied.join(', ')} FROM documents, json_each(?) `)
      .run(JSON.stringify(ids.map((id) => Number(id.slice('doc_'.length)))));
    raw.close();
    for (let start = 0; start < ids.length; start += 100) {
      // Some that were read a while ago, and some that never were.
      const asked = [...ids.slice(0, 50), ...ids.slice(start, start + 100)];
      const found = await catalog.documentsById(system, asked);
      expect([...found.keys()].toSorted()).toEqual([...new Set(asked)].toSorted());
    }
    await catalog.close();
  });

  it('shows nothing under a label whose stored form no longer permits it', async () => {
    const path = await catalogFile();
    const before = await openSqliteCatalog({ path });
    const { documentId } = await writeRevision(before, 'a/1.md');
    const scope = scopeHolding(['staff'], await before.labels(system));
    await before.close();
    const raw = new DatabaseSync(path);
    raw.prepare('UPDATE labels SET label = ?').run(JSON.stringify(canonicalLabel({ anyOf: ['hr'] })));
    raw.close();

    const catalog = await openSqliteCatalog({ path });
    expect(await catalog.document(scope, documentId)).toBeUndefined();
    expect(await catalog.documentByUri(scope, 'a/1.md')).toBeUndefined();
    expect((await catalog.documentsById(scope, [documentId])).size).toBe(0);
    // Nor once somebody has read it who may see everything.
    expect((await catalog.documentsById(system, [documentId])).size).toBe(1);
    expect((await catalog.documentsById(scope, [documentId])).size).toBe(0);
    expect(await catalog.documents(scope)).toEqual([]);
    expect(await catalog.countDocuments(scope)).toBe(0);
    expect(await catalog.documentIds(scope, {}, { hold: true, limit: 9 })).toEqual([]);
    expect((await catalog.factCounts(scope, {})).source).toEqual([]);
    expect(await catalog.text(scope, documentId)).toBeUndefined();
    await catalog.close();
  });

  it('is refused, unchanged, when a newer program wrote it', async () => {
    const path = await catalogFile();
    await (await openSqliteCatalog({ path })).close();
    const raw = new DatabaseSync(path);
    raw.exec('PRAGMA user_version = 99');
    raw.close();
    await expect(openSqliteCatalog({ path })).rejects.toMatchObject({
      code: 'catalog-too-new',
      details: { found: 99 },
    });
  });

  it('that is no database is refused with its path', async () => {
    const folder = await temporaryFolder({
      'catalog.db': 'this is not a database, but long enough to be read as one'.repeat(20),
    });
    await expect(openSqliteCatalog({ path: join(folder, 'catalog.db') })).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining(folder),
    });
  });
});

describe('migrations', () => {
  it('run in order, each once, and leave nothing of one that fails', () => {
    const database = new DatabaseSync(':memory:');
    const first = 'CREATE TABLE steps (name TEXT); INSERT INTO steps VALUES (1);';
    const second = 'INSERT INTO steps VALUES (2);';
    const broken = 'INSERT INTO steps VALUES (3); INSERT INTO missing VALUES (1);';
    const steps = () =>
      database
        .prepare('SELECT name FROM steps')
        .all()
        .map((row) => row.name);
    migrate(database, 'x', [first]);
    migrate(database, 'x', [first, second]);
    migrate(database, 'x', [first, second]);
    expect(steps()).toEqual(['1', '2']);
    expect(() => migrate(database, 'x', [first, second, broken])).toThrow('missing');
    expect(steps()).toEqual(['1', '2']);
    expect(() => migrate(database, 'x', [first])).toThrow('schema 2');
    database.close();
  });
});
