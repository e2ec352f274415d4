/** How many documents of one's own a store holds. */
import type { AccessScope } from '../access/scope.ts';
import { canarySource } from '../core/canary.ts';
import type { Catalog } from '../catalog/catalog.ts';

/** Without the canaries, which every index has. */
export async function documentCount(catalog: Pick<Catalog, 'countDocuments'>, scope: AccessScope): Promise<number> {
  return (await catalog.countDocuments(scope)) - (await catalog.countDocuments(scope, { source: canarySource }));
}
