/** Language tags, as far as Persea needs them. */

/** `de` of `de-AT`, `de_AT` or `DE`; null for what is no tag. */
export function primaryLanguage(tag: string): string | null {
  return /^([a-z]{2,3})(?:[-_][a-z0-9]{1,8})*$/i.exec(tag.trim())?.[1]?.toLowerCase() ?? null;
}

/** What is no tag names no language that could be missed. */
export function covers(languages: readonly string[], tag: string): boolean {
  const primary = primaryLanguage(tag);
  return primary === null || languages.includes(primary);
}

/**
 * Whether a model that was made for these languages knows the letters of the text at all: to one that was made for languages in Latin letters
 * Japanese is a row of unknown signs, and all of it alike. True where the languages are not known.
 */
export function knowsLettersOf(languages: readonly string[] | undefined, text: string): boolean {
  if (languages === undefined) return true;
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const latin = text.match(/\p{Script=Latin}/gu)?.length ?? 0;
  if (2 * latin >= letters) return true;
  return languages.some((language) => new Intl.Locale(language).maximize().script !== 'Latn');
}
