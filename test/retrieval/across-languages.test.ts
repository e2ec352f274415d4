import { describe, expect, it } from 'vitest';
import type { Passage } from '../../src/core/chunk.ts';
import { inOtherLanguages, languageOf } from '../../src/retrieval/across-languages.ts';
import { fuseConvex } from '../../src/retrieval/fusion.ts';
import { rankCandidates } from '../../src/retrieval/ranking.ts';
import { rankByVisibleWords } from '../../src/retrieval/visible-ranking.ts';
import { documentRecord, passage, storedChunk } from '../support/retrieval-fakes.ts';

const german = storedChunk('de', 0, 'Ein Buch darf man in der Bibliothek für 21 Tage ausleihen, und nicht länger.');
const english = storedChunk('en', 0, 'The library is on the first floor, and it is open for everybody who works here.');
const code = storedChunk('code', 0, 'ERR-4012 0x7F');
const question = 'For how long may I borrow a book from the library?';
const chunks = [german, english, code];
const both = ['en', 'de'];

describe('inOtherLanguages', () => {
  it('names what is in another language of the model than the question', () => {
    expect([...inOtherLanguages(question, chunks, both)]).toEqual([german.chunkId]);
    expect([...inOtherLanguages('Wie lange darf ich ein Buch ausleihen?', chunks, both)]).toEqual([english.chunkId]);
    expect(languageOf(code)).toBeNull();
  });

  it.each<[string, string, readonly string[] | undefined]>([
    ['of a model whose languages nobody knows', question, undefined],
    ['of a model for one language', question, ['en']],
    ['of a model that does not know the other language', question, ['en', 'fr']],
    ['of a model that does not know the language of the question', question, ['de', 'fr']],
    ['for a question in no language', 'ERR-4012', both],
  ])('names nothing %s', (_, asked, languages) => {
    expect(inOtherLanguages(asked, chunks, languages).size).toBe(0);
  });

  it('reads another text under the same id anew', () => {
    inOtherLanguages(question, [german], both);
    expect(inOtherLanguages(question, [{ ...german, text: english.text }], both).size).toBe(0);
  });
});

it('counts the cosine alone where words tell nothing, as far as there is one', () => {
  const fused = fuseConvex({
    vector: [
      { id: 'de', score: 0.9 },
      { id: 'en', score: 0.5 },
    ],
    keyword: [
      { id: 'en', score: 7 },
      { id: 'unread', score: 2 },
    ],
    denseWeight: 0.5,
    depth: 10,
    byCosineAlone: new Set(['de', 'unread']),
  });
  expect(fused.get('de')).toBe(1);
  expect(fused.get('en')).toBe(0.5);
  expect(fused.get('unread')).toBe(0);
});

describe('a passage in another language that is nearest by meaning', () => {
  const found = [
    { chunk: german, cosine: 0.9, keyword: 0 },
    { chunk: english, cosine: 0.6, keyword: 9 },
    { chunk: code, cosine: 0.1, keyword: 1 },
  ];
  const partsOf = ({ cosine, keyword }: (typeof found)[number]) => [
    { source: 'vector', rank: 1, score: cosine },
    ...(keyword === 0 ? [] : [{ source: 'keyword', rank: 1, score: keyword }]),
  ];
  const settings = { denseWeight: 0.5, smoothing: null, hasNearness: true, hasCandidateWords: true };
  const search = (languages: readonly string[] | undefined): readonly Passage[] => {
    const candidates = found.map((one) => ({
      chunk: one.chunk,
      document: documentRecord(one.chunk.documentId),
      vector: null,
      parts: partsOf(one),
    }));
    return rankCandidates(new Map(candidates.map((one) => [one.chunk.chunkId, one])), {
      ...settings,
      question,
      queryVector: null,
      languages,
      depth: 10,
      exact: null,
    });
  };

  it('comes first in a search, and says that nothing else counted', () => {
    expect(search(undefined)[0]?.chunk.documentId).toBe('en');
    const [first, second] = search(both);
    expect(first?.chunk.documentId).toBe('de');
    expect(first?.score).toBe(1);
    expect(first?.parts).toMatchObject([{ source: 'vector', weight: 1 }]);
    expect(second?.parts.map(({ source }) => source)).toContain('words');
  });

  it('comes first among what an answer is made from', () => {
    const passages = found.map((one) => passage(one.chunk, { parts: partsOf(one) }));
    const order = (languages?: readonly string[]) =>
      rankByVisibleWords(question, passages, { denseWeight: 0.5, languages }).map(({ chunk }) => chunk.documentId);
    expect(order()[0]).toBe('en');
    expect(order(both)[0]).toBe('de');
  });
});
