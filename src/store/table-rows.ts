/** What lies in a table row by row, for checks of the whole. Nothing here is asked by a person's query. */
import type { Table } from '@lancedb/lancedb';
import type { DocumentRows, StoreRows } from './chunk-store.ts';
import { literal } from './predicate.ts';

/** Reads every byte of every row, so that a damaged file is found by it. */
export async function inspectRows(table: Table): Promise<StoreRows> {
  const documents = new Map<string, { -readonly [Key in keyof DocumentRows]: DocumentRows[Key] }>();
  const rowsByLabel = new Map<string, number>();
  for await (const batch of table.query()) {
    const [ids, revisions, labels, models] = ['docId', 'docRev', 'acl', 'embedModel'].map((name) =>
      batch.getChild(name),
    );
    for (let row = 0; row < batch.numRows; row++) {
      const documentId = String(ids?.get(row));
      const revision = Number(revisions?.get(row));
      const labelId = String(labels?.get(row));
      const key = `${documentId}#${revision}#${labelId}`;
      const found = documents.get(key) ?? { documentId, revision, labelId, rows: 0, embeddedRows: 0 };
      found.rows += 1;
      if (models?.get(row) !== '') found.embeddedRows += 1;
      documents.set(key, found);
      rowsByLabel.set(labelId, (rowsByLabel.get(labelId) ?? 0) + 1);
    }
  }
  let misindexedRows = 0;
  for (const [labelId, rows] of rowsByLabel) {
    misindexedRows += Math.abs(rows - (await table.countRows(`acl = ${literal(labelId)}`)));
  }
  return { documents: [...documents.values()], misindexedRows };
}

export async function* columnTexts(table: Table, column: string): AsyncIterable<readonly string[]> {
  for await (const batch of table.query().select([column])) {
    const texts = batch.getChild(column);
    yield Array.from({ length: batch.numRows }, (_, row) => String(texts?.get(row)));
  }
}
