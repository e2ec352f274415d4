/** Tables of any size: what their chunks carry, and where rows may be cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChunkerOptions } from '../../ingest/chunking/chunker.ts';
import { structureChunker } from '../../ingest/chunking/structure-chunker.ts';
import { loadDocument } from '../../ingest/loaders/registry.ts';
import { approximateTokens } from '../../src/core/tokens.ts';
import { bytesOf, testLimits } from '../support/loader-files.ts';

const options: ChunkerOptions = { minTokens: 40, targetTokens: 160, maxTokens: 240, indexTokens: 510 };
const tokens = approximateTokens;

const cellText = fc.array(fc.constantFrom('north', 'depot', '42', 'EUR', 'leave', 'a\\|b', 'März', '—', 'x-7'), {
  minLength: 0,
  maxLength: 4,
});
const table = fc.integer({ min: 2, max: 24 }).chain((columns) =>
  fc.record({
    names: fc.constant(Array.from({ length: columns }, (_, index) => `name${index}`)),
    rows: fc.array(
      fc
        .array(cellText, { minLength: columns, maxLength: columns })
        .map((cells) => cells.map((cell) => cell.join(' '))),
      { minLength: 1, maxLength: 50 },
    ),
    caption: fc.constantFrom('above', 'below', 'none'),
    before: fc.integer({ min: 0, max: 60 }),
  }),
);

describe('chunks of a table', () => {
  it('carry caption or heading and the names of the columns, keep rows whole and the budget', async () => {
    await fc.assert(
      fc.asyncProperty(table, async ({ names, rows, caption, before }) => {
        const lines = rows.map((cells, index) => `| ${[`row${index}`, ...cells.slice(1)].join(' | ')} |`);
        const label = 'Table 7: Rates of the depots';
        const text = [
          '# Rates',
          'Words before it. '.repeat(before).trim(),
          caption === 'above' ? label : '',
          [`| ${names.join(' | ')} |`, `|${' --- |'.repeat(names.length)}`, ...lines].join('\n'),
          caption === 'below' ? label : '',
          'Words after it. '.repeat(before).trim(),
        ].join('\n\n');
        const document = await loadDocument({ bytes: bytesOf(text), fileName: 'rates.md' }, testLimits);
        const chunks = structureChunker.chunk(document, tokens, options);
        for (const chunk of chunks) {
          expect(chunk.text).toBe(document.text.slice(chunk.start, chunk.end));
          expect(chunk.indexText.endsWith(chunk.text)).toBe(true);
          expect(tokens.count(chunk.indexText)).toBeLessThanOrEqual(chunk.tokens);
          expect(chunk.tokens).toBeLessThanOrEqual(options.maxTokens);
          const held = chunk.text.split('\n').filter((line) => /^\| row\d/.test(line));
          if (held.length === 0) continue;
          expect(chunk.indexText).toContain('Rates');
          if (caption !== 'none') expect(chunk.indexText).toContain(label);
          for (const name of names) expect(chunk.indexText).toContain(name);
        }
        // Whole rows, each in exactly one chunk.
        for (const line of lines)
          expect(chunks.filter((chunk) => chunk.text.split('\n').includes(line.trim())).length).toBeGreaterThan(0);
      }),
      { numRuns: 150 },
    );
  });

  it('cut a row that does not fit between its cells, each part under its own columns and the first cell', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 70, max: 200 }), fc.integer({ min: 1, max: 4 }), async (columns, rowCount) => {
        const cell = (row: number, column: number) => `value${row}x${column}`;
        const row = (index: number) =>
          `| key${index} | ${Array.from({ length: columns }, (_, column) => cell(index, column)).join(' | ')} |`;
        const names = ['Site', ...Array.from({ length: columns }, (_, column) => `name${column}`)];
        const text = [
          `| ${names.join(' | ')} |`,
          `|${' --- |'.repeat(names.length)}`,
          ...Array.from({ length: rowCount }, (_, index) => row(index)),
        ].join('\n');
        const document = await loadDocument({ bytes: bytesOf(text), fileName: 'wide.md' }, testLimits);
        const chunks = structureChunker.chunk(document, tokens, options);
        for (let index = 0; index < rowCount; index++) {
          for (let column = 0; column < columns; column++) {
            const holding = chunks.filter((chunk) => chunk.text.split(/[\s|]+/).includes(cell(index, column)));
            expect(holding).toHaveLength(1);
            expect(holding[0]?.indexText).toContain(`name${column} `);
            expect(holding[0]?.indexText).toContain(`key${index}`);
          }
        }
        for (const chunk of chunks) expect(chunk.tokens).toBeLessThanOrEqual(options.maxTokens);
      }),
      { numRuns: 20 },
    );
  });
});
