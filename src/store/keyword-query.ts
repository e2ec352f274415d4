/** A text as a query of the engine's full-text index. It is never parsed as a query language: operators are plain words. */
import type { FullTextQuery } from '@lancedb/lancedb';
import { functionWordsOf, knownLanguages } from '../core/function-words.ts';
import { questionLanguage } from '../core/question-language.ts';
import { contentWords } from '../core/words.ts';
import type { KeywordMatching } from './chunk-store.ts';
import { germanForms, germanParts } from './german-endings.ts';
import { keywordColumn } from './maintenance.ts';
import { comparableWords, forgivenEdits } from './similar-words.ts';
import { writtenForms } from './written-forms.ts';

const maxSimilarTerms = 20;

/** Undefined where no word is left to look for. */
export async function keywordQuery(query: string, matching: KeywordMatching): Promise<FullTextQuery | undefined> {
  const { BooleanQuery, MatchQuery, Occur, Operator } = await import('@lancedb/lancedb');
  if (query.trim() === '') return undefined;
  if (matching === 'any' || matching === 'german') {
    const isGerman = matching === 'german' || questionLanguage(query) === 'de';
    const written = writtenForms(query);
    const words = [searchedWords(query), ...(isGerman ? germanForms(query) : []), ...written.words];
    const together = [...written.together, ...(isGerman ? germanParts(query) : [])];
    const anyOf = new MatchQuery(words.join(' '), keywordColumn);
    if (together.length === 0) return anyOf;
    const allOf = together.map((form) => new MatchQuery(form, keywordColumn, { operator: Operator.And }));
    return new BooleanQuery([anyOf, ...allOf].map((part) => [Occur.Should, part]));
  }
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

/** Without the function words of its language, of which the index leaves out the English ones alone; as it is where nothing else remains. */
function searchedWords(query: string): string {
  const language = questionLanguage(query);
  if (language === 'en') return query;
  if (language === 'ja') return contentWords(query, { language }).join(' ') || query;
  const isLeftOut = (folded: string) => {
    // Where no language is told, a word that is one in several means nothing in most of what it may be: `de`, `un`.
    const languages = language === null ? knownLanguages : [language];
    return languages.filter((one) => functionWordsOf(one).has(folded)).length >= Math.min(2, languages.length);
  };
  const words = query.replace(/(?<![\p{L}\p{N}])[\p{L}\p{M}]+(?![\p{L}\p{N}])/gu, (word) =>
    isLeftOut(word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()) ? ' ' : word,
  );
  return /[\p{L}\p{N}]/u.test(words) ? words : query;
}
