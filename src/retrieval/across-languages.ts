/**
 * Which candidates are written in another language than the question. To the keyword arm they are all alike, whatever they say, and
 * whatever is in the question's own language stands before them; a model that was made for both languages tells them apart.
 */
import type { StoredChunk } from '../core/chunk.ts';
import type { KnownLanguage } from '../core/function-words.ts';
import { questionLanguage } from '../core/question-language.ts';

/** For as long as the store remembers the chunk. */
const known = new WeakMap<StoredChunk, KnownLanguage | null>();

/**
 * @param languages of the embedding model; undefined, or a single one, tells nothing across languages
 * @returns chunk ids; what is in no language that is known, or in none of the model's, is left out
 */
export function inOtherLanguages(
  question: string,
  chunks: Iterable<StoredChunk>,
  languages: readonly string[] | undefined,
): ReadonlySet<string> {
  const others = new Set<string>();
  if (languages === undefined || languages.length < 2) return others;
  const asked = questionLanguage(question);
  if (asked === null || !languages.includes(asked)) return others;
  for (const chunk of chunks) {
    const written = languageOf(chunk);
    if (written !== null && written !== asked && languages.includes(written)) others.add(chunk.chunkId);
  }
  return others;
}

/**
 * That a passage in another language lacks the question's words says nothing, so it has at least the score of its cosine; a name that both
 * have may give it more.
 *
 * @param cosines makes the scores of the cosines alone, on the same scale; asked only where they are needed
 * @returns the scores, and which of them are those of the cosine alone
 */
export function atLeastByMeaning(
  scores: ReadonlyMap<string, number>,
  others: ReadonlySet<string>,
  cosines: () => ReadonlyMap<string, number>,
): { readonly scores: ReadonlyMap<string, number>; readonly lifted: ReadonlySet<string> } {
  if (others.size === 0) return { scores, lifted: others };
  const byMeaning = cosines();
  const lifted = new Set([...others].filter((id) => (byMeaning.get(id) ?? 0) > (scores.get(id) ?? 0)));
  return {
    scores: new Map([...scores].map(([id, score]) => [id, lifted.has(id) ? (byMeaning.get(id) ?? 0) : score])),
    lifted,
  };
}

/** Null for what is in no language that is known. */
export function languageOf(chunk: StoredChunk): KnownLanguage | null {
  const memo = known.get(chunk);
  if (memo !== undefined) return memo;
  const language = questionLanguage(chunk.text);
  known.set(chunk, language);
  return language;
}
