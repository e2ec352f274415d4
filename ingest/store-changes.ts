/**
 * Removals and new labels take effect in the catalogue, for every reader at once; the store follows here. What is still open
 * after a crash is in the catalogue's journal and is followed by the next run.
 */
import { type AccessLabel, labelId } from '../src/access/label.ts';
import type { Catalog } from '../src/catalog/catalog.ts';
import type { ChunkStore } from '../src/store/chunk-store.ts';

export async function followStoreChanges(catalog: Catalog, store: ChunkStore): Promise<void> {
  const changes = await catalog.openStoreChanges();
  if (changes.length === 0) return;
  // Only the last change of a document counts: whatever came before is overtaken.
  const last = new Map(changes.map((change) => [change.documentId, change]));
  const removed: string[] = [];
  const relabelled = new Map<string, { readonly label: AccessLabel; readonly documentIds: string[] }>();
  for (const { documentId, label } of last.values()) {
    if (label === null) removed.push(documentId);
    else groupOf(relabelled, label).documentIds.push(documentId);
  }
  if (removed.length > 0) await store.deleteDocuments(removed);
  for (const { label, documentIds } of relabelled.values()) await store.relabelDocuments(documentIds, label);
  await catalog.endStoreChanges(changes);
}

function groupOf(
  groups: Map<string, { readonly label: AccessLabel; readonly documentIds: string[] }>,
  label: AccessLabel,
) {
  const id = labelId(label);
  const known = groups.get(id) ?? { label, documentIds: [] };
  groups.set(id, known);
  return known;
}
