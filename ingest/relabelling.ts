/** An operator's label for one document. Effective in the catalogue, and so for every reader, at once; what came attached follows it. */
import type { AccessLabel } from '../src/access/label.ts';
import type { Catalog, DocumentRecord } from '../src/catalog/catalog.ts';
import { DocumentChanges } from './document-changes.ts';
import { IngestTally } from './tally.ts';

export async function relabelInCatalog(
  catalog: Catalog,
  { documentId, uri }: Pick<DocumentRecord, 'documentId' | 'uri'>,
  label: AccessLabel,
): Promise<void> {
  await new DocumentChanges(catalog, new IngestTally(undefined), false).relabelAttachments(uri, label);
  await catalog.relabelDocument(documentId, label, { isOverride: true });
}
