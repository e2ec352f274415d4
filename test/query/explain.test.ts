/** What a search tells of itself: to operators and developers, never to employees. */
import { describe, expect, it } from 'vitest';
import { openIngestedApp } from '../support/test-app.ts';

const section = (topic: string, n: number) =>
  `## ${topic} ${n}\n\n${`The rule ${n} of ${topic} says that printers are looked after by the desk ${n}. `.repeat(12)}\n`;
const documents = {
  'long.md': `# Printers\n\n${[1, 2, 3, 4].map((n) => section('printers', n)).join('\n')}`,
  'short.md': '# Desk\n\nPrinters with the error ERR-4012 go to the desk.\n',
  'hr/secret.md': '# Secret\n\nPrinters of executives show ERR-4012 at the quibblefish desk.\n',
};

async function opened(config = '') {
  const { app } = await openIngestedApp({ documents, config });
  const search = async (person: string, request: object, isOperator = false) => {
    const scope = await app.scopeFor(app.principal(person));
    return app.search(scope, { query: 'printers desk ERR-4012', ...request }, { isOperator });
  };
  return { app, search };
}

describe('an explained search', () => {
  it('shows ranks, raw and scaled scores and weights that make the score', async () => {
    const { search } = await opened();
    for (const result of [
      await search('dora', { explain: true, topK: 2 }),
      await search('bob', { explain: true, topK: 2 }, true),
    ]) {
      expect(result.explanation).toMatchObject({ mode: 'hybrid', exactTerms: ['ERR-4012'], hasSimilarWords: false });
      const [first] = result.hits;
      const parts = first?.parts ?? [];
      expect(parts.map(({ source }) => source)).toEqual([
        'vector',
        'keyword',
        'words',
        'nearness',
        'smoothing',
        'exact',
      ]);
      const [near, smoothed, exact] = ['nearness', 'smoothing', 'exact'].map((name) =>
        parts.find(({ source }) => source === name),
      );
      const fused = parts
        .filter(({ source }) => ['vector', 'keyword', 'words'].includes(source))
        .reduce((sum, { scaled = 0, weight = 0 }) => sum + scaled * weight, 0);
      const [share, nearShare] = [exact?.weight ?? 0, near?.weight ?? 0];
      const before = (1 - nearShare) * fused + nearShare * (near?.scaled ?? 0);
      expect(first?.uri).toBe('docs/short.md');
      // The best of few has few neighbours to move to; what it moved by is less than its distance from 1.
      expect(Math.abs((smoothed?.score ?? 0) - before)).toBeLessThanOrEqual(1 - before);
      expect(first?.score).toBeCloseTo((1 - share) * (smoothed?.score ?? 0) + share * (exact?.scaled ?? 0));
      const beaten = result.explanation?.dropped.find(({ reason }) => reason === 'rank');
      expect(beaten?.passages).toBeGreaterThan(0);
      expect(beaten?.uris).toEqual(['docs/long.md']);
      expect(JSON.stringify(result)).not.toMatch(/quibblefish|secret/);
    }
  });

  it('tells employees nothing', async () => {
    const { search } = await opened();
    const result = await search('bob', { explain: true });
    expect(result).not.toHaveProperty('explanation');
    expect(result.hits.some((hit) => 'parts' in hit)).toBe(false);
    expect(await search('dora', {})).not.toHaveProperty('explanation');
  });

  it('names what gave way: rows the catalogue knows otherwise, and what is beyond a document’s share', async () => {
    const { app, search } = await opened('retrieval: { perDocument: 1 }');
    const capped = await search('dora', { explain: true, topK: 2 });
    expect(capped.hits.map(({ uri }) => uri)).toEqual(['docs/short.md', 'docs/long.md']);
    expect(capped.explanation?.dropped).toEqual([
      { reason: 'per-document', passages: expect.any(Number), uris: ['docs/long.md'] },
    ]);
    // Others have nothing more to say, so the share does not leave places empty.
    expect((await search('dora', { topK: 3 })).hits).toHaveLength(3);
    const { documentId = '' } = capped.hits[0] ?? {};
    await app.catalog.removeDocument(documentId);
    const gone = (await search('dora', { explain: true, topK: 9 })).explanation?.dropped ?? [];
    expect(gone.find(({ reason }) => reason === 'absent')).toEqual({ reason: 'absent', passages: 1, uris: [] });
  });
});
