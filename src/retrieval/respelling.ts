/**
 * Searches once more where a word of the question is a typing error of the candidates' word: words are forgiven one while they are
 * weighed, but the vector is that of another text, and the keyword search has found nothing of that word. What nobody
 * misspelt is embedded and searched once.
 */
import { missingWords, readQuestion } from './question-words.ts';
import type { Retriever } from './retriever.ts';

/** Of the best so many candidates the words are counted by the ranking anyway. */
const readCandidates = 100;
/** More words that stand nowhere are no slips of the finger: the documents speak of something else. */
const maxMissing = 2;

export function withRespelling(retriever: Retriever): Retriever {
  return {
    async retrieve(scope, query, request = {}) {
      const first = await retriever.retrieve(scope, query, request);
      // Without a vector nothing is gained.
      if (first.mode === 'keyword') return first;
      const missing = missingWords(query, first.candidates.slice(0, readCandidates)).length;
      if (missing === 0 || missing > maxMissing) return first;
      const { readAs } = readQuestion(query, first.candidates);
      const respelled = respell(query, readAs);
      if (respelled === query) return first;
      // Which word it is read as, all candidates had a say in.
      const madeFrom = first.candidates.map(({ classification }) => ({ classification }));
      const second = await retriever.retrieve(scope, respelled, {
        ...request,
        madeFrom: [...(request.madeFrom ?? []), ...madeFrom],
      });
      // The embedder failed, or may not be sent words of these candidates.
      if (second.mode === 'keyword') return first;
      const totalMs = first.timings.totalMs + second.timings.totalMs;
      return {
        ...second,
        timings: { ...second.timings, totalMs },
        respelled: { query: respelled, readAs, madeFrom },
      };
    },
  };
}

/** What people should know of words that were read as others. */
export function respellingWarnings(readAs: ReadonlyMap<string, string>): readonly string[] {
  return [...readAs].map(
    ([typed, spelled]) => `Nothing that was found has the word "${typed}"; it was read as "${spelled}".`,
  );
}

/** The question with these words in their other spelling. */
export function respell(question: string, readAs: ReadonlyMap<string, string>): string {
  return question.replace(/[\p{L}\p{M}]+/gu, (word) => readAs.get(word) ?? word);
}
