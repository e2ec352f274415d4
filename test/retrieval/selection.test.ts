import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import type { FactFilter } from '../../src/core/fact-filter.ts';
import { createDocumentSelector } from '../../src/retrieval/selection.ts';
import { scopeHolding } from '../support/chunks.ts';
import { hrLabel, staffLabel } from '../support/retrieval-fakes.ts';

/** A catalogue of `total` documents; the facts hold of the first `sources[0]` of them. */
function countingCatalog(total: number) {
  const asked: string[] = [];
  const state = { version: 1 };
  const ids = Array.from({ length: total }, (_, index) => `doc_${index}`);
  return {
    asked,
    state,
    catalog: {
      version: async () => state.version,
      documentIds: async (
        _scope: unknown,
        { sources = [] }: FactFilter,
        { hold, limit }: { hold: boolean; limit: number },
      ) => {
        asked.push(hold ? 'of which they hold' : 'of which they do not');
        const share = Number(sources[0]);
        return (hold ? ids.slice(0, share) : ids.slice(share)).slice(0, limit);
      },
    },
  };
}

const scope = systemScope('test');
const holdingOf = (count: number): FactFilter => ({ sources: [String(count)] });

describe('the documents of a filter', () => {
  it('are listed themselves, or the others are, or neither', async () => {
    const { catalog } = countingCatalog(10);
    const select = createDocumentSelector(catalog, 4);
    expect(await select(scope, holdingOf(0))).toEqual({ only: [] });
    expect(await select(scope, holdingOf(4))).toEqual({ only: ['doc_0', 'doc_1', 'doc_2', 'doc_3'] });
    expect(await select(scope, holdingOf(7))).toEqual({ without: ['doc_7', 'doc_8', 'doc_9'] });
    expect(await select(scope, holdingOf(10))).toEqual({ without: [] });
    await expect(select(scope, holdingOf(5))).rejects.toMatchObject({ code: 'filter-too-broad' });
  });

  it('are listed by the shorter list, where the other one is long', async () => {
    const { catalog } = countingCatalog(5_000);
    const select = createDocumentSelector(catalog);
    expect(await select(scope, holdingOf(1_000))).toMatchObject({ only: { length: 1_000 } });
    expect(await select(scope, holdingOf(2_400))).toMatchObject({ only: { length: 2_400 } });
    expect(await select(scope, holdingOf(2_500))).toMatchObject({ only: { length: 2_500 } });
    expect(await select(scope, holdingOf(2_600))).toMatchObject({ without: { length: 2_400 } });
    expect(await select(scope, holdingOf(5_000))).toEqual({ without: [] });
  });

  it('are kept up to a number of ids', async () => {
    const { catalog, asked } = countingCatalog(1_000_000);
    const select = createDocumentSelector(catalog);
    const [one, two] = [100_000, 99_000].map(holdingOf);
    if (one === undefined || two === undefined) throw new Error('Nothing to ask for.');
    for (const facts of [one, two, one, two]) await select(scope, facts);
    const both = asked.length;
    for (const count of [98_000, 97_000, 96_000]) await select(scope, holdingOf(count));
    expect(asked.length).toBeGreaterThan(both);
    const others = asked.length;
    await select(scope, one);
    expect(asked.length).toBeGreaterThan(others);
    expect(both).toBe(4);
  });

  it('are kept for the same scope and catalogue only', async () => {
    const { catalog, asked, state } = countingCatalog(3);
    const select = createDocumentSelector(catalog);
    await select(scope, holdingOf(1));
    await select(systemScope('another'), holdingOf(1));
    expect(asked).toHaveLength(1);
    await select(scopeHolding(['staff'], [staffLabel, hrLabel]), holdingOf(1));
    await select(scopeHolding(['hr'], [staffLabel, hrLabel]), holdingOf(1));
    expect(asked).toHaveLength(3);
    await select(scope, holdingOf(2));
    expect(asked).toHaveLength(4);
    state.version = 2;
    await select(scope, holdingOf(1));
    expect(asked).toHaveLength(5);
  });
});
