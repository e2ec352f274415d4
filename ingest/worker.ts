/**
 * Brings the store in line with the sources: scans them, plans, applies what needs no parsing at once (rights first), then
 * runs new and changed documents through `ingestDocument`, several at a time, and tidies up.
 */
import PQueue from 'p-queue';
import { systemScope } from '../src/access/scope.ts';
import type { Catalog, FileRecord } from '../src/catalog/catalog.ts';
import { PerseaError, toPerseaError } from '../src/core/errors.ts';
import type { IngestOptions, Ingestor, IngestReport } from '../src/core/ingestor.ts';
import type { ChunkStore } from '../src/store/chunk-store.ts';
import { ingestAttachments } from './attachments.ts';
import { ensureCanaries } from './canaries.ts';
import { attachmentsByParent, DocumentChanges } from './document-changes.ts';
import { embedPending } from './embed-pending.ts';
import {
  type DocumentPathDependencies,
  type IncomingDocument,
  type IngestedDocument,
  ingestDocument,
} from './ingest-document.ts';
import { createLabeller, type Labeller, type SourceLabelling } from './labels.ts';
import { planSource, type SourcePlan } from './plan.ts';
import { RevisionWriter, repairIntents } from './revision-writer.ts';
import { type ObservedFile, readSourceBytes, scanFolder } from './scan.ts';
import { followStoreChanges } from './store-changes.ts';
import { IngestTally } from './tally.ts';
import { createTurns, documentsUnderWay, type Turns } from './turns.ts';

export interface FolderSource extends SourceLabelling {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export interface IngestorDependencies extends Omit<DocumentPathDependencies, 'writer' | 'inTurn'> {
  readonly sources: readonly FolderSource[];
  readonly catalog: Catalog;
  readonly store: ChunkStore;
  readonly limits: { readonly fileBytes: number; readonly nesting: number };
  /** Share of a source's files above which their disappearance is taken for a mistake; 1 switches the check off. */
  readonly maxVanishedShare: number;
  /** Documents read, parsed and embedded at a time: enough to parse while others are embedded. */
  readonly concurrency: number;
  /** Tokens really embedded so far; cached texts do not count. */
  readonly embeddedTokens: () => number;
  /** Nothing is left to parse: what only parsing holds may go before the indexes are built, which needs most memory. */
  readonly endParsing?: () => Promise<void>;
}

/** Below this many files a share says nothing: deleting two of five is an ordinary day. */
const minVanishedFiles = 10;
const scope = systemScope('ingest');

export function createIngestor(dependencies: IngestorDependencies): Pick<Ingestor, 'ingest'> {
  return { ingest: (options = {}) => new IngestRun(dependencies, options).run() };
}

class IngestRun {
  readonly #dependencies: IngestorDependencies;
  readonly #options: IngestOptions;
  readonly #isDryRun: boolean;
  readonly #inTurn: Turns;
  readonly #writer: RevisionWriter;
  readonly #tally: IngestTally;
  readonly #changes: DocumentChanges;

  constructor(dependencies: IngestorDependencies, options: IngestOptions) {
    const { catalog, store, concurrency } = dependencies;
    this.#dependencies = dependencies;
    this.#inTurn = createTurns(concurrency);
    this.#options = options;
    this.#isDryRun = options.isDryRun === true;
    this.#writer = new RevisionWriter(catalog, store);
    this.#tally = new IngestTally(options.onEvent);
    this.#changes = new DocumentChanges(catalog, this.#tally, this.#isDryRun);
  }

  async run(): Promise<IngestReport> {
    const { catalog, store, embeddedTokens } = this.#dependencies;
    const startedAt = performance.now();
    let tokensBefore = embeddedTokens();
    const sources = this.#selectedSources();
    if (!this.#isDryRun) {
      const tools = { ...this.#dependencies, inTurn: this.#inTurn, writer: this.#writer };
      await repairIntents(catalog, store);
      await followStoreChanges(catalog, store);
      this.#tally.addChunks(await embedPending(tools, this.#options.signal));
      const beforeCanaries = embeddedTokens();
      await ensureCanaries(catalog, tools);
      // They are nobody's documents, so they are in no count.
      tokensBefore += embeddedTokens() - beforeCanaries;
    }
    for (const source of sources) await this.#ingestSource(source);
    if (!this.#isDryRun) {
      await this.#dependencies.endParsing?.();
      await store.optimize();
      if (this.#options.prune === true) await store.prune();
    }
    return this.#tally.report(embeddedTokens() - tokensBefore, (performance.now() - startedAt) / 1_000);
  }

  #selectedSources(): readonly FolderSource[] {
    const { sources } = this.#dependencies;
    const names = this.#options.sources ?? [];
    for (const name of names) {
      if (!sources.some((source) => source.name === name)) {
        throw new PerseaError(
          'unknown-source',
          `There is no source "${name}" in the configuration; it has: ${sources.map((source) => source.name).join(', ') || 'none'}.`,
        );
      }
    }
    return names.length === 0 ? sources : sources.filter((source) => names.includes(source.name));
  }

  async #ingestSource(source: FolderSource): Promise<void> {
    const scan = await this.#scan(source);
    if (scan === undefined) return;
    const records = await this.#dependencies.catalog.files(scope, source.name);
    const known = new Map(records.map((record) => [record.uri, record]));
    const attachments = attachmentsByParent(records);
    const plan = planSource(scan, records);
    const labeller = createLabeller(source, scan.folderLabels);
    this.#tally.emit({ type: 'plan', documents: plan.toIngest.length });

    // Rights before content: removals and labels take effect before the long work begins.
    await this.#removeVanished(source, plan, records.length);
    for (const { file, record } of plan.moved) {
      await this.#changes.move(source.name, labeller, file, record, attachments.get(record.uri) ?? []);
    }
    for (const { file, record } of plan.unchanged) {
      await this.#changes.relabelUnchanged(labeller, file, record, attachments.get(record.uri) ?? []);
    }
    for (const problem of scan.problems) await this.#changes.refuse(source.name, problem, known.get(problem.uri));
    await this.#followChanges();

    await this.#ingestFiles(plan.toIngest, (file) =>
      this.#ingestFile(source, labeller, file, known.get(file.uri), attachments.get(file.uri) ?? []),
    );
    await this.#followChanges();
  }

  /** Undefined where the source cannot be reached: that must not stop the others, and nothing of it is taken for deleted. */
  async #scan(source: FolderSource) {
    const { signal } = this.#options;
    try {
      const scan = await scanFolder({
        name: source.name,
        root: source.path,
        include: source.include,
        exclude: source.exclude,
        maxFileBytes: this.#dependencies.limits.fileBytes,
        ...(signal === undefined ? {} : { signal }),
      });
      this.#tally.emit({ type: 'scan-end', source: source.name, files: scan.files.length });
      return scan;
    } catch (thrown) {
      const error = toPerseaError(thrown, 'source-unreadable');
      if (error.code === 'aborted') throw error;
      this.#tally.quarantine({ uri: source.name, code: error.code, message: error.message });
      return undefined;
    }
  }

  async #followChanges(): Promise<void> {
    if (!this.#isDryRun) await followStoreChanges(this.#dependencies.catalog, this.#dependencies.store);
  }

  async #removeVanished(source: FolderSource, { vanished }: SourcePlan, knownFiles: number): Promise<void> {
    const { length } = vanished;
    const isSuspicious = length >= minVanishedFiles && length > this.#dependencies.maxVanishedShare * knownFiles;
    if (isSuspicious && this.#options.acceptDeletions !== true) {
      this.#tally.warn({
        code: 'many-files-vanished',
        message: `${length} of ${knownFiles} files of the source "${source.name}" are gone; nothing was removed. If that is meant, run the ingest again with --accept-deletions.`,
      });
      return;
    }
    for (const record of vanished) await this.#changes.removeVanished(record);
  }

  async #ingestFiles(files: readonly ObservedFile[], ingestFile: (file: ObservedFile) => Promise<void>): Promise<void> {
    const queue = new PQueue({ concurrency: documentsUnderWay });
    for (const file of files) {
      this.#options.signal?.throwIfAborted();
      // Keeps the queue short, so that a source of a million files does not become a million closures.
      await queue.onSizeLessThan(documentsUnderWay);
      void queue.add(() => ingestFile(file));
    }
    await queue.onIdle();
    await this.#writer.flush();
    this.#options.signal?.throwIfAborted();
  }

  /** Never rejects: a failure is counted and remembered, and the others go on. */
  async #ingestFile(
    source: FolderSource,
    labeller: Labeller,
    file: ObservedFile,
    known: FileRecord | undefined,
    attachments: readonly FileRecord[],
  ): Promise<void> {
    const { catalog, limits } = this.#dependencies;
    const current = await this.#changes.documentOf(known);
    const incoming: IncomingDocument = {
      uri: file.uri,
      source: source.name,
      fileName: file.uri.slice(file.uri.lastIndexOf('/') + 1),
      modifiedAt: file.modifiedAt,
      current: current ?? null,
      read: () => readSourceBytes(file.absolutePath, file.uri, limits.fileBytes),
      mayLabelItself: source.frontMatter === 'replace',
      labelOf: (ownLabel) =>
        current?.isLabelOverridden === true ? current.label : labeller.labelOf(file.relativePath, ownLabel),
    };
    this.#tally.emit({ type: 'document-start', uri: file.uri });
    if (this.#isDryRun) return this.#planFile(incoming);
    const jobId = await catalog.enqueueJob(file.uri);
    await catalog.startJob(jobId);
    try {
      const ingested = await this.#ingestOne(incoming);
      const { document } = ingested;
      await ingestAttachments(
        {
          changes: this.#changes,
          tally: this.#tally,
          ingest: (attachment) => this.#ingestOne(attachment),
          nesting: limits.nesting,
        },
        document,
        ingested.attachments,
        attachments,
      );
      await catalog.endJob(jobId, { state: 'done' });
      const outcome = current === undefined ? 'added' : 'updated';
      this.#tally.count(file.uri, outcome, document.chunkCount, document.tokenCount);
    } catch (thrown) {
      const message = `${file.uri} could not be ingested for a reason Persea did not expect.`;
      const error = toPerseaError(thrown, 'internal', message);
      await catalog.endJob(jobId, { state: 'failed', code: error.code, message: error.message });
      if (error.code === 'aborted') return;
      if (current === undefined) {
        await this.#changes.refuse(
          source.name,
          { uri: file.uri, code: error.code, message: error.message },
          known,
          file,
        );
      } else {
        const record = known ?? { ...unknownFile(file), documentId: current.documentId };
        await this.#changes.keepOldRevision(source.name, labeller, file, record, current, error);
      }
    }
  }

  async #planFile({ uri, current, labelOf }: IncomingDocument): Promise<void> {
    try {
      labelOf(null);
      this.#tally.count(uri, current === null ? 'added' : 'updated');
    } catch (thrown) {
      const { code, message } = toPerseaError(thrown);
      this.#tally.quarantine({ uri, code, message });
    }
  }

  async #ingestOne(incoming: IncomingDocument): Promise<IngestedDocument> {
    const dependencies = { ...this.#dependencies, inTurn: this.#inTurn, writer: this.#writer };
    const ingested = await ingestDocument(incoming, dependencies, this.#options.signal);
    await this.#dependencies.catalog.recordFile(incoming.source, ingested.file);
    for (const warning of ingested.warnings) this.#tally.warn({ ...warning, uri: incoming.uri });
    this.#tally.addChunks(ingested.document.chunkCount);
    return ingested;
  }
}

function unknownFile(file: ObservedFile): FileRecord {
  const { uri, contentHash, sizeBytes, modifiedAt } = file;
  return { uri, documentId: null, contentHash, sizeBytes, modifiedAt, state: 'current', code: null, message: null };
}
