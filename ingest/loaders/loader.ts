/** Bytes to `ParsedDocument`. Loaders are pure: no network, no file system, no active content; they throw only `PerseaError`. */
import type { ParsedDocument } from '../../src/core/document.ts';

export interface LoaderLimits {
  readonly parsedTextBytes: number;
  readonly pages: number;
  readonly archiveEntries: number;
  readonly archiveRatio: number;
  readonly nesting: number;
  /** Pages of a document in whose pictures text is recognised; 200 when unset. */
  readonly ocrPages?: number;
  /** Milliseconds that text recognition may take for a document; 600,000 when unset. */
  readonly ocrMs?: number;
}

export interface LoaderSettings {
  /** Whether text is recognised in pictures and scanned pages. */
  readonly ocr: boolean;
  /** ISO 639-3 codes of the languages that are looked for; English when unset. */
  readonly ocrLanguages?: readonly string[];
  /** Whether a file that needs text recognition is left to another process, by `RecognitionDeferred`. */
  readonly defersOcr?: boolean;
  /** What is done where a text holds a secret: tell the place, also hide its letters, or refuse the document. */
  readonly secrets: 'report' | 'mask' | 'quarantine';
}

export const defaultLoaderSettings: LoaderSettings = { ocr: false, secrets: 'report' };

export interface LoaderInput {
  readonly bytes: Uint8Array;
  /** Last segment of the uri: a hint for the type and the fallback for the title. */
  readonly fileName: string;
  readonly mediaType: string;
  readonly limits: LoaderLimits;
  readonly settings: LoaderSettings;
}

export interface Loader {
  readonly name: string;
  readonly mediaTypes: readonly string[];
  load(input: LoaderInput): Promise<ParsedDocument>;
}
