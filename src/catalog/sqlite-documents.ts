/** Reads of documents. The scope is part of each statement, and each row's label is checked against it once more. */
import type { AccessLabel, LabelInput } from '../access/label.ts';
import { type AccessScope, assertGenuineScope } from '../access/scope.ts';
import type { Block, DocumentProperties, Warning } from '../core/document.ts';
import type { FactFilter } from '../core/fact-filter.ts';
import { Memo } from '../core/memo.ts';
import {
  type DocumentFilter,
  type DocumentRecord,
  type FactCount,
  type FactCounts,
  maxFactValues,
  type StoredText,
} from './catalog.ts';
import type { SqliteConnection, SqlParameters } from './sqlite-connection.ts';
import { dateSql, factCondition, languageSql } from './sqlite-facts.ts';

interface DocumentRow {
  readonly document_id: string;
  readonly uri: string;
  readonly source: string;
  readonly title: string;
  readonly media_type: string;
  readonly content_hash: string;
  readonly revision: number;
  readonly label_id: string;
  readonly label: string;
  readonly is_label_overridden: number;
  readonly own_label: string | null;
  readonly chunk_count: number;
  readonly token_count: number;
  readonly is_embedded: number;
  readonly page_count: number | null;
  readonly properties: string;
  readonly warnings: string;
  readonly modified_at: number | null;
  readonly created_at: number;
  readonly updated_at: number;
}

const documentColumns = `d.document_id, d.uri, d.source, d.title, d.media_type, d.content_hash, d.revision, d.label_id,
  l.label, d.is_label_overridden, d.own_label, d.chunk_count, d.token_count, d.is_embedded, d.page_count, d.properties,
  d.warnings, d.modified_at, d.created_at, d.updated_at`;
const withLabels = 'JOIN labels l ON l.label_id = d.label_id';
const documentsWithLabels = `documents d ${withLabels}`;
/** Left to itself the planner reads the properties of everything visible. */
const replacingWithLabels = `documents d INDEXED BY documents_by_replaced ${withLabels}`;

const idsCondition = 'd.document_id IN (SELECT value FROM json_each(:documentIds))';
const idsParameter = (documentIds: readonly string[]) => ({ documentIds: JSON.stringify(documentIds) });

const maxReplacing = 100;
/** Some 8 MB; a question comes upon some hundred documents. */
const maxKnownRecords = 4_000;

export class SqliteDocuments {
  readonly #connection: SqliteConnection;
  /** Labels are few and their rows never change, so each is parsed once. */
  readonly #labels = new Map<string, AccessLabel>();
  /** Of the catalogue's version of the last read by ids. */
  readonly #records = new Memo<string, DocumentRecord>(maxKnownRecords);
  #recordsVersion: number | undefined;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  byId(scope: AccessScope, documentId: string): DocumentRecord | undefined {
    return this.#select(scope, 'd.document_id = :documentId', { documentId })[0];
  }

  byUri(scope: AccessScope, uri: string): DocumentRecord | undefined {
    return this.#select(scope, 'd.uri = :uri', { uri })[0];
  }

  replacing(scope: AccessScope, names: readonly string[]): readonly DocumentRecord[] {
    const named = `json_extract(d.properties, '$.supersedes')`;
    return this.#select(
      scope,
      `${named} IS NOT NULL AND ${named} IN (SELECT value FROM json_each(:names)) ORDER BY d.uri LIMIT ${maxReplacing}`,
      { names: JSON.stringify(names) },
      replacingWithLabels,
    );
  }

  byIds(
    scope: AccessScope,
    documentIds: readonly string[],
    facts: FactFilter = {},
  ): ReadonlyMap<string, DocumentRecord> {
    const { condition, parameters } = factCondition(facts);
    const scoped = scopeCondition(scope);
    const version = this.#connection.catalogVersion();
    if (version !== this.#recordsVersion) this.#records.clear();
    this.#recordsVersion = version;
    // Who may see it is asked anew each time; what else is in a row takes three times as long to read.
    const visible = this.#connection.all<Pick<DocumentRow, 'document_id' | 'revision' | 'label_id'>>(
      `SELECT d.document_id, d.revision, d.label_id FROM documents d
       WHERE ${scoped.condition} AND ${idsCondition} AND ${condition}`,
      { ...scoped.parameters, ...parameters, ...idsParameter(documentIds) },
    );
    const records = new Map<string, DocumentRecord>();
    for (const { document_id, revision, label_id } of visible) {
      const known = this.#records.get(document_id);
      if (known?.revision === revision && known.labelId === label_id) records.set(document_id, known);
    }
    const unknown = visible.map((row) => row.document_id).filter((id) => !records.has(id));
    // To remember these may be to forget others of the same question: taken out before, they are not missed.
    for (const record of unknown.length === 0 ? [] : this.#select(scope, idsCondition, idsParameter(unknown))) {
      this.#records.set(record.documentId, record);
      records.set(record.documentId, record);
    }
    const inOrder = visible.flatMap((row) => records.get(row.document_id) ?? []);
    return new Map(inOrder.filter(({ label }) => scope.permits(label)).map((record) => [record.documentId, record]));
  }

  ids(
    scope: AccessScope,
    facts: FactFilter,
    { hold, limit }: { readonly hold: boolean; readonly limit: number },
  ): readonly string[] {
    const scoped = scopeCondition(scope);
    const { condition, parameters } = factCondition(facts);
    const rows = this.#connection.all<{ document_id: string; label_id: string; label: string }>(
      `SELECT d.document_id, d.label_id, l.label FROM ${documentsWithLabels}
       WHERE ${scoped.condition} AND (${condition}) ${hold ? 'IS TRUE' : 'IS NOT TRUE'} ORDER BY d.document_id LIMIT :limit`,
      { ...scoped.parameters, ...parameters, limit },
    );
    return rows.filter((row) => scope.permits(this.#label(row))).map((row) => row.document_id);
  }

  factCounts(scope: AccessScope, facts: FactFilter): FactCounts {
    const scoped = scopeCondition(scope);
    const { condition, parameters } = factCondition(facts);
    const countsOf = (value: string): readonly FactCount[] => {
      const rows = this.#connection.all<{ label_id: string; label: string; value: string; count: number }>(
        `SELECT d.label_id, l.label, ${value} AS value, COUNT(*) AS count FROM ${documentsWithLabels}
         WHERE ${scoped.condition} AND (${condition}) AND ${value} IS NOT NULL GROUP BY d.label_id, value`,
        { ...scoped.parameters, ...parameters },
      );
      const counts = new Map<string, number>();
      for (const row of rows) {
        if (scope.permits(this.#label(row))) counts.set(row.value, (counts.get(row.value) ?? 0) + row.count);
      }
      return [...counts]
        .map(([name, count]) => ({ value: name, count }))
        .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
        .slice(0, maxFactValues);
    };
    return {
      source: countsOf('d.source'),
      mediaType: countsOf('d.media_type'),
      language: countsOf(languageSql),
      year: countsOf(`strftime('%Y', ${dateSql} / 1000, 'unixepoch')`),
    };
  }

  list(scope: AccessScope, filter: DocumentFilter): readonly DocumentRecord[] {
    const { condition, parameters } = conditionOf(filter);
    return this.#select(scope, `${condition} ORDER BY d.uri LIMIT :limit`, {
      ...parameters,
      limit: filter.limit ?? -1,
    });
  }

  /** `limit` does not bound a count. */
  count(scope: AccessScope, filter: DocumentFilter): number {
    const scoped = scopeCondition(scope);
    const { condition, parameters } = conditionOf(filter);
    const rows = this.#connection.all<{ label_id: string; label: string; count: number }>(
      `SELECT d.label_id, l.label, COUNT(*) AS count FROM ${documentsWithLabels}
       WHERE ${scoped.condition} AND ${condition} GROUP BY d.label_id`,
      { ...scoped.parameters, ...parameters },
    );
    return rows.reduce((sum, row) => (scope.permits(this.#label(row)) ? sum + row.count : sum), 0);
  }

  text(scope: AccessScope, documentId: string): StoredText | undefined {
    const scoped = scopeCondition(scope);
    const row = this.#connection.get<{
      label_id: string;
      label: string;
      revision: number;
      text: string;
      blocks: string;
    }>(
      `SELECT d.label_id, l.label, d.revision, t.text, t.blocks
       FROM ${documentsWithLabels} JOIN texts t ON t.document_id = d.document_id
       WHERE ${scoped.condition} AND d.document_id = :documentId`,
      { ...scoped.parameters, documentId },
    );
    if (row === undefined || !scope.permits(this.#label(row))) return undefined;
    return { documentId, revision: row.revision, text: row.text, blocks: JSON.parse(row.blocks) as readonly Block[] };
  }

  distinctLabels(): readonly AccessLabel[] {
    const rows = this.#connection.all<{ label_id: string; label: string }>(
      `SELECT l.label_id, l.label FROM labels l
       WHERE EXISTS (SELECT 1 FROM documents d WHERE d.label_id = l.label_id) ORDER BY l.label_id`,
    );
    return rows.map((row) => this.#label(row));
  }

  #select(
    scope: AccessScope,
    condition: string,
    parameters: SqlParameters,
    tables: string = documentsWithLabels,
  ): readonly DocumentRecord[] {
    const scoped = scopeCondition(scope);
    const rows = this.#connection.all<DocumentRow>(
      `SELECT ${documentColumns} FROM ${tables} WHERE ${scoped.condition} AND ${condition}`,
      { ...scoped.parameters, ...parameters },
    );
    return rows.map((row) => this.#record(row)).filter((record) => scope.permits(record.label));
  }

  #record(row: DocumentRow): DocumentRecord {
    return {
      documentId: row.document_id,
      uri: row.uri,
      source: row.source,
      title: row.title,
      mediaType: row.media_type,
      contentHash: row.content_hash,
      revision: row.revision,
      label: this.#label(row),
      labelId: row.label_id,
      isLabelOverridden: row.is_label_overridden === 1,
      ownLabel: row.own_label === null ? null : (JSON.parse(row.own_label) as LabelInput),
      chunkCount: row.chunk_count,
      tokenCount: row.token_count,
      isEmbedded: row.is_embedded === 1,
      pageCount: row.page_count,
      properties: JSON.parse(row.properties) as DocumentProperties,
      warnings: JSON.parse(row.warnings) as readonly Warning[],
      modifiedAt: row.modified_at,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    };
  }

  #label(row: { readonly label_id: string; readonly label: string }): AccessLabel {
    let label = this.#labels.get(row.label_id);
    if (label === undefined) {
      label = JSON.parse(row.label) as AccessLabel;
      this.#labels.set(row.label_id, label);
    }
    return label;
  }
}

/** Each question asks several times, of thousands of labels for some. */
const labelIdLists = new WeakMap<AccessScope, string>();

/** A person's condition lists label ids, so an empty list matches nothing; only the system's scope has none. */
export function scopeCondition(scope: AccessScope): { readonly condition: string; readonly parameters: SqlParameters } {
  assertGenuineScope(scope);
  if (scope.labelIds === 'all') return { condition: 'TRUE', parameters: {} };
  let labelIds = labelIdLists.get(scope);
  if (labelIds === undefined) {
    labelIds = JSON.stringify([...scope.labelIds]);
    labelIdLists.set(scope, labelIds);
  }
  return {
    condition: 'd.label_id IN (SELECT value FROM json_each(:labelIds))',
    parameters: { labelIds },
  };
}

function conditionOf(filter: DocumentFilter): { readonly condition: string; readonly parameters: SqlParameters } {
  const conditions: string[] = ['TRUE'];
  const parameters: Record<string, string | number> = {};
  if (filter.source !== undefined) {
    conditions.push('d.source = :source');
    parameters.source = filter.source;
  }
  if (filter.uriPrefix !== undefined) {
    // The comparison lets the index find the first; LIKE would treat `_` and `%` of a uri as wildcards.
    conditions.push('d.uri >= :uriPrefix AND substr(d.uri, 1, length(:uriPrefix)) = :uriPrefix');
    parameters.uriPrefix = filter.uriPrefix;
  }
  if (filter.isEmbedded !== undefined) {
    conditions.push('d.is_embedded = :isEmbedded');
    parameters.isEmbedded = filter.isEmbedded ? 1 : 0;
  }
  if (filter.afterUri !== undefined) {
    conditions.push('d.uri > :afterUri');
    parameters.afterUri = filter.afterUri;
  }
  return { condition: conditions.join(' AND '), parameters };
}
