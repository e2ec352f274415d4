/**
 * The planner's numbers on vectors of a real model, because made clusters flatter an index: `npm run bench:real-vectors` (`--passages N`,
 * `--parts N`). Passages of about 50 words from the corpora beside the repository, embedded once and cached; the approximate index
 * with more parts than it would choose, so that a part holds about as large a share of the rows as at a million.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { VectorQuery } from '@lancedb/lancedb';
import { canonicalLabel, labelId } from '../src/access/label.ts';
import { everyPartition } from '../src/store/planner.ts';
import { toArrowTable } from '../src/store/rows.ts';
import { benchEmbedder, cacheDir } from './evaluation.ts';
import { madeChunks } from './made-revision.ts';
import { machine, median, print, sharedData, withTemporaryFolder } from './support.ts';

const { values } = parseArgs({
  options: {
    passages: { type: 'string', default: '10000' },
    parts: { type: 'string', default: '400' },
    questions: { type: 'string', default: '100' },
    model: { type: 'string', default: 'bge-small-en-v1.5' },
  },
});
const sets = ['scifact-train', 'cranfield', 'cisi', 'mtrag-un', 'hotpotqa-sample', 'clapnq', 'squad2'];
const passageWords = 50;
const parts = Number(values.parts);
/** Each document has one of these labels; who sees a share of them sees that share of the rows, scattered over all topics. */
const labelCount = 100;
const shares = [1, 0.9, 0.3, 0.1, 0.03, 0.01];
const limits = [10, 100];

interface Text {
  readonly set: string;
  readonly text: string;
}

const present = sets.filter((set) => existsSync(join(sharedData, set)));
if (present.length < sets.length) throw new Error(`The corpora are not all there: ${sharedData}`);
mkdirSync(cacheDir, { recursive: true });
const embedder = await benchEmbedder(values.model);
if (embedder === null) throw new Error('A model is needed.');
const passages = spread(present.flatMap(passagesOf), Number(values.passages));
const asked = spread(present.flatMap(questionsOf), Number(values.questions));
const vectors = await embedder.embedDocuments(passages.map(({ text }) => text));
const questions: { readonly set: string; readonly vector: Float32Array }[] = [];
for (const { set, text } of asked) questions.push({ set, vector: await embedder.embedQuery(text) });
await embedder.close();

await withTemporaryFolder(async (folder) => {
  const { connect, Index } = await import('@lancedb/lancedb');
  const connection = await connect(join(folder, 'lance'));
  const made = await connection.createTable('real', rows());
  await made.createIndex('acl', { config: Index.bitmap() });
  const table = await connection.openTable('real');
  const search = (vector: Float32Array, where: string, limit: number) =>
    table
      .query()
      .nearestTo(vector)
      .column('vector')
      .distanceType('cosine')
      .where(where)
      .select(['id', '_distance'])
      .limit(limit);
  const people: readonly { readonly name: string; readonly whereFor: (set: string) => string }[] = [
    ...shares.map((share) => ({ name: `${share * 100} %`, whereFor: () => whereOf(present, share) })),
    {
      name: 'all but the sets of the question',
      whereFor: (set: string) =>
        whereOf(
          present.filter((other) => other !== set),
          1,
        ),
    },
  ];
  print(
    `Recall@10 / recall@100 against an exact search, ${passages.length} passages of ${present.length} corpora, ${values.model}, ${questions.length} real questions. ${machine()}\n`,
  );
  print(`| bits | parts searched of ${parts} | compared in full | ${people.map(({ name }) => name).join(' | ')} |`);
  print(`| --- | --- | --- |${' --- |'.repeat(people.length)}`);
  const truth = new Map<string, readonly string[]>();
  for (const { name, whereFor } of people) {
    for (const limit of limits) {
      for (const [index, { set, vector }] of questions.entries()) {
        const exact = await search(vector, whereFor(set), limit).bypassVectorIndex().toArray();
        truth.set(`${name} ${limit} ${index}`, idsOf(exact));
      }
    }
  }
  const recallsOf = async (name: string, query: (vector: Float32Array, set: string, limit: number) => VectorQuery) => {
    const recalls: string[] = [];
    for (const limit of limits) {
      let [found, wanted] = [0, 0];
      for (const [index, { set, vector }] of questions.entries()) {
        const ids = new Set(idsOf(await query(vector, set, limit).toArray()));
        const nearest = truth.get(`${name} ${limit} ${index}`) ?? [];
        found += nearest.filter((id) => ids.has(id)).length;
        wanted += nearest.length;
      }
      recalls.push((found / wanted).toFixed(3));
    }
    return recalls.join(' / ');
  };
  for (const numBits of [1, 4]) {
    const config = Index.ivfRq({ distanceType: 'cosine', numBits, numPartitions: parts });
    await table.createIndex('vector', { config, name: 'vector', replace: true });
    for (const nprobes of [8, 20, 60, 120, parts]) {
      for (const refine of numBits === 1 ? [5, 40] : [1, 5]) {
        const cells: string[] = [];
        for (const { name, whereFor } of people) {
          cells.push(
            await recallsOf(name, (vector, set, limit) =>
              search(vector, whereFor(set), limit).maximumNprobes(0).minimumNprobes(nprobes).refineFactor(refine),
            ),
          );
        }
        print(`| ${numBits} | ${nprobes} | ${refine} | ${cells.join(' | ')} |`);
      }
    }
  }
  print(`\nA small index, searched whole without comparing in full, and so many rows more than are wanted:\n`);
  print(`| bits | rows more | ${people.map(({ name }) => name).join(' | ')} |`);
  print(`| --- | --- |${' --- |'.repeat(people.length)}`);
  const config = Index.ivfRq({ distanceType: 'cosine', numBits: 4 });
  await table.createIndex('vector', { config, name: 'vector', replace: true });
  for (const spare of [0, 50, 100]) {
    const cells: string[] = [];
    for (const { name, whereFor } of people) {
      cells.push(
        await recallsOf(name, (vector, set, limit) =>
          search(vector, whereFor(set), limit + spare)
            .maximumNprobes(0)
            .minimumNprobes(everyPartition),
        ),
      );
    }
    print(`| 4 | ${spare} | ${cells.join(' | ')} |`);
  }
  const times = await timesOf(async (vector, set) => {
    await search(vector, whereOf(present, 1), 100).bypassVectorIndex().toArray();
    return set;
  });
  print(`\nComparing all rows took ${median(times).toFixed(1)} ms.`);
});

async function timesOf(run: (vector: Float32Array, set: string) => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (const { set, vector } of questions) {
    const startedAt = performance.now();
    await run(vector, set);
    times.push(performance.now() - startedAt);
  }
  return times;
}

function rows() {
  const documents = 10;
  const batches = [];
  for (let first = 0; first < passages.length; first += documents) {
    for (const set of present) {
      const own = passages.slice(first, first + documents).flatMap((passage, index) => {
        const vector = vectors[first + index];
        return passage.set === set && vector !== undefined ? [{ text: passage.text, vector }] : [];
      });
      if (own.length === 0) continue;
      batches.push({
        documentId: `doc_${set}_${first}`,
        revision: 1,
        label: labelAt(set, (first / documents) % labelCount),
        chunks: madeChunks(
          own.map(({ text }) => text),
          passageWords,
        ),
        vectors: own.map(({ vector }) => vector),
      });
    }
  }
  return toArrowTable(batches, { dimensions: vectors[0]?.length ?? 0, embedModel: 'real' });
}

function labelAt(set: string, number: number) {
  return canonicalLabel({ anyOf: [`${set}-${number}`] });
}

function whereOf(visibleSets: readonly string[], share: number): string {
  const ids = visibleSets.flatMap((set) =>
    Array.from({ length: Math.round(labelCount * share) }, (_, number) =>
      labelId(labelAt(set, (number * 37) % labelCount)),
    ),
  );
  return `acl IN (${ids.map((id) => `'${id}'`).join(',')})`;
}

function passagesOf(set: string): readonly Text[] {
  return recordsOf(set, 'corpus.jsonl').flatMap(({ text }) => {
    const words = text.split(/\s+/);
    const count = Math.max(1, Math.round(words.length / passageWords));
    const size = Math.ceil(words.length / count);
    return Array.from({ length: count }, (_, index) => ({
      set,
      text: words.slice(index * size, (index + 1) * size).join(' '),
    }));
  });
}

function questionsOf(set: string): readonly Text[] {
  return recordsOf(set, 'queries.jsonl').map(({ text }) => ({ set, text: text.slice(-500) }));
}

function recordsOf(set: string, file: string): readonly { readonly text: string }[] {
  const lines = readFileSync(join(sharedData, set, file), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as { readonly text: string }).filter(({ text }) => text !== '');
}

/** So many of them, from the whole list. */
function spread<T>(list: readonly T[], count: number): readonly T[] {
  const step = Math.max(1, list.length / count);
  return Array.from({ length: Math.min(count, list.length) }, (_, index) => list[Math.floor(index * step)]).filter(
    (one) => one !== undefined,
  );
}

function idsOf(found: readonly { readonly id: unknown }[]): readonly string[] {
  return found.map(({ id }) => String(id));
}
