/**
 * Searches once more where a word of the question is a typing error of the candidates' word: words are forgiven one while they are
 * weighed, but the vector is that of another text, and the keyword search has found nothing of that word. What nobody
 * misspelt is embedded and searched once.
 */
import { missingWords, readQuestion } from './question-words.ts';
import type { Found, Respelled, Retriever } from './retriever.ts';

/** More words that stand nowhere are no slips of the finger: the documents speak of something else. */
const maxMissing = 2;

export function withRespelling(retriever: Retriever): Retriever {
  return {
    async retrieve(scope, query, request = {}) {
      const spellings: Respelled[] = [];
      const first = await retriever.retrieve(scope, query, {
        ...request,
        isWorthRanking(found) {
          spellings.push(...spellingOf(query, found));
          return spellings.length === 0;
        },
      });
      const [respelled] = spellings;
      if (respelled === undefined) return first;
      const second = await retriever.retrieve(scope, respelled.query, {
        ...request,
        madeFrom: [...(request.madeFrom ?? []), ...respelled.madeFrom],
      });
      // The embedder failed, or may not be sent words of these candidates.
      if (second.mode === 'keyword') return retriever.retrieve(scope, query, request);
      const totalMs = first.timings.totalMs + second.timings.totalMs;
      return { ...second, timings: { ...second.timings, totalMs }, respelled };
    },
  };
}

/** Empty for a question that nobody misspelt. */
function spellingOf(query: string, found: readonly Found[]): readonly Respelled[] {
  const missing = missingWords(query, found).length;
  if (missing === 0 || missing > maxMissing) return [];
  const { readAs } = readQuestion(query, found);
  const respelled = respell(query, readAs);
  // Which word it is read as, all candidates had a say in.
  const madeFrom = found.map(({ classification }) => ({ classification }));
  return respelled === query ? [] : [{ query: respelled, readAs, madeFrom }];
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
