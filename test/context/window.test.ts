import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtInFormats, contextFormat } from '../../src/context/formats/registry.ts';
import { buildContextWindow, type ContextWindowOptions, type PassageWithNeighbours } from '../../src/context/window.ts';
import { approximateTokens } from '../../src/core/tokens.ts';
import { tokenCounterFor } from '../../src/llm/tokenizers.ts';
import { tokenizerFile } from '../support/tokenizer-file.ts';
import {
  chunksOf,
  noRequest,
  numberedFormat,
  passagesOf,
  type TestDocument,
  windowOf,
} from '../support/context-window.ts';

const alone = (document: TestDocument, ordinal = 0): PassageWithNeighbours => {
  const passage = passagesOf(document)[ordinal];
  if (passage === undefined) throw new Error('No such passage.');
  return { passage, neighbours: [] };
};

const optionsFor = (documents: readonly TestDocument[], overrides: Partial<ContextWindowOptions> = {}) => ({
  format: numberedFormat,
  request: noRequest,
  order: 'relevance' as const,
  budgetTokens: 10_000,
  tokens: approximateTokens,
  textOf: (documentId: string) => documents.find((document) => document.documentId === documentId)?.text ?? '',
  ...overrides,
});

const three: TestDocument = {
  documentId: 'three',
  title: 'Three',
  text: 'First part.\n\nSecond part.\n\nThird part.',
  spans: [
    [0, 11],
    [13, 25],
    [27, 38],
  ],
};

describe('buildContextWindow', () => {
  it('merges chunks that meet in the text, and slices what lies between from the text', async () => {
    const window = await buildContextWindow([alone(three, 1), alone(three, 0)], optionsFor([three]));
    expect(window.items).toHaveLength(1);
    expect(window.items[0]).toMatchObject({
      start: 0,
      end: 25,
      text: 'First part.\n\nSecond part.',
      chunkIds: ['three#1#0', 'three#1#1'],
    });
  });

  it('keeps chunks apart between which there is text', async () => {
    const window = await buildContextWindow([alone(three, 2), alone(three, 0)], optionsFor([three]));
    expect(window.items.map((item) => [item.marker, item.start])).toEqual([
      [1, 27],
      [2, 0],
    ]);
  });

  it('puts the best at both ends where that is asked for', async () => {
    const many = Array.from({ length: 5 }, (_, index) => ({ documentId: `d${index}`, text: `Text ${index}.` }));
    const window = await buildContextWindow(
      many.map((document) => alone(document)),
      optionsFor(many, { order: 'edges' }),
    );
    expect(window.items.map((item) => item.documentId)).toEqual(['d0', 'd2', 'd4', 'd3', 'd1']);
    expect(window.items.map((item) => item.marker)).toEqual([1, 2, 3, 4, 5]);
  });

  it('puts items of a document in text order where that is asked for', async () => {
    const window = await buildContextWindow(
      [alone(three, 2), alone(three, 0)],
      optionsFor([three], { order: 'document' }),
    );
    expect(window.items.map((item) => [item.marker, item.start])).toEqual([
      [1, 0],
      [2, 27],
    ]);
  });

  it('takes every passage before the first neighbour', async () => {
    const [first, second, third] = chunksOf(three);
    const other = { documentId: 'other', text: 'Another document.' };
    if (first === undefined || second === undefined || third === undefined) throw new Error('Three chunks expected.');
    const passages = [{ ...alone(three, 1), neighbours: [first, third] }, alone(other)];
    const documents = [three, other];
    const both = await buildContextWindow([alone(three, 1), alone(other)], optionsFor(documents));
    const tight = await buildContextWindow(passages, optionsFor(documents, { budgetTokens: both.tokens }));
    expect(tight.items.map((item) => item.text)).toEqual(['Second part.', 'Another document.']);
    expect(tight.omitted).toEqual([{ uri: 'source/three.md', reason: 'budget' }]);
    const wide = await buildContextWindow(passages, optionsFor(documents));
    expect(wide.items.map((item) => item.text)).toEqual([three.text, 'Another document.']);
    expect(wide.omitted).toEqual([]);
  });

  it('cuts the first passage at the end of a sentence when even it is over the budget', async () => {
    const long = { documentId: 'long', text: Array.from({ length: 40 }, (_, n) => `Sentence number ${n}.`).join(' ') };
    const window = await buildContextWindow(
      [alone(long), alone(three)],
      optionsFor([long, three], { budgetTokens: 60 }),
    );
    expect(window.tokens).toBeLessThanOrEqual(60);
    expect(window.items[0]?.text).toMatch(/^Sentence number 0\..*number \d+\.$/);
    expect(window.items[0]?.text).toBe(long.text.slice(0, window.items[0]?.end));
    // One more sentence would not have fitted.
    const longer = windowOf([{ ...long, text: long.text.slice(0, (window.items[0]?.end ?? 0) + 20) }]);
    expect(longer.tokens).toBeGreaterThan(60);
  });

  it('is empty, and says what is missing, when not even a sentence fits', async () => {
    const window = await buildContextWindow([alone(three)], optionsFor([three], { budgetTokens: 5 }));
    expect(window).toMatchObject({
      items: [],
      text: '',
      tokens: 0,
      omitted: [{ uri: 'source/three.md', reason: 'budget' }],
    });
  });

  it('shows only the names of its own columns above an item that begins within a row', async () => {
    const text = '| item | limit | place |\n| --- | --- | --- |\n| meals | 45 | all |';
    const table = { documentId: 'table', text, spans: [[text.indexOf('| 45'), text.length] as const] };
    const window = await buildContextWindow([alone(table)], optionsFor([table]));
    expect(window.items[0]).toMatchObject({ text: '| 45 | all |', tableHeader: '| limit | place |' });
  });

  it('shows the header of a table that an item begins in the middle of, and does not quote it', async () => {
    const text = '| item | limit |\n| --- | --- |\n| hotel | 165 |\n| meals | 45 |\n';
    const start = text.indexOf('| meals');
    const table = { documentId: 'table', text, spans: [[start, text.length - 1] as const] };
    const window = await buildContextWindow([alone(table)], optionsFor([table]));
    expect(window.items[0]).toMatchObject({ text: '| meals | 45 |', tableHeader: '| item | limit |\n| --- | --- |' });
    expect(window.text).toContain('| item | limit |\n| --- | --- |\n| meals | 45 |');
  });

  it('lets no document take more than its share, and gives the rest to others', async () => {
    const text = 'Alpha one is here. Beta two is there. Gamma three is elsewhere. Delta four is nowhere.';
    const long: TestDocument = {
      documentId: 'long',
      text,
      spans: [
        [0, 18],
        [19, 37],
        [38, 63],
        [64, 87],
      ],
    };
    const short: TestDocument = { documentId: 'short', text: 'Another document has its say.' };
    const passages = [0, 1, 2, 3].map((ordinal) => alone(long, ordinal));
    const all = optionsFor([long, short], { budgetTokens: 90 });
    expect((await buildContextWindow([...passages, alone(short)], all)).omitted).toEqual([]);
    const window = await buildContextWindow([...passages, alone(short)], { ...all, perDocumentShare: 0.3 });
    expect(window.omitted).toEqual([{ uri: 'source/long.md', reason: 'share' }]);
    expect(window.items.map(({ documentId }) => documentId)).toEqual(['long', 'short']);
    expect(window.items[0]?.text).toBe('Alpha one is here. Beta two is there.');
  });

  it('cuts even the best passage to the share of its document', async () => {
    const text = 'Alpha one is here. Beta two is there. Gamma three is elsewhere. Delta four is nowhere.';
    const long: TestDocument = { documentId: 'long', text };
    const short: TestDocument = { documentId: 'short', text: 'Another document has its say.' };
    const options = optionsFor([long, short], { budgetTokens: 90, perDocumentShare: 0.3 });
    const window = await buildContextWindow([alone(long), alone(short)], options);
    expect(window.items.map(({ text: shown }) => shown)).toEqual([
      'Alpha one is here. Beta two is there.',
      'Another document has its say.',
    ]);
    expect(window.omitted).toEqual([{ uri: 'source/long.md', reason: 'share' }]);
  });

  it('repeats no line where a chunk lies within another one', async () => {
    const nested: TestDocument = {
      documentId: 'nested',
      text: 'First part. Second part. Third part.',
      spans: [
        [0, 24],
        [0, 11],
        [12, 36],
      ],
    };
    const window = await buildContextWindow(
      [0, 1, 2].map((ordinal) => alone(nested, ordinal)),
      optionsFor([nested]),
    );
    expect(window.items.map(({ text }) => text)).toEqual([nested.text]);
  });

  it.each(['numbered', 'xml', 'markdown', 'json', 'quotes', 'compact'])(
    'keeps its promises in %s for any documents, budget, share and counter',
    async (name) => {
      const sentence = fc.stringMatching(/^[A-Z][a-z~[\]0-9 ]{3,30}\.$/);
      const document = fc.record({
        documentId: fc.constantFrom('a', 'b', 'c'),
        parts: fc.array(sentence, { minLength: 1, maxLength: 6 }),
        gap: fc.constantFrom(' ', '\n\n', ' and '),
      });
      const render = contextFormat(builtInFormats, name);
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(document, { selector: (d) => d.documentId, maxLength: 3 }),
          fc.integer({ min: 0, max: 250 }),
          fc.constantFrom(1, 0.3, 0.6),
          fc.constantFrom('estimate', 'o200k_base', 'cl100k_base', tokenizerFile),
          async (drafts, budgetTokens, perDocumentShare, tokenizer) => {
            const tokens = tokenCounterFor(tokenizer, 'model');
            const documents = drafts.map(({ documentId, parts, gap }): TestDocument => {
              let at = 0;
              const spans = parts.map((part) => {
                const span = [at, at + part.length] as const;
                at = span[1] + gap.length;
                return span;
              });
              return { documentId, text: parts.join(gap), spans };
            });
            const passages = documents.flatMap((d) => passagesOf(d)).map((passage) => ({ passage, neighbours: [] }));
            const options = { format: { name, render }, budgetTokens, perDocumentShare, tokens };
            const window = await buildContextWindow(passages, optionsFor(documents, options));
            expect(window.tokens).toBeLessThanOrEqual(budgetTokens);
            expect(window.tokens).toBe(tokens.count(window.text));
            expect(window.items.map((item) => item.marker)).toEqual(window.items.map((_, index) => index + 1));
            const inWindow = new Set(window.items.flatMap((item) => item.chunkIds));
            for (const { passage } of passages) {
              const isOmitted = window.omitted.some((omission) => omission.uri === passage.uri);
              expect(inWindow.has(passage.chunk.chunkId) || isOmitted).toBe(true);
            }
            for (const [documentId, items] of Map.groupBy(window.items, (item) => item.documentId)) {
              const source = documents.find((d) => d.documentId === documentId);
              for (const item of items) expect(item.text).toBe(source?.text.slice(item.start, item.end));
              const spans = items.map(({ start, end }) => [start, end] as const).sort(([a], [b]) => a - b);
              for (const [index, [start]] of spans.entries()) {
                expect(start).toBeGreaterThanOrEqual(spans[index - 1]?.[1] ?? 0);
              }
              const own = window.items.filter((item) => item.documentId === documentId);
              const share = perDocumentShare === 1 ? budgetTokens : Math.floor(perDocumentShare * budgetTokens);
              expect(tokens.count(render(own, noRequest))).toBeLessThanOrEqual(share);
            }
          },
        ),
        { numRuns: 60 },
      );
    },
  );
});
