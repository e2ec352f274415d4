import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMarkdownBlocks } from '../../ingest/loaders/markdown-blocks.ts';

const pieces = [
  '# Head',
  'Title\n===',
  'Some words\nand more',
  '- one\n- two\n\n  inner\n- three',
  '1. a\n   ```\n   # no head\n   ```',
  '```\n# no head\n\n- no list\n```',
  '~~~\nopen',
  '> quote\n> more\nlazy',
  '| a | b |\n| - | - |\n| 1 | 2 |',
  '<div>\n\n*x*\n\n</div>',
  '<!-- a\n\n# no head\n-->',
  '    code\n\n    more',
  '[a]: /url\nwords\n---',
  '[^1]: note\n\n    more',
  '---',
  '',
];

describe('Markdown read in windows', () => {
  it('has the blocks of Markdown read at once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...pieces), fc.constantFrom('\n', '\n\n', '\n\n\n')), { maxLength: 40 }),
        fc.integer({ min: 1, max: 200 }),
        (parts, window) => {
          // Rules at the very start would be front matter, which only a document's beginning can have.
          const source = `Start.\n\n${parts.flat().join('')}`;
          const shape = (length: number) =>
            parseMarkdownBlocks(source, length).map(({ node, start, end }) => [node.type, start, end]);
          expect(shape(window)).toEqual(shape(1_000_000));
        },
      ),
      { numRuns: 200 },
    );
  });
});
