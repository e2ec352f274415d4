/**
 * Searches once more where a word of the question is a typing error of the candidates' word, or where they define an abbreviation of
 * which it has one form: both are forgiven while words are weighed, but the vector is that of another text, and the keyword
 * search has found nothing of the other word. Any other question is embedded and searched once.
 */
import type { KnownLanguage } from '../core/function-words.ts';
import { toldIn } from '../core/told.ts';
import { type Abbreviations, abbreviationsFor } from './abbreviations.ts';
import { abbreviationsOf, missingWords, readQuestion } from './question-words.ts';
import type { Found, Respelled, Retrieval, Retriever } from './retriever.ts';

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
      // A search by keywords alone forgives typing errors by itself.
      if (first.mode === 'keyword') spellings.push(...inFull(query, foundBy(first)));
      const [respelled] = spellings;
      if (respelled === undefined) return first;
      const second = await retriever.retrieve(scope, respelled.query, {
        ...request,
        madeFrom: [...(request.madeFrom ?? []), ...respelled.madeFrom],
      });
      // The embedder failed, or may not be sent words of these candidates.
      if (second.mode === 'keyword' && first.mode !== 'keyword') return retriever.retrieve(scope, query, request);
      const totalMs = first.timings.totalMs + second.timings.totalMs;
      return { ...second, timings: { ...second.timings, totalMs }, respelled };
    },
  };
}

/** Empty for a question that nobody misspelt and that names nothing which the candidates shorten. */
function spellingOf(query: string, found: readonly Found[]): readonly Respelled[] {
  const missing = missingWords(query, found).length;
  if (missing === 0 || missing > maxMissing) return inFull(query, found, abbreviationsOf(query, found));
  const { readAs } = readQuestion(query, found);
  const respelled = respell(query, readAs);
  if (respelled === query) return inFull(query, found, abbreviationsOf(query, found));
  // Which word it is read as, all candidates had a say in.
  const madeFrom = found.map(({ classification }) => ({ classification }));
  const [both] = inFull(respelled, found);
  const inWords = (text: string) => respell(text, readAs);
  return [
    {
      query: both?.query ?? respelled,
      readAs,
      madeFrom,
      respell: both === undefined ? inWords : (text) => both.respell(inWords(text)),
    },
  ];
}

/** With both forms of what it names. */
function inFull(
  query: string,
  found: readonly Found[],
  abbreviations: Abbreviations | null = abbreviationsFor(query, found),
): readonly Respelled[] {
  const both = abbreviations?.inQuestion(query) ?? query;
  if (abbreviations === null || both === query) return [];
  const definitions = found.filter(({ chunk }) => abbreviations.definedIn.has(chunk));
  const madeFrom = definitions.map(({ classification }) => ({ classification }));
  return [{ query: both, readAs: new Map(), madeFrom, respell: abbreviations.inQuestion }];
}

function foundBy({ candidates }: Retrieval): readonly Found[] {
  return candidates.map(({ chunk, classification }) => ({ chunk, classification }));
}

/** What people should know of words that were read as others. */
export function respellingWarnings(
  readAs: ReadonlyMap<string, string>,
  language: KnownLanguage | null,
): readonly string[] {
  return [...readAs].map(([typed, spelled]) =>
    toldIn(language, {
      en: `Nothing that was found has the word "${typed}"; it was read as "${spelled}".`,
      de: `Nichts, was gefunden wurde, enthält das Wort „${typed}“; es wurde als „${spelled}“ gelesen.`,
      fr: `Rien de ce qui a été trouvé ne contient le mot « ${typed} » ; il a été lu comme « ${spelled} ».`,
    }),
  );
}

/** The question with these words in their other spelling. */
export function respell(question: string, readAs: ReadonlyMap<string, string>): string {
  return question.replace(/[\p{L}\p{M}]+/gu, (word) => readAs.get(word) ?? word);
}
