import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { structureChunker } from '../../ingest/chunking/structure-chunker.ts';
import { loadDocument } from '../../ingest/loaders/registry.ts';
import type { ParsedDocument } from '../../src/core/document.ts';
import { splitSentences } from '../../src/core/sentences.ts';
import { approximateTokens } from '../../src/core/tokens.ts';
import { bytesOf, testLimits } from '../support/loader-files.ts';

const word = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      'leave',
      'is',
      'granted',
      'Dr.',
      'e.g.',
      '3.5',
      'über',
      'Maß',
      '“quoted”',
      '東京。',
      'a|b',
      '`x`',
      'C++;',
      '</p>',
    ),
  },
  { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }) },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(700), '漢字'.repeat(150)) },
);
const sentence = fc.array(word, { minLength: 1, maxLength: 40 }).map((parts) => `${parts.join(' ')}.`);
const paragraph = fc.array(sentence, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(' '));
const block = fc.oneof(
  paragraph,
  fc.tuple(fc.integer({ min: 1, max: 6 }), sentence).map(([level, title]) => `${'#'.repeat(level)} ${title}`),
  fc.array(sentence, { minLength: 1, maxLength: 12 }).map((items) => items.map((item) => `- ${item}`).join('\n')),
  fc
    .array(fc.tuple(word, word), { minLength: 1, maxLength: 60 })
    .map((rows) => `| a | b |\n|---|---|\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}`),
  fc.array(sentence, { minLength: 1, maxLength: 20 }).map((lines) => `\`\`\`\n${lines.join('\n')}\n\`\`\``),
  fc.constant('<div>'),
);
const source = fc.array(block, { minLength: 1, maxLength: 14 }).map((blocks) => blocks.join('\n\n'));
const limits = fc
  .record({ maxTokens: fc.integer({ min: 24, max: 384 }), indexTokens: fc.integer({ min: 24, max: 510 }) })
  .map(({ maxTokens, indexTokens }) => ({
    minTokens: Math.floor(maxTokens / 6),
    targetTokens: Math.floor(maxTokens * 0.66),
    maxTokens,
    indexTokens,
  }));

const parse = async (text: string): Promise<ParsedDocument | null> => {
  try {
    return await loadDocument({ bytes: bytesOf(text), fileName: 'a.md' }, testLimits);
  } catch {
    return null;
  }
};

describe('chunks of any document', () => {
  it('equal their slices, lose nothing, keep the budget, and are the same each time', async () => {
    await fc.assert(
      fc.asyncProperty(source, limits, async (text, options) => {
        const document = await parse(text);
        fc.pre(document !== null);
        const chunks = structureChunker.chunk(document, approximateTokens, options);
        const covered = new Uint8Array(document.text.length);
        for (const [index, chunk] of chunks.entries()) {
          expect(chunk.ordinal).toBe(index);
          expect(chunk.text).toBe(document.text.slice(chunk.start, chunk.end));
          expect(chunk.start).toBeGreaterThanOrEqual(chunks[index - 1]?.end ?? 0);
          expect(chunk.indexText.endsWith(chunk.text)).toBe(true);
          expect(chunk.text.isWellFormed()).toBe(document.text.isWellFormed());
          // A piece cut within a word may count one token less together than apart, never more.
          expect(approximateTokens.count(chunk.indexText)).toBeLessThanOrEqual(chunk.tokens);
          expect(chunk.tokens).toBeLessThanOrEqual(Math.min(options.maxTokens, options.indexTokens));
          covered.fill(1, chunk.start, chunk.end);
        }
        for (const one of document.blocks) {
          for (let offset = one.start; offset < one.end; offset++) {
            if (covered[offset] === 0) expect(document.text[offset]).toMatch(/\s/);
          }
        }
        expect(structureChunker.chunk(document, approximateTokens, options)).toEqual(chunks);
      }),
      { numRuns: 150 },
    );
  });
});

describe('sentences of any text', () => {
  it('are trimmed slices in order, and leave out only white space, rules and fences', () => {
    fc.assert(
      fc.property(fc.oneof(source, fc.string({ unit: 'grapheme', maxLength: 300 })), fc.nat(50), (text, base) => {
        let last = base;
        for (const span of splitSentences(text, base)) {
          expect(span.start).toBeGreaterThanOrEqual(last);
          const slice = text.slice(span.start - base, span.end - base);
          expect(slice).toBe(slice.trim());
          expect(slice).not.toBe('');
          expect(text.slice(last - base, span.start - base)).toMatch(
            /^[\s|:\-=`~]*(?:(?:```|~~~)[^\n]*\s*)*[\s|:\-=`~]*$/,
          );
          last = span.end;
        }
      }),
      { numRuns: 300 },
    );
  });
});
