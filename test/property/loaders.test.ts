import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadDocument } from '../../ingest/loaders/registry.ts';
import type { ParsedDocument } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import {
  bytesOf,
  makeDocx,
  makePdf,
  sampleHtml,
  sampleMail,
  sampleMarkdown,
  testLimits,
} from '../support/loader-files.ts';

const extensions = [
  'md',
  'mdx',
  'txt',
  'html',
  'csv',
  'tsv',
  'json',
  'jsonl',
  'ipynb',
  'xml',
  'ts',
  'vtt',
  'srt',
  'rst',
  'adoc',
  'org',
  'eml',
  'pdf',
  'docx',
  'doc',
  'bin',
  '',
] as const;

function expectSound(document: ParsedDocument): void {
  expect(document.text).toBe(document.text.normalize('NFC'));
  expect(document.text).not.toContain('\r');
  expect(document.title.trim()).not.toBe('');
  let last = 0;
  for (const block of document.blocks) {
    expect(block.start).toBeGreaterThanOrEqual(last);
    expect(block.end).toBeGreaterThan(block.start);
    expect(document.text.slice(block.start, block.end).trim()).not.toBe('');
    expect(block.headerEnd === null).toBe(block.kind !== 'table');
    if (block.headerEnd !== null) {
      expect(block.headerEnd).toBeGreaterThanOrEqual(block.start);
      expect(block.headerEnd).toBeLessThanOrEqual(block.end);
    }
    expect(block.level === null).toBe(block.kind !== 'heading');
    last = block.end;
  }
  expect(last).toBeLessThanOrEqual(document.text.length);
}

async function expectOnlyPerseaErrors(bytes: Uint8Array, fileName: string): Promise<void> {
  try {
    expectSound(await loadDocument({ bytes, fileName }, testLimits));
  } catch (thrown) {
    if (!(thrown instanceof PerseaError)) throw thrown;
    // An unexpected failure of a parser would come as this one.
    expect(thrown.code, thrown.message).not.toBe('internal');
  }
}

describe('loaders', () => {
  let samples: readonly (readonly [string, Uint8Array])[] = [];

  beforeAll(async () => {
    samples = [
      ['a.md', bytesOf(sampleMarkdown)],
      ['a.html', bytesOf(sampleHtml)],
      ['a.eml', bytesOf(sampleMail)],
      ['a.csv', bytesOf('a;b\n"x; y";2\n')],
      ['a.json', bytesOf('{"name": "A", "rows": [{"a": 1, "b": "x"}, {"a": 2}], "deep": {"list": ["x", "y"]}}')],
      ['a.jsonl', bytesOf('{"a": 1}\n{"a": 2, "b": {"c": 3}}\n')],
      ['a.xml', bytesOf('<a><title>T</title><p x="y">w <b>o</b></p><r><i>1</i></r><r><i>2</i></r></a>')],
      ['a.rst', bytesOf('Title\n=====\n\nText::\n\n  code\n\nMore\n----\n')],
      ['a.org', bytesOf('* Head\n#+begin_src\ncode\n#+end_src\n** More\n- x\n')],
      ['a.vtt', bytesOf('WEBVTT\n\n00:01.000 --> 00:02.000\n<v A>hello\n')],
      ['a.docx', await makeDocx()],
      [
        'a.pdf',
        await makePdf([
          {
            title: 'T',
            paragraphs: ['Some text.'],
            rows: [
              ['a', 'b'],
              ['c', 'd'],
            ],
          },
        ]),
      ],
    ];
  });

  it('throw nothing but PerseaError on random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), fc.constantFrom(...extensions), async (bytes, extension) => {
        await expectOnlyPerseaErrors(bytes, `a.${extension}`);
      }),
      { numRuns: 300 },
    );
  });

  it('throw nothing but PerseaError on random text', async () => {
    const markup = fc.constantFrom(
      '\n',
      '\n\n',
      '# ',
      '- ',
      '> ',
      '|',
      '---',
      '```',
      '<p>',
      '<table>',
      '</td>',
      '<!--',
      '"',
      ';',
      'From: ',
      '&#0;',
      '[a]: ',
      '\u0000',
      'é',
      'e\u0301',
      '\uFEFF',
    );
    const text = fc
      .array(fc.oneof(markup, fc.string({ maxLength: 12 })), { maxLength: 40 })
      .map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom(...extensions), async (content, extension) => {
        await expectOnlyPerseaErrors(bytesOf(content), `a.${extension}`);
      }),
      { numRuns: 300 },
    );
  });

  it('throw nothing but PerseaError on mutated files of each type', async () => {
    const mutation = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255) });
    const change = fc.record({
      sample: fc.nat(5),
      mutations: fc.array(mutation, { minLength: 1, maxLength: 12 }),
      keep: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ sample, mutations, keep }) => {
        const [fileName, original] = samples[sample] ?? ['a.md', new Uint8Array()];
        const bytes = original.slice(0, Math.ceil(original.length * keep));
        for (const { at, byte } of mutations) bytes[Math.min(bytes.length - 1, Math.floor(at * bytes.length))] = byte;
        await expectOnlyPerseaErrors(bytes, fileName);
      }),
      { numRuns: 200 },
    );
  });
});
