/**
 * Bits of a dimension in the approximate index, and candidates compared in full, against an exact search: `npm run bench:vector-index`
 * (`--rows N`, `--bits 1,2,4`, `--nprobes 20,300`, `--refine 5,10,40`, `--limit 10`). Asked of the engine directly, because the store fixes these numbers.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { labelId } from '../src/access/label.ts';
import { toArrowTable } from '../src/store/rows.ts';
import { dimensions, documentAt, labelOf, maySee, people, type Person, questionAt, toChunks } from './scale/corpus.ts';
import { machine, median, print, withTemporaryFolder } from './support.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '50000' },
    bits: { type: 'string', default: '1,2,4' },
    nprobes: { type: 'string', default: '20,300' },
    refine: { type: 'string', default: '5,10,40' },
    limit: { type: 'string', default: '10' },
  },
});
const documents = Math.ceil(Number(values.rows) / 10);
const perCommit = 500;
const questions = 25;
const limit = Number(values.limit);
const numbersOf = (list: string) => list.split(',').map(Number);

await withTemporaryFolder(async (folder) => {
  const { connect, Index } = await import('@lancedb/lancedb');
  const connection = await connect(join(folder, 'lance'));
  const first = await connection.createTable('made', rows(0));
  for (let document = perCommit; document < documents; document += perCommit) await first.add(rows(document));
  await first.createIndex('acl', { config: Index.bitmap() });
  const table = await connection.openTable('made');
  const visible = people.map(whereFor);
  const search = (person: number, question: number) => {
    const asker = people[person];
    if (asker === undefined) throw new Error(`There is no person ${person}.`);
    return table
      .query()
      .nearestTo(questionAt(asker, question).vector)
      .column('vector')
      .distanceType('cosine')
      .where(visible[person] ?? 'false')
      .select(['id', '_distance'])
      .limit(limit);
  };
  const truth: (readonly string[])[][] = [];
  for (const person of people.keys()) {
    const lists: (readonly string[])[] = [];
    for (let question = 0; question < questions; question++) {
      lists.push(idsOf(await search(person, question).bypassVectorIndex().toArray()));
    }
    truth.push(lists);
  }
  print(`Recall@${limit} / median ms of the approximate index, ${documents * 10} rows. ${machine()}\n`);
  print(`| bits | build s | parts | refined | ${people.map(({ name }) => name).join(' | ')} |`);
  print(`| --- | --- | --- | --- |${' --- |'.repeat(people.length)}`);
  for (const numBits of numbersOf(values.bits)) {
    const startedAt = performance.now();
    const config = Index.ivfRq({ distanceType: 'cosine', numBits });
    await table.createIndex('vector', { config, name: 'vector', replace: true });
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    for (const nprobes of numbersOf(values.nprobes)) {
      for (const refine of numbersOf(values.refine)) {
        const cells: string[] = [];
        for (const [person, lists] of truth.entries()) {
          const times: number[] = [];
          let [found, wanted] = [0, 0];
          for (const [question, nearest] of lists.entries()) {
            const askedAt = performance.now();
            const query = search(person, question).maximumNprobes(0).minimumNprobes(nprobes).refineFactor(refine);
            const ids = new Set(idsOf(await query.toArray()));
            times.push(performance.now() - askedAt);
            found += nearest.filter((id) => ids.has(id)).length;
            wanted += nearest.length;
          }
          cells.push(`${(found / wanted).toFixed(3)} / ${median(times).toFixed(0)}`);
        }
        print(`| ${numBits} | ${seconds} | ${nprobes} | ${refine} | ${cells.join(' | ')} |`);
      }
    }
  }
});

function rows(from: number) {
  const batches = Array.from({ length: Math.min(perCommit, documents - from) }, (_, index) => {
    const { label, texts, vectors } = documentAt(from + index);
    return { documentId: `doc_${from + index}`, revision: 1, label, chunks: toChunks(texts), vectors };
  });
  return toArrowTable(batches, { dimensions, embedModel: 'made' });
}

function whereFor(person: Person): string {
  const ids = new Set<string>();
  for (let document = 0; document < documents; document++) {
    if (maySee(person, document)) ids.add(labelId(labelOf(document)));
  }
  return `acl IN (${[...ids].map((id) => `'${id}'`).join(',')})`;
}

function idsOf(found: readonly { readonly id: unknown }[]): readonly string[] {
  return found.map(({ id }) => String(id));
}
