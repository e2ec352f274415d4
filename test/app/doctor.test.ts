/** Each thing that can be wrong with a data folder is made wrong, and the check that is meant for it must say so. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { connect, type Table } from '@lancedb/lancedb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { notePurge } from '../../ingest/free-storage.ts';
import { maintenanceSetting } from '../../ingest/tidy-up.ts';
import { systemScope } from '../../src/access/scope.ts';
import { type App, openApp } from '../../src/app.ts';
import { acquireWriterLock } from '../../src/store/writer-lock.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { openIngestedApp, openTestApp, type TestAppOptions } from '../support/test-app.ts';

const scope = systemScope('test');
const documents = {
  'leave.md': '# Leave\n\nParental leave is 26 weeks for all employees.\n',
  'pay.md': '# Pay\n\nSalaries are paid on the 25th of each month.\n',
  'hr/file.md': '# File\n\nWarnings stay on file for 18 months.\n',
};

async function opened(options: TestAppOptions = {}) {
  const test = await openIngestedApp({ documents, ...options });
  return { ...test, dataDir: join(test.folder, '.persea') };
}

async function failed(app: App): Promise<Record<string, string>> {
  const checks = await app.checks();
  return Object.fromEntries(checks.filter(({ ok }) => !ok).map(({ name, detail }) => [name, detail]));
}

async function rawTable(dataDir: string): Promise<Table> {
  const connection = await connect(join(dataDir, 'lance'), { readConsistencyInterval: 0 });
  onTestFinished(() => connection.close());
  const [name = ''] = await connection.tableNames();
  return connection.openTable(name);
}

async function documentIdOf(app: App, uri: string): Promise<string> {
  return (await app.catalog.documentByUri(scope, uri))?.documentId ?? '';
}

const checkNames = [
  'config',
  'catalogue',
  'index',
  'embedding model',
  'language models',
  'budgets',
  'prompts',
  'context formats',
  'languages',
  'sources',
  'journal',
  'labels',
  'index cover',
  'maintenance',
  'storage',
  'disk space',
  'embedding cache',
  'canaries',
];

it('finds a folder in order, before the first ingest, after it, and without vectors', async () => {
  const { app, ingest } = await openTestApp({ documents });
  expect(await failed(app)).toEqual({});
  await ingest();
  const checks = await app.checks();
  expect(checks.map(({ name }) => name)).toEqual(checkNames);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  const plain = await opened({ embedder: null });
  expect(await failed(plain.app)).toEqual({});
});

it('looks only at what it is asked for', async () => {
  const { app } = await opened();
  const names = async (options: Parameters<App['checks']>[0]) => (await app.checks(options)).map(({ name }) => name);
  expect(await names({ isQuick: true })).toEqual(['config', 'catalogue', 'index']);
  expect(await names({ names: ['canaries', 'labels'] })).toEqual(['labels', 'canaries']);
});

it('tells a probe that the folder of the index is gone, while the server runs and after it has started again', async () => {
  const { app, reopen, dataDir } = await opened();
  const quick = async (asked: App) => (await asked.checks({ isQuick: true })).filter(({ ok }) => !ok);
  expect(await quick(app)).toEqual([]);
  await rm(join(dataDir, 'lance'), { recursive: true });
  const gone = [{ name: 'index', ok: false, detail: expect.stringContaining('persea repair') }];
  expect(await quick(app)).toEqual(gone);
  const again = await reopen();
  expect(await quick(again)).toEqual(gone);
  await again.ingestor.repair();
  expect(await quick(again)).toEqual([]);
});

describe('the index', () => {
  const damages: [what: string, damage: (table: Table, app: App) => Promise<unknown>, finding: RegExp][] = [
    [
      'a chunk that is missing',
      async (table, app) => table.delete(`docId = '${await documentIdOf(app, 'docs/leave.md')}'`),
      /1 document with chunks missing \(docs\/leave\.md\)/,
    ],
    [
      'a chunk that is there twice',
      async (table, app) => {
        const id = await documentIdOf(app, 'docs/leave.md');
        const rows = await table.query().where(`docId = '${id}'`).toArrow();
        await table.add(rows);
      },
      /with chunks too many \(docs\/leave\.md\)/,
    ],
    [
      'chunks of a document that is not in the catalogue',
      async (table, app) =>
        table.update({
          where: `docId = '${await documentIdOf(app, 'docs/pay.md')}'`,
          values: { docId: 'doc_gone' },
        }),
      /in the index but not in the catalogue \(doc_gone\)/,
    ],
    [
      'chunks of an old revision',
      async (table, app) =>
        table.update({
          where: `docId = '${await documentIdOf(app, 'docs/pay.md')}'`,
          valuesSql: { docRev: 'docRev + 1' },
        }),
      /with chunks of another revision \(docs\/pay\.md\)/,
    ],
    [
      'a document without the vectors that it should have',
      async (table, app) =>
        table.update({ where: `docId = '${await documentIdOf(app, 'docs/pay.md')}'`, values: { embedModel: '' } }),
      /with another number of vectors/,
    ],
  ];
  it.each(damages)('fails for %s, and is repaired', async (_what, damage, finding) => {
    const { app, dataDir } = await opened();
    await damage(await rawTable(dataDir), app);
    const found = await failed(app);
    expect(found.index).toMatch(finding);
    expect(found.index).toContain('persea repair');
    await app.ingestor.repair();
    expect(await failed(app)).toEqual({});
  });

  it('fails for files that are gone or cut short, with the remedy', async () => {
    const { reopen, dataDir } = await opened();
    const data = readdirSync(join(dataDir, 'lance'), { recursive: true })
      .map(String)
      .filter((path) => path.includes('/data/'));
    for (const path of data) await writeFile(join(dataDir, 'lance', path), 'torn');
    const found = await failed(await reopen());
    expect(found.index).toContain('persea repair');
    const again = await reopen();
    await again.ingestor.repair();
    expect(await failed(again)).toEqual({});
  });

  it('fails where another embedding model made it, until the next ingest', async () => {
    const { folder } = await opened();
    const embedder = createFakeEmbedder({ name: 'another' });
    const app = await openApp({ configPath: join(folder, 'persea.yaml'), embedder });
    onTestFinished(() => app.close());
    expect((await failed(app)).index).toMatch(/another embedding model than .*only keywords work.*persea ingest/);
    await app.ingestor.ingest();
    expect(await failed(app)).toEqual({});
  });

  it('fails for an index that is not there', async () => {
    const { app, ingest, dataDir } = await opened();
    await (await rawTable(dataDir)).dropIndex('words_icu_english_own');
    expect((await failed(app))['index cover']).toMatch(/No index on indexText.*persea ingest/);
    await ingest();
    expect(await failed(app)).toEqual({});
  });
});

describe('language models', () => {
  it('fail for a key of the judge or the reranker that is missing, in the route or beside it', async () => {
    const remote = 'provider: openai-compatible, baseUrl: "http://127.0.0.1:1/v1", model: m, zone: local';
    const { app } = await opened({
      config: `
models:
  - { id: quotes, provider: extractive }
  - { id: judge, ${remote}, apiKeyEnv: PERSEA_TEST_ABSENT_JUDGE }
  - { id: ranker, ${remote}, apiKeyEnv: PERSEA_TEST_ABSENT_RANKER, reviewBy: 2020-01-31 }
  - { id: idle, ${remote}, apiKeyEnv: PERSEA_TEST_ABSENT_IDLE }
route: [quotes]
answer: { judge: judge }
retrieval: { rerank: llm, reranker: { model: ranker } }
`,
    });
    const found = (await failed(app))['language models'];
    expect(found).toMatch(/^quotes \(local\) can be asked\..*ABSENT_JUDGE.*ABSENT_RANKER.*look by 2020-01-31/);
    expect(found).not.toContain('IDLE');
  });
});

describe('budgets', () => {
  it('fail for a group that the policy has not, which is warned of at the start, too', async () => {
    const { app, warnings } = await opened({
      config: 'budgets: { groups: { hr-team: { costUsdPerDay: 1 }, interns: { costUsdPerDay: 1 } } }',
    });
    expect((await failed(app)).budgets).toMatch(/has "interns", which .*access\.yaml has not.*hr-team, staff/);
    expect(warnings).toEqual([expect.stringContaining('"interns"')]);
  });
});

describe('context formats', () => {
  const file = 'export default (items) => items.map((item) => "[" + item.marker + "]").join();';

  it('fail where the one in use is not there, and for a file that cannot be used', async () => {
    const { app, folder, write } = await opened({ config: 'context: { format: house, formatsDir: ./docs/.formats }' });
    expect((await failed(app))['context formats']).toMatch(/"house" does not exist; there are: numbered/);
    await mkdir(join(folder, 'docs/.formats'));
    await write({ '.formats/house.mjs': file });
    expect(await failed(app)).toEqual({});
    await write({ '.formats/other.mjs': 'export default 5;' });
    expect((await failed(app))['context formats']).toMatch(/other\.mjs cannot be used/);
  });
});

describe('labels', () => {
  it('fail where the index says another one than the catalogue, for each document', async () => {
    const { app, dataDir } = await opened();
    const other = (await app.catalog.documentByUri(scope, 'docs/hr/file.md'))?.labelId ?? '';
    const table = await rawTable(dataDir);
    await table.update({
      where: `docId = '${await documentIdOf(app, 'docs/pay.md')}'`,
      values: { acl: other },
    });
    const found = await failed(app);
    expect(found.labels).toMatch(/1 document under another label than in the catalogue \(docs\/pay\.md\)/);
    // Two that were changed for each other: the counts alone would agree.
    await table.update({
      where: `docId = '${await documentIdOf(app, 'docs/hr/file.md')}'`,
      values: { acl: (await app.catalog.documentByUri(scope, 'docs/pay.md'))?.labelId ?? '' },
    });
    expect((await failed(app)).labels).toMatch(/2 documents under another label/);
  });
});

describe('the journal', () => {
  it('fails for what a crash left behind, and is green after the next ingest', async () => {
    const { app, ingest } = await opened();
    const lease = await app.catalog.beginWriting();
    await app.catalog.beginRevisions([{ uri: 'docs/pay.md' }]);
    await app.catalog.removeDocument(await documentIdOf(app, 'docs/leave.md'));
    await app.catalog.enqueueJobs([{ source: 'docs', uri: 'docs/pay.md' }]);
    await app.catalog.leaseJobs({ lease, sources: ['docs'], limit: 1, forMs: 60_000 });
    await notePurge(app.catalog);
    const { journal } = await failed(app);
    expect(journal).toMatch(/1 revisions.*1 removals.*1 jobs.*1 purge.*persea ingest/);
    await ingest();
    expect(await failed(app)).toEqual({});
  });

  it('and the comparison wait while somebody is writing', async () => {
    const { app, dataDir } = await opened();
    await notePurge(app.catalog);
    const lock = await acquireWriterLock({ dataDir, purpose: 'test' });
    const checks = await app.checks({ names: ['journal', 'index', 'labels'] });
    for (const { ok, detail } of checks) {
      expect(ok).toBe(true);
      expect(detail).toMatch(/\(test, since .*is writing/);
    }
    lock.release();
    expect(Object.keys(await failed(app))).toEqual(['journal']);
  });
});

describe('maintenance', () => {
  it('fails after a run in which it failed, until one succeeds', async () => {
    const { app, ingest } = await opened();
    const failure = { code: 'store-failed', message: 'The chunk store could not be optimized.' };
    await app.catalog.setSetting(maintenanceSetting, JSON.stringify({ at: 0, failure }));
    expect((await failed(app)).maintenance).toMatch(/1970-01-01.*store-failed.*could not be optimized.*persea ingest/);
    await ingest();
    expect(await failed(app)).toEqual({});
  });
});

describe('the disk', () => {
  it('fails for an embedding cache that is damaged', async () => {
    const { app, dataDir } = await opened();
    const cache = join(dataDir, 'cache', 'embeddings.db');
    expect(existsSync(cache)).toBe(true);
    for (const suffix of ['', '-wal']) await writeFile(cache + suffix, 'not a database at all'.repeat(1_000));
    expect((await failed(app))['embedding cache']).toMatch(/cannot be read.*Delete it/);
  });

  it('fails for a catalogue with a damaged page, wherever it is', async () => {
    const { app, reopen, dataDir } = await opened();
    await app.close();
    const path = join(dataDir, 'catalog.db');
    const raw = new DatabaseSync(path);
    const page = raw.prepare(`SELECT rootpage FROM sqlite_schema WHERE name = 'usage'`).get()?.rootpage;
    const size = Number(raw.prepare('PRAGMA page_size').get()?.page_size);
    raw.close();
    const file = await open(path, 'r+');
    await file.write(Buffer.alloc(size, 0x7f), 0, size, (Number(page) - 1) * size);
    await file.close();
    expect((await failed(await reopen())).catalogue).toMatch(/damaged|malformed/);
  });

  it('fails for tables with far more versions than they should have', async () => {
    const { app, ingest, dataDir } = await opened();
    const [table = ''] = readdirSync(join(dataDir, 'lance'));
    const versions = join(dataDir, 'lance', table, '_versions');
    await mkdir(join(versions, 'more'));
    for (let index = 0; index < 2_001; index++) await writeFile(join(versions, 'more', `${index}.manifest`), '');
    expect((await failed(app)).storage).toMatch(/2,00\d versions.*--prune/);
    expect(await ingest()).toMatchObject({ warnings: [] });
  });
});
