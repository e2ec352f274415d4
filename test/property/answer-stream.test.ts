/** What holds for every answer, whatever a model says and however its text is cut into pieces. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnswerPolicy, createAnswerStream, resolveAnswer } from '../../src/answer/answer-stream.ts';
import type { Support } from '../../src/core/answer.ts';
import { windowOf } from '../support/context-window.ts';

const texts = [
  'Parental leave is 26 weeks. It is paid in full, see [3] and [12].\n\n| item | limit |\n| --- | --- |\n| hotel [1] | EUR 150 |\n',
  '# Canteen\n\nThe canteen opens at noon. It is not open on Sunday.\n- Bring a tray\n- Pay by card, e.g. with code AQ4-118.',
];
const documents = texts.map((text, index) => ({ documentId: `d${index}`, text }));
const window = windowOf(documents);
const question = 'How many weeks of parental leave are paid in full, and when does the canteen open?';

/** Sentences of the sources, changed ones, markers of all kinds, and rubbish made of what markers consist of. */
const piece = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      'Parental leave is 26 weeks.',
      'Parental leave is 27 weeks.',
      // Partly in a source, so it needs a marker.
      'For everyone it is paid in full, see [3] and [12].',
      'It is paid in full, see [3] and [12].',
      'see \\[3\\]',
      'item: hotel [1]; limit: EUR 150.',
      'The canteen opens at noon.',
      'The canteen is open on Sunday.',
      'Bring a tray',
      'Pay by card, e.g. with code AQ4-118.',
      'Yes.',
      "I don't know.",
      'Dr. Who',
      'Rates:',
      '# Heading',
      '26 weeks',
    ),
  },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      '[1]',
      '[2]',
      '[9]',
      '[1, 2]',
      '[1][2]',
      '【2】',
      '[Source 1]',
      '[^1]',
      '[1](x)',
      '[2021]',
    ),
  },
  { weight: 4, arbitrary: fc.constantFrom(' ', '\n', '\n\n', '\n- ', '. ', '.') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '[',
      ']',
      '1',
      '\\',
      '[[1]]',
      '[1',
      '1]',
      '(',
      '【',
      '|',
      '*',
      '# ',
      '[ 1 ]',
      '\\\\[1]',
      '٣',
      '…',
    ),
  },
);
const modelText = fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(''));
const policy = fc.constantFrom<AnswerPolicy>('remove', 'mark', 'abstain');

function markersIn(text: string): number[] {
  return [...text.matchAll(/(?<!\\)\[\s*(\d+)\s*\]/g)].map((match) => Number(match[1]));
}

describe('every answer', () => {
  it('has a text and a citation list that agree, and quotes that are slices of the documents', () => {
    fc.assert(
      fc.property(modelText, policy, (text, chosen) => {
        const answer = resolveAnswer(text, { window, policy: chosen });
        const numbers = answer.citations.map((citation) => citation.marker);
        expect(numbers).toEqual(numbers.map((_, index) => index + 1));
        expect([...new Set(markersIn(answer.text))]).toEqual(numbers);
        expect([...new Set(answer.claims.flatMap((claim) => claim.citations))].sort((a, b) => a - b)).toEqual(numbers);
        for (const citation of answer.citations) {
          const source = documents.find((document) => document.documentId === citation.documentId);
          expect(citation.quote).toBe(source?.text.slice(citation.start, citation.end));
          expect(citation.quote).not.toBe('');
          expect(citation.support).not.toBe('none');
          expect(citation.chunkId).toBe(`${citation.documentId}#1#0`);
        }
        expect(answer.status === 'abstained').toBe(answer.citations.length === 0);
        expect(answer.status === 'abstained').toBe(answer.reason !== null);
        if (chosen !== 'mark') for (const claim of answer.claims) expect(claim.citations).not.toEqual([]);
      }),
      { numRuns: 1500 },
    );
  });

  it('is the joined text of what its stream released, in whatever pieces it came', () => {
    fc.assert(
      fc.property(
        modelText,
        policy,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
        (text, chosen, lengths) => {
          const stream = createAnswerStream({ window, policy: chosen, question });
          const released = [];
          for (let start = 0, n = 0; start < text.length; n++) {
            const end = start + (lengths[n % lengths.length] ?? 1);
            released.push(...stream.push(text.slice(start, end)));
            start = end;
          }
          const hadReleased = released.length > 0;
          const { released: last, answer } = stream.end();
          released.push(...last);
          expect(released.map((sentence) => sentence.text).join('')).toBe(answer.text);
          expect(released.map((sentence) => sentence.claim)).toEqual(answer.claims);
          expect(released.flatMap((sentence) => sentence.newCitations)).toEqual(answer.citations);
          if (hadReleased) expect(answer.status).toBe('answered');
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('keeps text, claims and citations together through verdicts of any kind and a second text', () => {
    const support = fc.constantFrom<Support>('none', 'partial', 'entailed');
    fc.assert(
      fc.property(
        modelText,
        modelText,
        policy,
        fc.array(support, { minLength: 1 }),
        (first, second, chosen, verdicts) => {
          const inDoubt: readonly Support[] = ['none', 'partial', 'entailed'];
          const stream = createAnswerStream({ window, policy: chosen, question, inDoubt });
          let asked = 0;
          const settled = () =>
            stream.settle(({ check, nearest }) => {
              const verdict = verdicts[asked++ % verdicts.length] ?? 'none';
              const spans = nearest === null ? check.spans : [nearest];
              return verdict === 'none' ? { support: 'none', spans: [] } : { support: verdict, spans };
            });
          const written = (text: string) => [...stream.push(text), ...stream.finish(), ...settled()];
          const released = written(first);
          const [before, wasLost] = [released.length, stream.isLost];
          stream.again();
          released.push(...written(second));
          const { released: last, answer } = stream.end();
          released.push(...last);
          if (answer.status === 'answered') {
            expect(released.map((sentence) => sentence.text).join('')).toBe(answer.text);
            expect(released.map((sentence) => sentence.claim)).toEqual(answer.claims);
            expect(released.flatMap((sentence) => sentence.newCitations)).toEqual(answer.citations);
          } else {
            expect(answer).toMatchObject({ text: '', citations: [], claims: [] });
          }
          if (before > 0) expect(answer.status).toBe('answered');
          if (before > 0 && chosen === 'remove') expect(wasLost).toBe(false);
          const numbers = answer.citations.map((citation) => citation.marker);
          expect([...new Set(markersIn(answer.text))]).toEqual(numbers);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('does not depend on how ordinary text was cut into pieces', () => {
    const sentence = fc.constantFrom(
      'Parental leave is 26 weeks. [1]',
      'Parental leave is 27 weeks. [1]',
      'The canteen opens at noon [2].',
      'It is paid in full, see \\[3\\] and \\[12\\]. [1]',
      'The canteen is not open on Sunday. [2]',
      'Pay by card, e.g. with code AQ4-118. [2]',
      "I don't know.",
      'Limits: [1]',
    );
    const ordinary = fc
      .array(fc.tuple(sentence, fc.constantFrom(' ', '\n', '\n\n')), { maxLength: 8 })
      .map((parts) => parts.flat().join(''));
    fc.assert(
      fc.property(
        ordinary,
        policy,
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }),
        (text, chosen, lengths) => {
          const stream = createAnswerStream({ window, policy: chosen, question });
          for (let start = 0, n = 0; start < text.length; n++) {
            const end = start + (lengths[n % lengths.length] ?? 1);
            stream.push(text.slice(start, end));
            start = end;
          }
          expect(stream.end().answer).toEqual(resolveAnswer(text, { window, policy: chosen, question }));
        },
      ),
      { numRuns: 500 },
    );
  });
});
