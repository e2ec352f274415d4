/** What people may see, worked out once for each state of the catalogue: of thousands of labels that takes longer than a search. */
import type { Principal } from '../access/principal.ts';
import { type AccessScope, scopeOf, systemScope } from '../access/scope.ts';
import type { CatalogReader } from '../catalog/catalog.ts';

/** A scope of 5,000 labels takes half a megabyte with what the store keeps beside it. */
const maxKept = 128;

export class Scopes {
  readonly #catalog: Pick<CatalogReader, 'version' | 'labels'>;
  #state:
    | {
        readonly version: number;
        readonly labels: Awaited<ReturnType<CatalogReader['labels']>>;
        /** By everything that decides a scope; the longest unused first. */
        readonly kept: Map<string, AccessScope>;
      }
    | undefined;

  constructor(catalog: Pick<CatalogReader, 'version' | 'labels'>) {
    this.#catalog = catalog;
  }

  async of(principal: Principal): Promise<AccessScope> {
    const system = systemScope('resolve a scope');
    const version = await this.#catalog.version(system);
    if (this.#state?.version !== version) {
      this.#state = { version, labels: await this.#catalog.labels(system), kept: new Map() };
    }
    const { kept, labels } = this.#state;
    const { id, roles, groups, memberOf = groups, heldTags } = principal;
    const key = JSON.stringify([id, roles, memberOf, [...heldTags]]);
    const scope = kept.get(key) ?? scopeOf(principal, labels);
    kept.delete(key);
    kept.set(key, scope);
    const [oldest] = kept.keys();
    if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest);
    return scope;
  }
}
