/**
 * From facts to documents: the catalogue knows what a document is, the store only its id. So the facts become a list of ids, of the
 * documents that they hold of or of the others, whichever is short enough to be part of a query.
 */
import type { AccessScope } from '../access/scope.ts';
import type { CatalogReader } from '../catalog/catalog.ts';
import { PerseaError } from '../core/errors.ts';
import type { FactFilter } from '../core/fact-filter.ts';
import type { DocumentSelection } from '../store/chunk-store.ts';

/** The shorter of two lists is longer than this only above twice as many visible documents; see decision 0026 for what it costs. */
const maxSelectedDocuments = 100_000;
/** Below this it does not matter which of the two lists is shorter. */
const shortSelection = 1_000;
const maxKept = 32;
/** Ids in all selections that are kept: some 30 MB. */
const maxKeptIds = 400_000;

export type DocumentSelector = (scope: AccessScope, facts: FactFilter) => Promise<DocumentSelection>;

/**
 * Keeps the last few selections for as long as the catalogue stays the same. Throws `filter-too-broad`.
 *
 * A document that came after its selection may be let through by a list of others: the re-check of each row holds it against the facts.
 */
export function createDocumentSelector(
  catalog: Pick<CatalogReader, 'documentIds' | 'version'>,
  limit = maxSelectedDocuments,
): DocumentSelector {
  const kept = new Map<string, DocumentSelection>();
  let keptVersion: number | undefined;
  return async (scope, facts) => {
    const version = await catalog.version(scope);
    if (version !== keptVersion) kept.clear();
    keptVersion = version;
    const labels = scope.labelIds === 'all' ? 'all' : [...scope.labelIds].sort();
    const key = JSON.stringify([labels, facts]);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const selection = await select(catalog, scope, facts, limit);
    // Somebody else may have seen a newer catalogue meanwhile.
    if (version === keptVersion) {
      const ids = [...kept.values(), selection].reduce((sum, one) => sum + lengthOf(one), 0);
      if (kept.size >= maxKept || ids > maxKeptIds) kept.clear();
      kept.set(key, selection);
    }
    return selection;
  };
}

async function select(
  catalog: Pick<CatalogReader, 'documentIds'>,
  scope: AccessScope,
  facts: FactFilter,
  limit: number,
): Promise<DocumentSelection> {
  const only = await catalog.documentIds(scope, facts, { hold: true, limit: limit + 1 });
  if (only.length <= Math.min(limit, shortSelection)) return { only };
  const shorter = Math.min(limit, only.length - 1);
  const without = await catalog.documentIds(scope, facts, { hold: false, limit: shorter + 1 });
  if (without.length <= shorter) return { without };
  if (only.length <= limit) return { only };
  throw new PerseaError(
    'filter-too-broad',
    `The filters leave more than ${limit} documents and exclude more than ${limit}; add one that leaves fewer, or search without filters.`,
  );
}

function lengthOf(selection: DocumentSelection): number {
  return (selection.only ?? selection.without).length;
}
