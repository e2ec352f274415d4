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
