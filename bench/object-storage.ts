/**
 * What the engine asks of object storage, by operation, and what two writers lose on a storage that ignores conditional puts:
 * `npm run bench:object-storage` (`--rows N`). The storage is a server in memory here, so requests are what is measured, not their time.
 */
import { parseArgs } from 'node:util';
import type { Table } from '@lancedb/lancedb';
import { toArrowTable } from '../src/store/rows.ts';
import { documentAt, dimensions, labelOf, questionAt, people, toChunks } from './scale/corpus.ts';
import { type ObjectServer, startObjectServer } from './scale/object-server.ts';
import { machine, print } from './support.ts';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '5000' } } });
const documents = Math.ceil(Number(values.rows) / 10);
const kinds = ['PUT', 'GET', 'HEAD', 'LIST', 'DELETE', 'POST'];
const { connect, Index, MatchQuery } = await import('@lancedb/lancedb');
const layout = { dimensions, embedModel: 'made' };
const [asker] = people;
if (asker === undefined) throw new Error('Nobody asks.');
const question = questionAt(asker, 1);

print(`Requests to object storage, ${documents * 10} chunks. ${machine()}\n`);
print(`| operation | ${kinds.join(' | ')} |`);
print(`| --- |${' --- |'.repeat(kinds.length)}`);
const server = await startObjectServer({ ignoresConditions: false });
const writing = await open(server);
const table = await counted('create the table with its first 100 chunks', () =>
  writing.createTable('chunks', rows(0, 10)),
);
await counted('write the rest in commits of 1,000 chunks, all in all', async () => {
  for (let first = 10; first < documents; first += 100) await table.add(rows(first, Math.min(100, documents - first)));
});
await counted('make the indexes: labels, documents, words', async () => {
  await table.createIndex('acl', { config: Index.bitmap() });
  await table.createIndex('docId', { config: Index.btree() });
  await table.createIndex('indexText', { config: Index.fts({ withPosition: false }) });
});
const reading = await open(server);
const reader = await counted('a reader opens the table', () => reading.openTable('chunks'));
await counted('its first search by vector', () => byVector(reader));
await counted('its next search by vector', () => byVector(reader));
await counted('its first search by keyword', () => byKeyword(reader));
await counted('its next search by keyword', () => byKeyword(reader));
await counted('a commit of 100 chunks', () => table.add(rows(documents, 10)));
await counted('a search by vector after it', () => byVector(reader));
await counted('a document is deleted', () => table.delete(`docId = 'doc_3'`));
await counted('optimize', () => table.optimize());
await counted('a search by vector after it', () => byVector(reader));
await server.close();

print('\nTwo writers, 20 commits of one document each, at the same time\n');
print('| storage | a second put of a key is refused | documents that were acknowledged and are there |');
print('| --- | --- | --- |');
for (const ignoresConditions of [false, true]) {
  const storage = await startObjectServer({ ignoresConditions });
  const isRefused = await refusesSecondPut(storage.url);
  const present = await twoWriters(storage);
  print(
    `| ${ignoresConditions ? 'ignores' : 'honours'} If-None-Match | ${isRefused ? 'yes' : 'no'} | ${present} of 40 |`,
  );
  await storage.close();
}

/** What must be asked of any storage before the first write. */
async function refusesSecondPut(url: string): Promise<boolean> {
  const put = async () => fetch(`${url}/b/probe`, { method: 'PUT', headers: { 'if-none-match': '*' }, body: 'x' });
  await put();
  return (await put()).status === 412;
}

async function twoWriters(storage: ObjectServer): Promise<number> {
  const first = await (await open(storage)).createTable('chunks', rows(0, 1));
  const second = await (await open(storage)).openTable('chunks');
  let acknowledged = 0;
  const write = async (to: Table, from: number) => {
    for (let number = from; number < from + 20; number++) {
      await to.add(rows(number, 1));
      acknowledged += 1;
    }
  };
  await Promise.all([write(first, 100), write(second, 200)]);
  if (acknowledged !== 40) throw new Error(`Only ${acknowledged} commits were acknowledged.`);
  const there = await (await open(storage)).openTable('chunks');
  return (await there.countRows()) / 10 - 1;
}

async function counted<T>(what: string, work: () => Promise<T>): Promise<T> {
  server.requests.clear();
  const result = await work();
  print(`| ${what} | ${kinds.map((kind) => server.requests.get(kind) ?? 0).join(' | ')} |`);
  return result;
}

function open(storage: ObjectServer) {
  return connect('s3://b/data', {
    readConsistencyInterval: 0,
    storageOptions: {
      endpoint: storage.url,
      allow_http: 'true',
      aws_access_key_id: 'any',
      aws_secret_access_key: 'any',
      aws_region: 'any',
    },
  });
}

function rows(first: number, count: number) {
  return toArrowTable(
    Array.from({ length: count }, (_, index) => {
      const { texts, vectors } = documentAt(first + index);
      const label = labelOf(first + index);
      return { documentId: `doc_${first + index}`, revision: 1, label, chunks: toChunks(texts), vectors };
    }),
    layout,
  );
}

function byVector(of: Table) {
  return of
    .query()
    .nearestTo(question.vector)
    .column('vector')
    .distanceType('cosine')
    .select(['id', '_distance'])
    .limit(10)
    .toArrow();
}

function byKeyword(of: Table) {
  return of
    .query()
    .fullTextSearch(new MatchQuery(question.text, 'indexText'))
    .select(['id', '_score'])
    .limit(10)
    .toArrow();
}
