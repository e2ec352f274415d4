/** Ways into a LanceDB table past the store: to watch the queries it makes, and to let the engine answer wrongly. */
import type { Query, Table, VectorQuery } from '@lancedb/lancedb';

type AnyQuery = Query | VectorQuery;

/** The table, whose queries leave out the filter: what a stale index does, in the extreme. */
export function ignoringFilters(table: Table): Table {
  return withQueries(table, { where: () => undefined });
}

/** The table, whose queries tell their plan before they run. */
export function tellingPlans(table: Table, tell: (plan: string) => void): Table {
  return withQueries(table, { toArrow: async (query) => tell(await query.explainPlan(true)) });
}

/** The table, before whose queries something happens. */
export function beforeSearches(table: Table, act: () => Promise<void>): Table {
  return withQueries(table, { toArrow: act });
}

/** The table as if no vector index were there: all rows are compared. */
export function withoutVectorIndexes(table: Table): Table {
  return new Proxy(table, {
    get(target, name) {
      if (name === 'listIndices') {
        return async () => (await target.listIndices()).filter(({ columns }) => !columns.includes('vector'));
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** `where` is called in place of the query's own, `toArrow` before it. */
interface Interception {
  readonly where?: (predicate: string) => void;
  readonly toArrow?: (query: AnyQuery) => Promise<void>;
}

function withQueries(table: Table, interception: Interception): Table {
  return new Proxy(table, {
    get(target, name) {
      if (name === 'query') return () => intercepted(target.query(), interception);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function intercepted<Q extends AnyQuery>(query: Q, interception: Interception): Q {
  const proxy: Q = new Proxy(query, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        if (name === 'where' && interception.where !== undefined) {
          interception.where(String(given[0]));
          return proxy;
        }
        if (name === 'toArrow' && interception.toArrow !== undefined) {
          return interception.toArrow(target).then(() => value.apply(target, given));
        }
        const result: unknown = value.apply(target, given);
        // The builder's methods return the builder itself, or the next kind of builder.
        if (result === target) return proxy;
        return name === 'nearestTo' ? intercepted(result as VectorQuery, interception) : result;
      };
    },
  });
  return proxy;
}
