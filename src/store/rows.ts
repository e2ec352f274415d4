/**
 * How chunks lie in the table. Types are explicit and no column is nullable: the engine infers wrong types from values and has
 * had faults with nulls, so sentinels stand for "none". `id` is the first field, because upstream merges by key went wrong otherwise.
 */
import { createRequire } from 'node:module';
import type { Data, Schema, Table, Utf8 } from 'apache-arrow';
import { labelId, tagsOf } from '../access/label.ts';
import type { Chunk } from '../core/chunk.ts';
import { PerseaError } from '../core/errors.ts';
import { chunkId, partsOfChunkId } from '../core/ids.ts';
import type { ChunkBody } from './chunk-bodies.ts';
import type { ChunkBatch } from './chunk-store.ts';
import { isId } from './predicate.ts';

export interface RowLayout {
  /** Null: the table has no vectors at all. */
  readonly dimensions: number | null;
  /** Stands in `embedModel` of rows that have a vector; rows without one have an empty string there and a zero vector. */
  readonly embedModel: string;
}

/**
 * What a chunk is made from. Each column that a query reads of scattered rows costs as much as a tenth of the search, so what is small lies
 * together in one (see `Place`), and the text is the end of `indexText`.
 */
export const placeColumn = 'place';
export const chunkColumns = [placeColumn, 'indexText', 'acl'] as const;
export const vectorColumn = 'vector';

const noPage = 0;

/** As JSON in `place`. */
type Place = readonly [
  chunkId: string,
  page: number,
  start: number,
  end: number,
  tokens: number,
  headingPath: readonly string[],
];

/** The same from the other columns, for tables that were made before there was this one: ids hold nothing that JSON escapes. */
export const placeSql = `concat('["', id, '",', ${['page', 'startOffset', 'endOffset', 'tokens'].map((name) => `cast(${name} as string)`).join(`, ',', `)}, ',', headingPath, ']')`;

/** The same copy that the engine itself requires: an `import` would load the package a second time, as ES modules. */
function arrow(): typeof import('apache-arrow') {
  return createRequire(import.meta.url)('apache-arrow') as typeof import('apache-arrow');
}

function schemaOf(layout: RowLayout): Schema {
  const { Field, FixedSizeList, Float32, Int32, List, Schema, Utf8 } = arrow();
  const text = (name: string) => new Field(name, new Utf8(), false);
  const integer = (name: string) => new Field(name, new Int32(), false);
  return new Schema([
    text('id'),
    text('docId'),
    integer('docRev'),
    // From here to `text`, and `headingPath` and `tags`: for people who open the table with other tools. No query reads them. `tags` has
    // no index: a label-list index keeps matching old tags after a partial merge, which would show revoked rows.
    integer('ordinal'),
    integer('page'),
    integer('startOffset'),
    integer('endOffset'),
    integer('tokens'),
    text('text'),
    text('indexText'),
    text('headingPath'),
    new Field('tags', new List(new Field('item', new Utf8(), true)), false),
    text('acl'),
    text('embedModel'),
    text(placeColumn),
    ...(layout.dimensions === null
      ? []
      : [new Field('vector', new FixedSizeList(layout.dimensions, new Field('item', new Float32(), true)), false)]),
  ]);
}

/** One record batch from typed arrays, which is several times faster than row objects. */
export function toArrowTable(batches: readonly ChunkBatch[], layout: RowLayout): Table {
  const { Field, Int32, List, makeData, RecordBatch, Struct, Table, Utf8 } = arrow();
  const schema = schemaOf(layout);
  const rows = batches.flatMap((batch) => batch.chunks.map((chunk) => ({ batch, chunk })));
  for (const batch of batches) checkBatch(batch, layout);
  const strings = (values: readonly string[]): Data => makeUtf8(values);
  const integers = (values: readonly number[]): Data =>
    makeData({ type: new Int32(), length: values.length, data: Int32Array.from(values) });
  const tagLists = rows.map(({ batch }) => tagsOf(batch.label));
  const tagOffsets = new Int32Array(rows.length + 1);
  for (const [index, tags] of tagLists.entries()) tagOffsets[index + 1] = (tagOffsets[index] ?? 0) + tags.length;
  const labelIds = new Map(batches.map((batch) => [batch, labelId(batch.label)]));
  const children: Data[] = [
    strings(rows.map(({ batch, chunk }) => chunkId(batch.documentId, batch.revision, chunk.ordinal))),
    strings(rows.map(({ batch }) => batch.documentId)),
    integers(rows.map(({ batch }) => batch.revision)),
    integers(rows.map(({ chunk }) => chunk.ordinal)),
    integers(rows.map(({ chunk }) => chunk.page ?? noPage)),
    integers(rows.map(({ chunk }) => chunk.start)),
    integers(rows.map(({ chunk }) => chunk.end)),
    integers(rows.map(({ chunk }) => chunk.tokens)),
    strings(rows.map(({ chunk }) => chunk.text)),
    strings(rows.map(({ chunk }) => chunk.indexText)),
    strings(rows.map(({ chunk }) => JSON.stringify(chunk.headingPath))),
    makeData({
      type: new List(new Field('item', new Utf8(), true)),
      length: rows.length,
      valueOffsets: tagOffsets,
      child: makeUtf8(tagLists.flat()),
    }),
    strings(rows.map(({ batch }) => labelIds.get(batch) ?? '')),
    strings(rows.map(({ batch }) => (batch.vectors === null ? '' : layout.embedModel))),
    strings(rows.map(({ batch, chunk }) => JSON.stringify(placeOf(batch, chunk)))),
  ];
  if (layout.dimensions !== null) children.push(makeVectors(batches, rows.length, layout.dimensions));
  const data = makeData({ type: new Struct(schema.fields), length: rows.length, children });
  return new Table(schema, new RecordBatch(schema, data));
}

function placeOf({ documentId, revision }: ChunkBatch, chunk: Chunk): Place {
  const { ordinal, page, start, end, tokens, headingPath } = chunk;
  return [chunkId(documentId, revision, ordinal), page ?? noPage, start, end, tokens, headingPath];
}

function makeUtf8(values: readonly string[]): Data<Utf8> {
  const { makeData, Utf8 } = arrow();
  const offsets = new Int32Array(values.length + 1);
  for (const [index, value] of values.entries()) offsets[index + 1] = (offsets[index] ?? 0) + Buffer.byteLength(value);
  const bytes = Buffer.allocUnsafe(offsets[values.length] ?? 0);
  for (const [index, value] of values.entries()) bytes.write(value, offsets[index] ?? 0);
  return makeData({ type: new Utf8(), length: values.length, valueOffsets: offsets, data: bytes });
}

function makeVectors(batches: readonly ChunkBatch[], rowCount: number, dimensions: number): Data {
  const { Field, FixedSizeList, Float32, makeData } = arrow();
  const values = new Float32Array(rowCount * dimensions);
  let row = 0;
  for (const batch of batches) {
    for (const [index] of batch.chunks.entries()) {
      const vector = batch.vectors?.[index];
      if (vector !== undefined) values.set(vector, row * dimensions);
      row += 1;
    }
  }
  return makeData({
    type: new FixedSizeList(dimensions, new Field('item', new Float32(), true)),
    length: rowCount,
    child: makeData({ type: new Float32(), length: values.length, data: values }),
  });
}

function checkBatch(batch: ChunkBatch, layout: RowLayout): void {
  const refuse = (problem: string) =>
    new PerseaError('internal', `Chunks of revision ${batch.revision} of a document ${problem}; nothing was written.`);
  if (!isId(batch.documentId)) throw refuse('have an id that the store does not allow');
  const ordinals = new Set(batch.chunks.map((chunk) => chunk.ordinal));
  if (ordinals.size !== batch.chunks.length) throw refuse('have the same ordinal twice');
  if (!batch.chunks.every(isWhole))
    throw refuse('have a text that is not as long as its span, or not the end of its index text');
  if (batch.vectors === null) return;
  if (layout.dimensions === null) throw refuse('have vectors, but the table has none');
  if (batch.vectors.length !== batch.chunks.length) throw refuse('have another number of vectors than of texts');
  for (const vector of batch.vectors) {
    if (!isUsableVector(vector, layout.dimensions)) {
      throw refuse(`have a vector that is not ${layout.dimensions} finite numbers other than all zero`);
    }
  }
}

/** Readers take the text from the end of the index text. */
function isWhole({ text, indexText, start, end }: Chunk): boolean {
  return text.length === end - start && indexText.endsWith(text);
}

/** A zero vector has no direction: its cosine distance to anything is not a number. */
export function isUsableVector(vector: Float32Array, dimensions: number): boolean {
  let squares = 0;
  for (const value of vector) squares += value * value;
  return vector.length === dimensions && Number.isFinite(squares) && squares > 0;
}

/** Decodes what a query returned; the columns must include `chunkColumns`. Vectors are null where theirs is not among them. */
export function toChunkBodies(table: Table): readonly ChunkBody[] {
  const [places, indexTexts, labels, vectors] = [...chunkColumns, vectorColumn].map((name) => table.getChild(name));
  return Array.from({ length: table.numRows }, (_, row) => {
    const [chunkId, page, start, end, tokens, headingPath] = JSON.parse(places?.get(row)) as Place;
    const indexText = indexTexts?.get(row) as string;
    const chunk = {
      chunkId,
      ...partsOfChunkId(chunkId),
      page: page === noPage ? null : page,
      start,
      end,
      tokens,
      text: indexText.slice(indexText.length - (end - start)),
      indexText,
      headingPath,
      labelId: labels?.get(row) as string,
    };
    return {
      chunk,
      vector: vectors === null || vectors === undefined ? null : ownVector(vectors.get(row).toArray() as Float32Array),
    };
  });
}

/** A copy, because the engine's memory of a whole answer would be kept for one row of it; null for that of a row without one. */
function ownVector(values: Float32Array): Float32Array | null {
  return isUsableVector(values, values.length) ? values.slice() : null;
}
