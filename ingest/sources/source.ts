/**
 * Where documents come from. A source says what is there, or what changed, and reads one item; everything else (labels, jobs,
 * parsing, removal) is the worker's. What a source could not look at is never taken for deleted, and an item whose rights it
 * cannot tell is a problem, never a document.
 */
import type { LabelInput } from '../../src/access/label.ts';
import type { DocumentProperties } from '../../src/core/document.ts';
import type { PerseaError } from '../../src/core/errors.ts';
import type { IngestProblem } from '../../src/core/ingestor.ts';
import type { SourceLabelling } from '../labels.ts';
import type { SourceOverlap } from './overlaps.ts';

export interface SourceItem {
  /** Name of the source, `/`, path within it. */
  readonly uri: string;
  /** With forward slashes: what rules match against. */
  readonly relativePath: string;
  /** Where it is a link: the path within the source of the file that it leads to, whose rights count too. */
  readonly linkTarget?: string;
  /** Tells its format by its ending; the last part of the uri where absent. */
  readonly fileName?: string;
  /** Of its bytes and whatever else the source says of it: another one is a change, the same one elsewhere a move. */
  readonly contentHash: string;
  readonly sizeBytes: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number | null;
  /** Who may see it, where the source itself says so: in place of the configured default and rules. */
  readonly label?: LabelInput;
  readonly title?: string;
  /** Facts that the source knows; they win over those that stand in the document. */
  readonly properties?: DocumentProperties;
}

/** Rights stated by a folder for everything below it; an error where its file could not be understood. */
export interface FolderLabel {
  /** Relative to the root, '' for the root itself. */
  readonly directory: string;
  readonly label: LabelInput | PerseaError;
}

export interface ListedProblem extends IngestProblem {
  /** Who may see it, where the source itself says so, as of an item. */
  readonly label?: LabelInput;
}

export interface SourceListing {
  readonly files: readonly SourceItem[];
  /** Present, but not something that can be read as a document, or with rights that cannot be told. */
  readonly problems: readonly ListedProblem[];
  readonly folderLabels: readonly FolderLabel[];
  /** Other sources to which some of this belongs, too; none where absent. */
  readonly overlaps?: readonly SourceOverlap[];
  /** Uris of items and folders (without a trailing slash) that could not be looked at. */
  readonly unobserved: readonly string[];
  /**
   * Absent: all that is there was listed. Otherwise only these uris were looked at, each with all below it: what is there is
   * listed, what is not listed is gone, and everything else is as it was. A tombstone is a uri in here that is not listed.
   */
  readonly covers?: readonly string[];
  /** Where the next listing of changes goes on; kept until then. */
  readonly cursor?: string;
}

export interface ListOptions {
  /** What the last listing returned. A source that cannot list changes ignores it and lists all. */
  readonly cursor?: string;
  /** Only these paths within the source ('' for all of it), because something was seen to happen there. A source may list more. */
  readonly only?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface Source extends SourceLabelling {
  readonly name: string;
  /** Throws `source-unreadable` where nothing can be said of it now. */
  list(options?: ListOptions): Promise<SourceListing>;
  /** One item as it is now, for a job that another process asked for; undefined where it is not there. */
  find(uri: string): Promise<SourceItem | undefined>;
  /** Bytes and hash taken together. Throws `file-unreadable` where they changed meanwhile. */
  read(item: SourceItem): Promise<{ readonly bytes: Uint8Array; readonly contentHash: string }>;
  /** Folders, absolute, in which a change of the source shows first. */
  readonly watchedPaths: readonly string[];
  /** What to list again (see `ListOptions.only`) after this file or folder changed; undefined where it means nothing. */
  changedBy(path: string): string | undefined;
}
