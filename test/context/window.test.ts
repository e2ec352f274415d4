import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildContextWindow, type ContextWindowOptions, type PassageWithNeighbours } from '../../src/context/window.ts';
import { approximateTokens } from '../../src/core/tokens.ts';
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
  it('merges chunks that meet in the text, and slices what lies between from the text', () => {
    const window = buildContextWindow([alone(three, 1), alone(three, 0)], optionsFor([three]));
    expect(window.items).toHaveLength(1);
    expect(window.items[0]).toMatchObject({
      start: 0,
      end: 25,
      text: 'First part.\n\nSecond part.',
      chunkIds: ['three#1#0', 'three#1#1'],
    });
  });

  it('keeps chunks apart between which there is text', () => {
    const window = buildContextWindow([alone(three, 2), alone(three, 0)], optionsFor([three]));
    expect(window.items.map((item) => [item.marker, item.start])).toEqual([
      [1, 27],
      [2, 0],
    ]);
  });

  it('puts the best at both ends where that is asked for', () => {
    const many = Array.from({ length: 5 }, (_, index) => ({ documentId: `d${index}`, text: `Text ${index}.` }));
    const window = buildContextWindow(
      many.map((document) => alone(document)),
      optionsFor(many, { order: 'edges' }),
    );
    expect(window.items.map((item) => item.documentId)).toEqual(['d0', 'd2', 'd4', 'd3', 'd1']);
    expect(window.items.map((item) => item.marker)).toEqual([1, 2, 3, 4, 5]);
  });

  it('puts items of a document in text order where that is asked for', () => {
    const window = buildContextWindow([alone(three, 2), alone(three, 0)], optionsFor([three], { order: 'document' }));
    expect(window.items.map((item) => [item.marker, item.start])).toEqual([
      [1, 0],
      [2, 27],
    ]);
  });

  it('takes every passage before the first neighbour', () => {
    const [first, second, third] = chunksOf(three);
    const other = { documentId: 'other', text: 'Another document.' };
    if (first === undefined || second === undefined || third === undefined) throw new Error('Three chunks expected.');
    const passages = [{ ...alone(three, 1), neighbours: [first, third] }, alone(other)];
    const documents = [three, other];
    const both = buildContextWindow([alone(three, 1), alone(other)], optionsFor(documents));
    const tight = buildContextWindow(passages, optionsFor(documents, { budgetTokens: both.tokens }));
    expect(tight.items.map((item) => item.text)).toEqual(['Second part.', 'Another document.']);
    expect(tight.omitted).toEqual([{ uri: 'source/three.md', reason: 'budget' }]);
    const wide = buildContextWindow(passages, optionsFor(documents));
    expect(wide.items.map((item) => item.text)).toEqual([three.text, 'Another document.']);
    expect(wide.omitted).toEqual([]);
  });

  it('cuts the first passage at the end of a sentence when even it is over the budget', () => {
    const long = { documentId: 'long', text: Array.from({ length: 40 }, (_, n) => `Sentence number ${n}.`).join(' ') };
    const window = buildContextWindow([alone(long), alone(three)], optionsFor([long, three], { budgetTokens: 60 }));
    expect(window.tokens).toBeLessThanOrEqual(60);
    expect(window.items[0]?.text).toMatch(/^Sentence number 0\..*number \d+\.$/);
    expect(window.items[0]?.text).toBe(long.text.slice(0, window.items[0]?.end));
    // One more sentence would not have fitted.
    const longer = windowOf([{ ...long, text: long.text.slice(0, (window.items[0]?.end ?? 0) + 20) }]);
    expect(longer.tokens).toBeGreaterThan(60);
  });

  it('is empty, and says what is missing, when not even a sentence fits', () => {
    const window = buildContextWindow([alone(three)], optionsFor([three], { budgetTokens: 5 }));
    expect(window).toMatchObject({
      items: [],
      text: '',
      tokens: 0,
      omitted: [{ uri: 'source/three.md', reason: 'budget' }],
    });
  });

  it('shows only the names of its own columns above an item that begins within a row', () => {
    const text = '| item | limit | place |\n| --- | --- | --- |\n| meals | 45 | all |';
    const table = { documentId: 'table', text, spans: [[text.indexOf('| 45'), text.length] as const] };
    const window = buildContextWindow([alone(table)], optionsFor([table]));
    expect(window.items[0]).toMatchObject({ text: '| 45 | all |', tableHeader: '| limit | place |' });
  });

  it('shows the header of a table that an item begins in the middle of, and does not quote it', () => {
    const text = '| item | limit |\n| --- | --- |\n| hotel | 165 |\n| meals | 45 |\n';
    const start = text.indexOf('| meals');
    const table = { documentId: 'table', text, spans: [[start, text.length - 1] as const] };
    const window = buildContextWindow([alone(table)], optionsFor([table]));
    expect(window.items[0]).toMatchObject({ text: '| meals | 45 |', tableHeader: '| item | limit |\n| --- | --- |' });
    expect(window.text).toContain('| item | limit |\n| --- | --- |\n| meals | 45 |');
  });

  it('keeps its promises for any documents and any budget', () => {
    const sentence = fc.stringMatching(/^[A-Z][a-z~[\]0-9 ]{3,30}\.$/);
    const document = fc.record({
      documentId: fc.constantFrom('a', 'b', 'c'),
      parts: fc.array(sentence, { minLength: 1, maxLength: 6 }),
      gap: fc.constantFrom(' ', '\n\n', ' and '),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(document, { selector: (d) => d.documentId, maxLength: 3 }),
        fc.integer({ min: 0, max: 250 }),
        (drafts, budgetTokens) => {
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
          const window = buildContextWindow(passages, optionsFor(documents, { budgetTokens }));
          expect(window.tokens).toBeLessThanOrEqual(budgetTokens);
          expect(window.tokens).toBe(approximateTokens.count(window.text));
          expect(window.items.map((item) => item.marker)).toEqual(window.items.map((_, index) => index + 1));
          const inWindow = new Set(window.items.flatMap((item) => item.chunkIds));
          for (const { passage } of passages) {
            const isOmitted = window.omitted.some((omission) => omission.uri === passage.uri);
            expect(inWindow.has(passage.chunk.chunkId) || isOmitted).toBe(true);
          }
          for (const item of window.items) {
            const source = documents.find((d) => d.documentId === item.documentId);
            expect(item.text).toBe(source?.text.slice(item.start, item.end));
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
