/** An embedder that gets a word for each piece of personal data and each secret. Its vectors are others, so its fingerprint is another. */
import type { Embedder } from './embedder.ts';

export interface MaskedTexts {
  mask(text: string): Promise<string>;
  /** Names everything that decides what is masked. */
  readonly fingerprint: string;
}

export function withMaskedTexts(embedder: Embedder, { mask, fingerprint }: MaskedTexts): Embedder {
  return {
    ...embedder,
    fingerprint: maskedFingerprint(embedder.fingerprint, fingerprint),
    embedQuery: async (text, options) => embedder.embedQuery(await mask(text), options),
    embedDocuments: async (texts, options) => embedder.embedDocuments(await Promise.all(texts.map(mask)), options),
  };
}

export function maskedFingerprint(fingerprint: string, ofMask: string): string {
  return `${fingerprint}+${ofMask}`;
}
