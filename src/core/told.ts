/** Texts for the asker in the languages that Persea itself speaks; whoever asks in another one is told in English. */
import type { KnownLanguage } from './function-words.ts';

export interface Told {
  readonly en: string;
  readonly de: string;
  readonly fr: string;
}

/** @param language of the question; null where it tells none */
export function toldIn(language: KnownLanguage | null, told: Told): string {
  return language === 'de' || language === 'fr' ? told[language] : told.en;
}
