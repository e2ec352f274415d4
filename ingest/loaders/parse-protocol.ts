/** What the parser pool and its child processes say to each other; errors travel as plain data, since classes do not. */
import type { ParsedDocument } from '../../src/core/document.ts';
import type { SerializedError } from '../../src/core/errors.ts';
import type { LoaderLimits, LoaderSettings } from './loader.ts';
import type { LoadableFile } from './registry.ts';

export interface ParseRequest {
  readonly file: LoadableFile;
  readonly limits: LoaderLimits;
  readonly settings: LoaderSettings;
}

export type ParseReply =
  | { readonly type: 'ready' }
  /** The file needs text recognition, which is left to a process that has the time for it. */
  | { readonly type: 'deferred' }
  | { readonly type: 'parsed'; readonly document: ParsedDocument }
  | { readonly type: 'failed'; readonly error: SerializedError; readonly cause: string | null };
