/** An operator's removals. Effective in the catalogue, and so for every reader, at once; they may be repeated. */
import { systemScope } from '../src/access/scope.ts';
import type { Catalog } from '../src/catalog/catalog.ts';
import type { Removal } from '../src/core/ingestor.ts';
import { cursorSetting } from './prepare-source.ts';

const scope = systemScope('remove');

/** Returns the ids of the documents that went, attachments included. */
export async function removeFromCatalog(
  catalog: Catalog,
  removal: Removal,
  isConfigured: (source: string) => boolean,
): Promise<readonly string[]> {
  if ('source' in removal) {
    const { source } = removal;
    const documents = await catalog.documents(scope, { source });
    // A source that is still ingested must not bring back what an operator took out of it.
    await catalog.removeSource(source, { keepExclusions: isConfigured(source) });
    await catalog.setSetting(cursorSetting(source), null);
    return documents.map((document) => document.documentId);
  }
  const { uri } = removal;
  // Excluded first: were the removal to come first and the exclusion to fail, the next ingest would bring it back.
  await catalog.excludeUri(uri);
  const document = await catalog.documentByUri(scope, uri);
  const attachments = await catalog.documents(scope, { uriPrefix: `${uri}/` });
  const removed = [...(document === undefined ? [] : [document]), ...attachments];
  for (const { documentId } of removed) await catalog.removeDocument(documentId);
  return removed.map(({ documentId }) => documentId);
}
