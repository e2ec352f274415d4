/** What kind of word one is, as far as its form and its place tell. */
import type { CanonicalWord } from './canonical.ts';

export function isPlain({ isName, isNumber }: CanonicalWord): boolean {
  return !isName && !isNumber;
}

/** A verb, or what describes something. */
export function mayBeVerb(word: CanonicalWord): boolean {
  return isPlain(word) && !word.isNoun;
}

/** English ones, by their ending as it is stemmed. */
export function isAdverb({ form }: Pick<CanonicalWord, 'form'>): boolean {
  return form.endsWith('li');
}

export function hasWord(words: readonly CanonicalWord[], { form }: Pick<CanonicalWord, 'form'>): boolean {
  return words.some((word) => word.form === form);
}
