/** Reads of a store against what the model answers. */
import type { AccessScope } from '../../src/access/scope.ts';
import { labelId } from '../../src/access/label.ts';
import type { ChunkStore } from '../../src/store/chunk-store.ts';
import { cosineOf, isVisible, type ModelRow, type Person, type StoreModel } from './model.ts';
import type { Question } from './world.ts';

export interface Comparison {
  /** Rows that came back for somebody who may not see them. */
  readonly leaks: readonly string[];
  readonly differences: readonly string[];
  /** Of the nearest rows, how many were found, and of how many. */
  readonly found: number;
  readonly wanted: number;
}

export interface Asked {
  /** Nothing is written, compacted or pruned meanwhile. */
  readonly isAtRest: boolean;
  readonly person: Person;
  readonly scope: AccessScope;
  readonly question: Question;
  readonly limit: number;
  /** A document to count the chunks of. */
  readonly documentId: string;
  /** All that are or were there. */
  readonly chunkIds: readonly string[];
}

const scoreTolerance = 1e-4;

export async function compare(store: ChunkStore, model: StoreModel, asked: Asked): Promise<Comparison> {
  const { person, scope, question, limit, documentId } = asked;
  const visible = model.visible(person);
  const nearest = model.nearest(person, question.vector);
  const matching = model.matching(person, question.words);
  const [all, one, byId, vector, keyword, everyMatch] = await Promise.all([
    store.countChunks(scope),
    store.countChunks(scope, documentId),
    store.chunksById(scope, asked.chunkIds),
    store.vectorSearch(scope, question.vector, { limit }),
    store.keywordSearch(scope, question.text, { limit }),
    store.keywordSearch(scope, question.text, { limit: model.rows.size + 1 }),
  ]);
  const leaks: string[] = [];
  const differences: string[] = [];
  const differ = (what: string, got: unknown, wanted: unknown) => {
    if (JSON.stringify(got) !== JSON.stringify(wanted)) {
      differences.push(`${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`);
    }
  };
  const idsOf = (rows: readonly { readonly chunk: { readonly chunkId: string } }[]) =>
    rows.map(({ chunk }) => chunk.chunkId);
  const watched = { vector: idsOf(vector), keyword: idsOf(everyMatch), ids: byId.map(({ chunkId }) => chunkId) };
  for (const [what, ids] of Object.entries({ ...watched, 'keyword, few': idsOf(keyword) })) {
    if (new Set(ids).size !== ids.length) differences.push(`${what}: a row came twice`);
    for (const id of ids) {
      const row = model.rows.get(id);
      if (row === undefined) differences.push(`${what}: ${id} is not there any more`);
      else if (!isVisible(person, row.label)) leaks.push(`${what}: ${id}`);
    }
  }
  differ('count', all, visible.length);
  differ('count of a document', one, visible.filter((row) => row.documentId === documentId).length);
  differ('ids', watched.ids.toSorted(), visible.map(({ chunkId }) => chunkId).toSorted());
  differ('keyword', watched.keyword.toSorted(), matching.map(({ chunkId }) => chunkId).toSorted());
  differ('keyword rows', keyword.length, Math.min(limit, matching.length));
  differ('vector rows', vector.length, Math.min(limit, nearest.length));
  const rounded = (rows: readonly { readonly score: number }[]) => rows.map(({ score }) => score.toFixed(4));
  // Two searches may see two states of the table, and the word statistics of deleted rows go with the second.
  if (asked.isAtRest) differ('keyword scores', rounded(keyword), rounded(everyMatch.slice(0, limit)));
  for (const chunk of [...byId, ...vector.map((row) => row.chunk), ...everyMatch.map((row) => row.chunk)]) {
    const row = model.rows.get(chunk.chunkId);
    if (row !== undefined) differ(`content of ${chunk.chunkId}`, contentOf(chunk), modelContentOf(row));
  }
  for (const { chunkId, vector: stored } of byId) {
    const wanted = model.rows.get(chunkId)?.vector ?? null;
    differ(`vector of ${chunkId}`, stored && [...stored], wanted && [...wanted]);
  }
  for (const [rank, { chunk, score }] of vector.entries()) {
    const stored = model.rows.get(chunk.chunkId)?.vector ?? null;
    const cosine = stored === null ? Number.NaN : cosineOf(question.vector, stored);
    if (!(Math.abs(cosine - score) < scoreTolerance)) differ(`score of ${chunk.chunkId}`, score, cosine);
    if (score > (vector[rank - 1]?.score ?? Number.POSITIVE_INFINITY)) differences.push('vector: not in order');
  }
  // Equal ones may stand in for each other, so what counts is how near the rows are.
  const last = nearest[Math.min(limit, nearest.length) - 1]?.cosine ?? Number.POSITIVE_INFINITY;
  const found = vector.filter(({ score }) => score >= last - scoreTolerance).length;
  return { leaks, differences, found, wanted: Math.min(limit, nearest.length) };
}

/**
 * After an operation that was cut short: what it did not touch is as it was; what it touched is as before, as after, or absent
 * until the operation is performed again.
 */
export async function compareCutShort(
  store: ChunkStore,
  before: StoreModel,
  after: StoreModel,
  isTouched: (documentId: string) => boolean,
  { person, scope, chunkIds }: Pick<Asked, 'person' | 'scope' | 'chunkIds'>,
): Promise<Pick<Comparison, 'leaks' | 'differences'>> {
  const rows = await store.chunksById(scope, chunkIds);
  const leaks: string[] = [];
  const differences: string[] = [];
  const contentIn = (model: StoreModel, chunkId: string) => {
    const row = model.rows.get(chunkId);
    return row === undefined || !isVisible(person, row.label) ? undefined : JSON.stringify(modelContentOf(row));
  };
  const present = new Set<string>();
  for (const chunk of rows) {
    present.add(chunk.chunkId);
    const content = JSON.stringify(contentOf(chunk));
    const states = [contentIn(before, chunk.chunkId), contentIn(after, chunk.chunkId)];
    if (states.every((state) => state === undefined)) leaks.push(`cut short: ${chunk.chunkId}`);
    else if (!states.includes(content)) differences.push(`cut short: ${chunk.chunkId} is neither old nor new`);
  }
  if (present.size !== rows.length) differences.push('cut short: a row came twice');
  for (const row of before.visible(person)) {
    if (!isTouched(row.documentId) && !present.has(row.chunkId)) differences.push(`cut short: ${row.chunkId} is lost`);
  }
  return { leaks, differences };
}

function contentOf(chunk: { readonly text: string; readonly labelId: string; readonly revision: number }) {
  return [chunk.text, chunk.labelId, chunk.revision];
}

function modelContentOf(row: ModelRow) {
  return [row.text, labelId(row.label), row.revision];
}
