/** In which languages questions and the documents that answer them are written, and measures by them. */
import { detectLanguage } from '../core/detect-language.ts';
import { primaryLanguage } from '../core/languages.ts';
import { questionLanguage } from '../core/question-language.ts';

/** Primary tags; absent where they are not known. */
export interface AskedLanguages {
  readonly language?: string;
  /** Of the documents that answer it; absent where they are in several. */
  readonly documentLanguage?: string;
}

export interface ByLanguage<T> {
  readonly question: Readonly<Record<string, T>>;
  readonly document: Readonly<Record<string, T>>;
  /** `de/en`: asked in German, answered by English documents. */
  readonly pair: Readonly<Record<string, T>>;
}

/** @param documents languages of the documents that answer, as the product detected them; null where it did not */
export function askedLanguages(question: string, documents: readonly (string | null)[]): AskedLanguages {
  const language = questionLanguage(question) ?? textLanguage(question);
  const [documentLanguage = null, ...others] = new Set(documents);
  return {
    ...(language === null ? {} : { language }),
    ...(documentLanguage === null || others.length > 0 ? {} : { documentLanguage }),
  };
}

/** Of a document of a corpus, as ingestion would tell it. */
export function textLanguage(text: string): string | null {
  const tag = detectLanguage(text, 'text/plain');
  return tag === null ? null : primaryLanguage(tag);
}

/** Questions of unknown language stand under `und`, as BCP 47 calls it. Undefined where no language is known at all. */
export function byLanguage<Q extends AskedLanguages, T>(
  questions: readonly Q[],
  measure: (questions: readonly Q[]) => T,
): ByLanguage<T> | undefined {
  if (!questions.some(({ language, documentLanguage }) => (language ?? documentLanguage) !== undefined))
    return undefined;
  const grouped = (keyOf: (question: Q) => string | undefined): Record<string, T> => {
    const groups = Map.groupBy(questions, (question) => keyOf(question) ?? null);
    const named = [...groups].flatMap(([key, of]) => (key === null ? [] : [[key, of] as const]));
    return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, of]) => [key, measure(of)]));
  };
  return {
    question: grouped(({ language }) => language ?? undetermined),
    // Questions that nothing answers have no such document.
    document: grouped(({ documentLanguage }) => documentLanguage),
    pair: grouped(({ language, documentLanguage }) =>
      documentLanguage === undefined ? undefined : `${language ?? undetermined}/${documentLanguage}`,
    ),
  };
}

const undetermined = 'und';
