/**
 * The catalogue's last word on every row that the store returned: the store may be behind it. A row passes when its
 * document is visible to the scope now, what was asked for holds of it, its revision is the current one and the label stored
 * beside it is the current one.
 */
import type { AccessScope } from '../access/scope.ts';
import type { CatalogReader, DocumentRecord } from '../catalog/catalog.ts';
import type { StoredChunk } from '../core/chunk.ts';
import type { FactFilter } from '../core/fact-filter.ts';

export type DropReason = 'absent' | 'revision' | 'label';

export interface Recheck {
  /** Documents of the rows that passed, by id. */
  readonly documents: ReadonlyMap<string, DocumentRecord>;
  /** Null when the row passed. */
  verdict(chunk: StoredChunk): DropReason | null;
}

export async function recheckDocuments(
  catalog: Pick<CatalogReader, 'documentsById'>,
  scope: AccessScope,
  documentIds: Iterable<string>,
  facts?: FactFilter,
): Promise<Recheck> {
  const wanted = [...new Set(documentIds)].sort();
  const documents = wanted.length === 0 ? new Map() : await catalog.documentsById(scope, wanted, facts);
  return {
    documents,
    verdict(chunk) {
      const document: DocumentRecord | undefined = documents.get(chunk.documentId);
      // The catalogue already left out what the scope does not permit; asked again, because this is the last gate.
      if (document === undefined || !scope.permits(document.label)) return 'absent';
      if (document.revision !== chunk.revision) return 'revision';
      return document.labelId === chunk.labelId ? null : 'label';
    },
  };
}
