/** In which language a document is written, where its format does not say so, and whether the embedding model knows it. */
import { detectLanguage } from '../src/core/detect-language.ts';
import type { DocumentProperties, Warning } from '../src/core/document.ts';
import { covers, primaryLanguage } from '../src/core/languages.ts';

export function withLanguage(properties: DocumentProperties, text: string, mediaType: string): DocumentProperties {
  if (properties.language !== undefined && primaryLanguage(properties.language) !== null) return properties;
  const language = detectLanguage(text, mediaType);
  return language === null ? properties : { ...properties, language };
}

/** @param languages that the embedding model was made for; undefined where they are not known */
export function languageWarnings(
  { language }: DocumentProperties,
  languages: readonly string[] | undefined,
): readonly Warning[] {
  if (language === undefined || languages === undefined || covers(languages, language)) return [];
  return [
    {
      code: 'language-not-covered',
      message: `It is in the language ${language}, for which the embedding model was not made; its words are found, its meaning only roughly.`,
    },
  ];
}
