import { describe, expect, it } from 'vitest';
import type { Passage } from '../../src/core/chunk.ts';
import { atLeastByMeaning, inOtherLanguages, languageOf } from '../../src/retrieval/across-languages.ts';
import { candidateOf, rankCandidates } from '../../src/retrieval/ranking.ts';
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

describe('atLeastByMeaning', () => {
  const scores = new Map([
    ['de', 0.4],
    ['named', 0.8],
    ['en', 0.5],
  ]);
  const byMeaning = new Map([
    ['de', 0.9],
    ['named', 0.6],
    ['en', 0.7],
  ]);

  it('lifts what is in another language, where meaning says more than the words', () => {
    const { scores: after, lifted } = atLeastByMeaning(scores, new Set(['de', 'named']), () => byMeaning);
    expect([...after]).toEqual([
      ['de', 0.9],
      ['named', 0.8],
      ['en', 0.5],
    ]);
    expect([...lifted]).toEqual(['de']);
  });

  it('changes nothing where all is in one language', () => {
    const never = () => expect.unreachable();
    expect(atLeastByMeaning(scores, new Set(), never).scores).toBe(scores);
  });
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
      ...candidateOf(one.chunk, documentRecord(one.chunk.documentId), null),
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
