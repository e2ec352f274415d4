import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Output } from '../../src/cli/output.ts';
import { ingestProgress } from '../../src/cli/progress.ts';
import { answerTextPrinter, renderAnswer } from '../../src/cli/render-answer.ts';
import { alignedTable, LineWrapper, printable, shorten, wrap } from '../../src/cli/text.ts';
import type { Answer, AnsweredAnswer } from '../../src/core/answer.ts';
import { RecordingStream } from '../support/command-line.ts';

const answered: AnsweredAnswer = {
  status: 'answered',
  reason: null,
  text: 'Parental leave is 26 weeks, as rule \\[7\\] says. [1] Ask early. [2]',
  citations: [
    {
      marker: 1,
      uri: 'handbook/hr/leave.md',
      title: 'Leave',
      headingPath: ['Leave', 'Parental'],
      page: 3,
      documentId: 'doc_1',
      chunkId: 'doc_1#1#0',
      start: 0,
      end: 26,
      quote: 'parental leave is\n26 weeks',
      support: 'verbatim',
    },
    {
      marker: 2,
      uri: 'handbook/hr/ask.md',
      title: 'Ask',
      headingPath: [],
      page: null,
      documentId: 'doc_2',
      chunkId: 'doc_2#1#0',
      start: 0,
      end: 9,
      quote: 'Ask \u001B[31mearly',
      support: 'partial',
    },
  ],
  claims: [],
  warnings: ['The model was cut off.'],
  model: { id: 'main', provider: 'openai-compatible', zone: 'private' },
  prompt: null,
  context: { format: 'numbered', tokens: 812, passages: 6, omitted: [{ uri: 'a/b.md', reason: 'budget' }] },
  usage: {
    inputTokens: 900,
    outputTokens: 40,
    costUsd: 0.00123,
    ms: { retrieve: 9, rerank: 0, generate: 3, total: 14 },
  },
  cache: 'miss',
  traceId: 'trace_1',
};

function terminal(options: { readonly isTerminal: boolean }): Output {
  return new Output({ stdout: new RecordingStream(options), stderr: new RecordingStream(options) }, false);
}
const pipe = terminal({ isTerminal: false });

describe('an answer for people', () => {
  it('has its text, each citation with place and quote, facts and warnings', () => {
    expect(renderAnswer(answered, pipe)).toBe(
      [
        'Parental leave is 26 weeks, as rule [7] says. [1] Ask early. [2]',
        '',
        '[1] handbook/hr/leave.md › Leave > Parental, page 3',
        '    "parental leave is',
        '    26 weeks"',
        '',
        '[2] handbook/hr/ask.md (support: partial)',
        '    "Ask [31mearly"',
        '',
        'answered · model main (zone private) · 6 passages, 812 tokens (numbered)',
        '900 tokens in, 40 out · $0.00123 · 14 ms',
        '',
        'warning: The model was cut off.',
      ].join('\n'),
    );
  });

  it('names the nearest documents of an abstention', () => {
    const abstained: Answer = {
      ...answered,
      status: 'abstained',
      reason: 'no-evidence',
      text: 'Nothing says so.',
      citations: [],
      nearest: [{ uri: 'a/b.md', title: 'B' }],
    };
    const shown = renderAnswer(abstained, pipe);
    expect(shown).toContain('Nearest documents:\n  a/b.md › B');
    expect(shown).toContain('abstained (no-evidence)');
  });

  it('shows the context with what was left out', () => {
    const shown = renderAnswer({ ...answered, context: { ...answered.context, text: '[1] Leave\n  26 weeks' } }, pipe);
    expect(shown).toContain('[1] Leave\n  26 weeks\n\nLeft out:\n  a/b.md (budget)');
  });

  it('emphasizes markers on a terminal, and never colours a pipe', () => {
    const shown = renderAnswer(answered, terminal({ isTerminal: true }));
    // Whether colours are on at all is up to the environment of the test.
    expect(stripVTControlCharacters(shown)).toBe(renderAnswer(answered, pipe));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what must be absent.
    expect(renderAnswer(answered, pipe)).not.toMatch(/\u001B/);
  });

  it('reads the same whether the text comes at once or in pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 60 }), fc.nat(), (words, cut) => {
        const text = words.join(' ');
        // The stream is cut between sentences, so never inside a word.
        const spaces = [...text.matchAll(/ /g)].map((match) => match.index);
        const at = spaces.length === 0 ? text.length : (spaces[cut % spaces.length] ?? 0);
        const print = answerTextPrinter(pipe);
        const normal = (shown: string) => shown.replace(/ +\n/g, '\n');
        expect(normal(print(text.slice(0, at)) + print(text.slice(at)))).toBe(normal(wrap(text, pipe.columns)));
      }),
    );
  });
});

describe('text for terminals', () => {
  it('keeps lines within the columns, all words in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^\S{1,20}$/), { maxLength: 40 }),
        fc.integer({ min: 24, max: 60 }),
        fc.integer({ min: 0, max: 4 }),
        (words, columns, depth) => {
          const indent = ' '.repeat(depth);
          const wrapped = wrap(words.join(' '), columns, indent);
          expect(wrapped.split(/\s+/).filter((word) => word !== '')).toEqual(words);
          for (const line of wrapped.split('\n')) {
            expect(line.startsWith(indent)).toBe(true);
            expect(line.length).toBeLessThanOrEqual(columns);
          }
        },
      ),
    );
  });

  it('does not split a word that is longer than a line', () => {
    expect(new LineWrapper(10).push('a abcdefghijklmnop b')).toBe('a\nabcdefghijklmnop\nb');
  });

  it('lets nothing through that would act on the terminal', () => {
    expect(printable('a\u001B]0;title\u0007b\u009B31mc\r\u202Ed\te\n')).toBe('a]0;titleb31mcd\te\n');
  });

  it('shortens at a word and says so', () => {
    expect(shorten('one two three', 20)).toBe('one two three');
    expect(shorten('one two three', 10)).toBe('one two…');
    expect(shorten('abcdefghijkl', 6)).toBe('abcde…');
  });

  it('aligns columns', () => {
    expect(
      alignedTable([
        ['a', 'bbb', 'c'],
        ['aaaa', 'b', ''],
      ]),
    ).toBe('a     bbb  c\naaaa  b');
  });
});

describe('progress', () => {
  const events = [
    { type: 'plan', documents: 2 },
    { type: 'document-start', uri: 'docs/a.md' },
    { type: 'document-end', uri: 'docs/a.md', outcome: 'added', chunks: 3, tokens: 300 },
  ] as const;

  it('is one line on a terminal, which the next message replaces', () => {
    const stderr = new RecordingStream({ isTerminal: true });
    const output = new Output({ stdout: new RecordingStream(), stderr }, false);
    const report = ingestProgress(output);
    for (const event of events) report(event);
    expect(stderr.text).toContain('0/2 files');
    output.message('done');
    expect(stripVTControlCharacters(stderr.text)).toMatch(/\rdone\n$/);
  });

  it('is silent in a pipe, and JSON lines with --json', () => {
    const stderr = new RecordingStream();
    const silent = ingestProgress(new Output({ stdout: new RecordingStream(), stderr }, false));
    for (const event of events) silent(event);
    expect(stderr.text).toBe('');
    const report = ingestProgress(new Output({ stdout: new RecordingStream(), stderr }, true));
    for (const event of events) report(event);
    expect(stderr.text).toBe(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  });
});
