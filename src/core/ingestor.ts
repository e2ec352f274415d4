/** The seam between the front doors and the worker: they know this interface, app.ts alone knows the worker. */
import type { Warning } from './document.ts';
import type { PerseaError } from './errors.ts';
import type { Classification } from './zones.ts';

export interface IngestOptions {
  /** Names of sources; all configured ones when empty. */
  readonly sources?: readonly string[];
  readonly isDryRun?: boolean;
  /** Also frees the storage of removed documents. */
  readonly prune?: boolean;
  /** Removes vanished documents even where they are a large share of their source. */
  readonly acceptDeletions?: boolean;
  /** Only these paths, by source: something was seen to happen there. Sources that are not named are listed whole. */
  readonly only?: Readonly<Record<string, readonly string[]>>;
  /** Documents of each source that runs just before this one removed: they count for the share that may vanish at once. */
  readonly removedBefore?: Readonly<Record<string, number>>;
  /** How long to wait for another process that is writing; refused at once when absent. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: IngestEvent) => void;
}

export interface IngestProblem {
  readonly uri: string;
  readonly code: string;
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export type IngestWarning = Warning & { readonly uri?: string };

/** Documents read in this run, attachments among them. */
export interface FormatSummary {
  readonly mediaType: string;
  readonly documents: number;
  readonly chunks: number;
}

export interface ProblemSummary {
  readonly code: string;
  /** Whether it kept documents out, or only says something of them. */
  readonly kind: 'quarantined' | 'warning';
  /** How often it was met; a warning may count several things in one document. */
  readonly count: number;
  readonly documents: number;
  readonly remedy?: string;
  /** The first of them. */
  readonly uris: readonly string[];
}

/** What a run would do. Lists of uris, each of at most 1,000. */
export interface IngestPlan {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /** At their new places. */
  readonly moved: readonly string[];
  readonly relabelled: readonly string[];
  readonly removed: readonly string[];
  readonly refused: readonly { readonly uri: string; readonly code: string }[];
}

/** Each scanned file is counted in exactly one of added to quarantined. */
export interface IngestReport {
  readonly added: number;
  readonly updated: number;
  readonly moved: number;
  readonly relabelled: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly attachments: number;
  readonly quarantined: readonly IngestProblem[];
  /** Chunks and tokens newly embedded in this run. */
  readonly chunks: number;
  readonly tokens: number;
  readonly seconds: number;
  /** At most 10,000; `byProblem` counts all. */
  readonly warnings: readonly IngestWarning[];
  readonly byFormat: readonly FormatSummary[];
  readonly byProblem: readonly ProblemSummary[];
  /** Of a dry run. */
  readonly plan?: IngestPlan;
}

export type IngestEvent =
  /** Another process is writing; `holder` says which. */
  | { readonly type: 'writer-wait'; readonly holder: string }
  | { readonly type: 'repair-progress'; readonly done: number; readonly documents: number }
  | { readonly type: 'scan-end'; readonly source: string; readonly files: number }
  | { readonly type: 'plan'; readonly documents: number; readonly bytes?: number }
  | { readonly type: 'document-start'; readonly uri: string }
  | {
      readonly type: 'document-end';
      readonly uri: string;
      readonly outcome: 'added' | 'updated' | 'moved' | 'relabelled' | 'unchanged' | 'removed' | 'quarantined';
      readonly chunks: number;
      readonly tokens: number;
      /** Of its file, where it was read. */
      readonly bytes?: number;
      readonly code?: string;
      readonly message?: string;
      readonly remedy?: string;
    }
  | ({ readonly type: 'warning' } & IngestWarning);

export interface WatchOptions extends Pick<IngestOptions, 'sources' | 'acceptDeletions'> {
  /** Ends the watching, and a run that is under way. */
  readonly signal: AbortSignal;
  /** Everything is in line with the sources for the first time; from now on changes are followed. */
  readonly onReady?: () => void;
  readonly onReport?: (report: IngestReport) => void;
  /** A run failed; it is tried again. */
  readonly onProblem?: (error: PerseaError) => void;
  readonly onEvent?: (event: IngestEvent) => void;
}

export interface RepairReport {
  readonly documents: number;
  readonly chunks: number;
  /** Really embedded; texts whose vectors are in the cache cost none. */
  readonly tokens: number;
  readonly seconds: number;
}

/** A document, which then stays out of its source until it is restored; or all documents of a source. */
export type Removal = { readonly uri: string } | { readonly source: string };

export interface RemoveOptions extends Pick<IngestOptions, 'signal' | 'waitMs' | 'onEvent'> {
  /** Also leaves no byte of what was removed in store, catalogue and caches, as soon as nobody else writes. */
  readonly purge?: boolean;
}

export interface RemovalReport {
  /** What came with a document went with it. */
  readonly documentIds: readonly string[];
}

/** In canonical form, as rights are decided by. */
export interface OperatorLabel {
  readonly clauses: readonly (readonly string[])[];
  readonly classification: Classification;
}

export interface Ingestor {
  ingest(options?: IngestOptions): Promise<IngestReport>;
  /** Follows the sources until the signal aborts. Rejects where the first run cannot even begin. */
  watch(options: WatchOptions): Promise<void>;
  /** Derives the whole index anew from the catalogue and the stored texts; readers use the old one until it is complete. */
  repair(options?: Pick<IngestOptions, 'signal' | 'waitMs' | 'onEvent'>): Promise<RepairReport>;
  /** An operator's removal, effective at once for every reader. */
  remove(removal: Removal, options?: RemoveOptions): Promise<RemovalReport>;
  /** An operator's label for a document, which rules do not change, effective at once for it and for what came attached to it. */
  relabel(document: { readonly documentId: string; readonly uri: string }, label: OperatorLabel): Promise<void>;
  /** Lets the store follow removals and relabels made in the catalogue now, rather than at the next ingest. */
  followCatalog(): Promise<void>;
}
