import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { signatureOf } from '../../src/core/minhash.ts';
import { foldDuplicates } from '../../src/retrieval/duplicates.ts';
import { passage, storedChunk } from '../support/retrieval-fakes.ts';

const scope = systemScope('test');
const filler = Array.from({ length: 30 }, (_, index) => `Rule ${index} says what holds at desk number ${index}.`);
const textWith = (...sentences: readonly string[]) => [...filler, ...sentences].join(' ');

/** Passages best first, each of a document of its own whose text is this one's. */
async function fold(question: string, texts: readonly string[], classifications: readonly string[] = []) {
  const passages = texts.map((text, index) =>
    passage(storedChunk(`d${index}`, 0, text), { classification: classifications[index] ?? 'internal' }),
  );
  const catalog = {
    signatures: async () =>
      new Map(
        texts.flatMap((text, index) => {
          const signature = signatureOf(text);
          return signature === null ? [] : [[`d${index}`, signature] as const];
        }),
      ),
  };
  const result = await foldDuplicates(catalog, scope, question, passages, {
    mayStandFor: (shown, folded) => shown.classification === folded.classification,
  });
  return {
    shown: result.passages.map(({ chunk }) => chunk.documentId),
    folded: [...result.duplicates].map(([id, folded]) => [id, folded.map(({ chunk }) => chunk.documentId)]),
  };
}

const leave = 'Parental leave is 26 weeks.';

describe('foldDuplicates', () => {
  it('shows copies once, under the best of them', async () => {
    const other = 'Nothing of this stands anywhere else in the handbook of the company.';
    expect(
      await fold('How long is parental leave?', [textWith(leave), other, textWith(leave), textWith(leave)]),
    ).toEqual({
      shown: ['d0', 'd1'],
      folded: [[storedChunk('d0', 0, '').chunkId, ['d2', 'd3']]],
    });
  });

  it.each([
    {
      name: 'marks and spaces do not count',
      texts: [textWith(leave), `**${textWith(leave).replaceAll(' ', '\n')}**`],
      shown: 1,
    },
    {
      name: 'another number is another version',
      texts: [textWith(leave), textWith('Parental leave is 24 weeks.')],
      shown: 2,
    },
    {
      name: 'another version of a line that the question does not name, too',
      texts: [textWith('The manager approves it.'), textWith('The director approves it.')],
      shown: 2,
    },
    {
      name: 'a sentence more about something else',
      texts: [textWith(leave), textWith(leave, 'Bring a pen.')],
      shown: 1,
    },
    {
      name: 'a sentence more about what is asked',
      texts: [textWith(leave), textWith(leave, 'Contractors get no parental pay.')],
      shown: 2,
    },
    { name: 'a sentence less', texts: [textWith(leave, 'Parental pay is full.'), textWith(leave)], shown: 1 },
    { name: 'half of it is the same', texts: [textWith(leave), filler.slice(0, 15).join(' ')], shown: 2 },
    { name: 'no words at all', texts: ['—', '—'], shown: 2 },
  ])('$name: $shown shown', async ({ texts, shown }) => {
    expect((await fold('How long is parental leave?', texts)).shown).toHaveLength(shown);
  });

  it('keeps equal passages of documents that are not linked', async () => {
    const chunk = (documentId: string) => passage(storedChunk(documentId, 0, textWith(leave)));
    const signatures = new Map([
      ['a', signatureOf(textWith(leave)) ?? new Uint32Array(0)],
      [
        'b',
        signatureOf(`${textWith(leave)} ${Array.from({ length: 300 }, (_, index) => `more${index}`).join(' ')}`) ??
          new Uint32Array(0),
      ],
    ]);
    const { passages } = await foldDuplicates({ signatures: async () => signatures }, scope, 'leave', [
      chunk('a'),
      chunk('b'),
    ]);
    expect(passages).toHaveLength(2);
  });

  it('lets none stand for one that it may not stand for', async () => {
    const texts = [textWith(leave), textWith(leave)];
    expect((await fold('leave', texts, ['confidential', 'public'])).shown).toEqual(['d0', 'd1']);
  });

  it('looks at no more passages than are needed for as many different ones as are wanted', async () => {
    const different = (index: number) => Array.from({ length: 60 }, (_, word) => `s${index}w${word}`).join(' ');
    const texts = [
      ...Array.from({ length: 58 }, () => textWith(leave)),
      ...Array.from({ length: 142 }, (_, index) => different(index)),
    ];
    const asked: number[] = [];
    const catalog = {
      signatures: async (_: unknown, ids: readonly string[]) => {
        asked.push(ids.length);
        return new Map(ids.map((id) => [id, signatureOf(texts[Number(id.slice(1))] ?? '') ?? new Uint32Array(0)]));
      },
    };
    const passages = texts.map((text, index) => passage(storedChunk(`d${index}`, 0, text)));
    const few = await foldDuplicates(catalog, scope, 'leave', passages.slice(50), { wanted: 8 });
    expect(asked).toEqual([50]);
    expect(few.passages).toHaveLength(143);
    const many = await foldDuplicates(catalog, scope, 'leave', passages, { wanted: 8 });
    expect(asked).toEqual([50, 50, 100]);
    expect(many.passages.map(({ chunk }) => chunk.documentId)).toEqual([
      'd0',
      ...Array.from({ length: 142 }, (_, index) => `d${58 + index}`),
    ]);
  });
});
