/** A text as a query of the engine's full-text index. It is never parsed as a query language: operators are plain words. */
import type { FullTextQuery } from '@lancedb/lancedb';
import type { KeywordMatching } from './chunk-store.ts';
import { germanForms } from './german-endings.ts';
import { keywordColumn } from './maintenance.ts';
import { numberForms } from './number-forms.ts';
import { comparableWords, forgivenEdits } from './similar-words.ts';

const maxSimilarTerms = 20;

/** Undefined where no word is left to look for. */
export async function keywordQuery(query: string, matching: KeywordMatching): Promise<FullTextQuery | undefined> {
  const { BooleanQuery, MatchQuery, Occur, Operator } = await import('@lancedb/lancedb');
  if (query.trim() === '') return undefined;
  if (matching === 'any')
    return new MatchQuery([query, ...germanForms(query), ...numberForms(query)].join(' '), keywordColumn);
  if (matching === 'all') return new MatchQuery(query, keywordColumn, { operator: Operator.And });
  // The engine compares these as they come, without folding and stemming them as it did the words of its index.
  const words = comparableWords(query);
  if (words.length === 0) return undefined;
  return new BooleanQuery(
    words.map((word) => [
      Occur.Should,
      new MatchQuery(word, keywordColumn, {
        fuzziness: forgivenEdits(word),
        // Typing errors seldom begin a word, and every other beginning is another part of the vocabulary to go through.
        prefixLength: 1,
        maxExpansions: maxSimilarTerms,
      }),
    ]),
  );
}
