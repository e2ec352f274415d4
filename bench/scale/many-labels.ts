/** People who may see 1, 100, 5,000 and all of 10,000 distinct labels: what the length of the list of labels costs. */
import { join } from 'node:path';
import { type AccessLabel, canonicalLabel } from '../../src/access/label.ts';
import { openLanceChunkStore } from '../../src/store/lancedb.ts';
import type { MaintenancePolicy } from '../../src/store/maintenance.ts';
import type { SearchPolicy } from '../../src/store/planner.ts';
import { withoutVectorIndexes } from '../../test/support/lance-table.ts';
import { median, print, quantile } from '../support.ts';
import {
  chunksPerDocument,
  dimensions,
  documentAt,
  documentOfText,
  people,
  questionAt,
  scopeHoldingTags,
  toChunks,
} from './corpus.ts';

const labelCount = 10_000;
const seenCounts = [1, 100, 5_000, labelCount];
const documentsPerCommit = 500;
const questions = 40;
const limit = 10;

/** Each document has a label of its own. Returns what must not be. */
export async function measureManyLabels(
  folder: string,
  rows: number,
  policies: { readonly search: Partial<SearchPolicy>; readonly maintenance: Partial<MaintenancePolicy> },
): Promise<readonly string[]> {
  const place = { directory: join(folder, 'labels'), tableName: 'labels', dimensions };
  const store = await openLanceChunkStore({ ...place, ...policies });
  const exact = await openLanceChunkStore({ ...place, wrapTable: withoutVectorIndexes });
  const perDocument = Math.min(chunksPerDocument, Math.max(1, Math.round(rows / (10 * labelCount))));
  const labels = Array.from({ length: labelCount }, (_, number) => labelAt(number));
  for (let first = 0; first < labelCount; first += documentsPerCommit) {
    const batches = Array.from({ length: documentsPerCommit }, (_, index) => {
      const { texts, vectors } = documentAt(first + index);
      const label = labels[first + index] ?? canonicalLabel({});
      return {
        documentId: `doc_${first + index}`,
        revision: 1,
        label,
        chunks: toChunks(texts.slice(0, perDocument)),
        vectors: vectors.slice(0, perDocument),
      };
    });
    await store.writeChunks(batches, { isFirst: true });
  }
  await store.optimize();
  print(`\n${labelCount} distinct labels over ${labelCount * perDocument} chunks\n`);
  print(
    '| may see labels | scope made ms | count ms, first time | vector p50 / p95 ms | keyword p50 / p95 ms | recall@10 |',
  );
  print('| --- | --- | --- | --- | --- | --- |');
  const problems: string[] = [];
  const [asker] = people;
  if (asker === undefined) throw new Error('Nobody asks.');
  for (const seen of seenCounts) {
    const isSeen = (document: number) => (document * 7_919) % labelCount < seen;
    const tags = labels.flatMap((_, number) => (isSeen(number) ? [tagAt(number)] : []));
    const makeScope = () => scopeHoldingTags(tags, labels);
    const scopeTimes = await Promise.all(Array.from({ length: 5 }, async () => timed(async () => makeScope())));
    const countMs = await timed(() => store.countChunks(makeScope()));
    // The app keeps a person's scope while nothing changes.
    const scope = makeScope();
    const times: { readonly vector: number[]; readonly keyword: number[] } = { vector: [], keyword: [] };
    let found = 0;
    for (let number = 0; number < questions; number++) {
      const question = questionAt(asker, number);
      const texts: string[] = [];
      times.vector.push(
        await timed(async () => {
          texts.push(...(await store.vectorSearch(scope, question.vector, { limit })).map(({ chunk }) => chunk.text));
        }),
      );
      const vectorRows = texts.length;
      const truth = (await exact.vectorSearch(scope, question.vector, { limit })).map(({ chunk }) => chunk.text);
      found += truth.filter((text) => texts.includes(text)).length;
      times.keyword.push(
        await timed(async () => {
          const rows = await store.keywordSearch(scope, question.text, { limit });
          texts.push(...rows.map(({ chunk }) => chunk.text));
        }),
      );
      const wanted = Math.min(limit, seen * perDocument);
      if (truth.length !== wanted) problems.push(`${seen} labels: ${truth.length} rows instead of ${wanted}`);
      if (vectorRows !== wanted) problems.push(`${seen} labels: a list of ${vectorRows} rows instead of ${wanted}`);
      if (!texts.every((text) => isSeen(documentOfText(text)))) problems.push(`${seen} labels: a foreign result`);
    }
    const recall = found / (questions * Math.min(limit, seen * perDocument));
    if (recall < 0.98) problems.push(`${seen} labels: recall ${recall.toFixed(3)}`);
    print(
      `| ${seen} | ${median(scopeTimes).toFixed(1)} | ${countMs.toFixed(1)} | ${shown(times.vector)} | ${shown(times.keyword)} | ${recall.toFixed(3)} |`,
    );
  }
  await store.close();
  await exact.close();
  return problems;
}

function tagAt(number: number): string {
  return `set-${number}`;
}

function labelAt(number: number): AccessLabel {
  return canonicalLabel({ anyOf: [tagAt(number), 'nobody'] });
}

function shown(times: readonly number[]): string {
  return `${quantile(times, 0.5).toFixed(1)} / ${quantile(times, 0.95).toFixed(1)}`;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}
