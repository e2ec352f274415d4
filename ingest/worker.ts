/**
 * Brings the store in line with the sources: lists them, plans, applies what needs no parsing at once (rights first), then
 * runs new and changed documents through `ingestDocument` as jobs, several at a time, and tidies up.
 */
import { systemScope } from '../src/access/scope.ts';
import type { DocumentRecord, FileRecord } from '../src/catalog/catalog.ts';
import type { JobLease } from '../src/catalog/jobs.ts';
import { type Clock, systemClock } from '../src/core/async.ts';
import { PerseaError, toPerseaError } from '../src/core/errors.ts';
import type { IngestOptions, Ingestor, IngestReport } from '../src/core/ingestor.ts';
import { ingestAttachments } from './attachments.ts';
import { ensureCanaries } from './canaries.ts';
import { DocumentChanges } from './document-changes.ts';
import { embedPending } from './embed-pending.ts';
import { type FreeStorageDependencies, notePurge } from './free-storage.ts';
import {
  type DocumentPathDependencies,
  type IncomingDocument,
  type IngestedDocument,
  ingestDocument,
} from './ingest-document.ts';
import { JobQueue } from './job-queue.ts';
import {
  cursorSetting,
  type ListedSource,
  type PlanDependencies,
  SourcePreparation,
  selectSources,
} from './prepare-source.ts';
import { RevisionWriter, repairIntents } from './revision-writer.ts';
import { noteSecretSetting } from './secret-setting.ts';
import type { SourceItem } from './sources/source.ts';
import { isAsKnown, type KnownFile } from './stale-files.ts';
import { followStoreChanges } from './store-changes.ts';
import { IngestTally } from './tally.ts';
import { tidyUp } from './tidy-up.ts';
import { createTurns, type Turns } from './turns.ts';
import { unlistedSources } from './unlisted-sources.ts';
import { workJobs } from './work-jobs.ts';

export interface IngestorDependencies
  extends Omit<DocumentPathDependencies, 'writer' | 'inTurn'>,
    FreeStorageDependencies,
    PlanDependencies {
  readonly limits: { readonly nesting: number };
  /** Documents read, parsed and embedded at a time: enough to parse while others are embedded. */
  readonly concurrency: number;
  /** Tokens really embedded so far; cached texts do not count. */
  readonly embeddedTokens: () => number;
  /** Nothing is left to parse: what only parsing holds may go before the indexes are built, which needs most memory. */
  readonly endParsing?: () => Promise<void>;
  readonly clock?: Clock;
}

const scope = systemScope('ingest');

export function createIngestor(dependencies: IngestorDependencies): Pick<Ingestor, 'ingest'> {
  return { ingest: (options = {}) => new IngestRun(dependencies, options).run() };
}

class IngestRun {
  readonly #dependencies: IngestorDependencies;
  readonly #options: IngestOptions;
  readonly #inTurn: Turns;
  readonly #writer: RevisionWriter;
  readonly #tally: IngestTally;
  readonly #changes: DocumentChanges;
  readonly #preparation: SourcePreparation;
  readonly #clock: Clock;
  readonly #failed = new AbortController();
  /** Of the caller, or of a failure that ends the run. */
  readonly #signal: AbortSignal;

  constructor(dependencies: IngestorDependencies, options: IngestOptions) {
    const { catalog, store, concurrency } = dependencies;
    this.#dependencies = dependencies;
    this.#options = options;
    this.#writer = new RevisionWriter(catalog, store);
    this.#inTurn = createTurns(concurrency, () => this.#writer.room());
    this.#tally = new IngestTally(options.onEvent);
    this.#changes = new DocumentChanges(catalog, this.#tally, false);
    this.#preparation = new SourcePreparation(dependencies, options, this.#tally, this.#changes);
    this.#clock = dependencies.clock ?? systemClock;
    this.#signal = AbortSignal.any([this.#failed.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  }

  async run(): Promise<IngestReport> {
    const { catalog, embeddedTokens, secrets } = this.#dependencies;
    const startedAt = performance.now();
    let tokensBefore = embeddedTokens();
    const sources = selectSources(this.#dependencies.sources, this.#options.sources);
    const queue = new JobQueue(catalog, await catalog.beginWriting(), this.#clock);
    try {
      const beforeCanaries = await this.#repair();
      // They are nobody's documents, so they are in no count.
      tokensBefore += embeddedTokens() - beforeCanaries;
      const listed = new Map<string, ListedSource>();
      for (const source of sources) {
        const prepared = await this.#preparation.prepare(source);
        if (prepared === undefined) continue;
        await followStoreChanges(catalog, this.#dependencies.store);
        if (prepared.cursor !== undefined) await catalog.setSetting(cursorSetting(source.name), prepared.cursor);
        // Asterisks in a new revision are worth little while the old one lies on the disk.
        if (prepared.outdated > 0 && secrets !== 'report') await notePurge(catalog);
        listed.set(source.name, prepared);
        this.#changes.noteDisplaced(prepared.displaced);
        const requests = [...prepared.toIngest.keys()].map((uri) => ({ source: source.name, uri }));
        await queue.enqueue(requests);
      }
      await this.#work(queue, listed);
      for (const { source, isWhole } of listed.values()) {
        if (isWhole) await noteSecretSetting(catalog, source.name, secrets);
      }
      await this.#warnOfUnlistedSources();
      await this.#tidyUp();
    } finally {
      await queue.close();
    }
    return this.#tally.report(embeddedTokens() - tokensBefore, (performance.now() - startedAt) / 1_000);
  }

  /** What an earlier run left unfinished comes first. Returns the tokens embedded before the canaries were. */
  async #repair(): Promise<number> {
    const { catalog, store, embeddedTokens } = this.#dependencies;
    const tools = { ...this.#dependencies, inTurn: this.#inTurn, writer: this.#writer };
    await repairIntents(catalog, store);
    await followStoreChanges(catalog, store);
    this.#tally.addChunks(await embedPending(tools, this.#options.signal));
    const beforeCanaries = embeddedTokens();
    await ensureCanaries(catalog, tools);
    return beforeCanaries;
  }

  async #warnOfUnlistedSources(): Promise<void> {
    // Not at each change that is watched: the first run has said it.
    if (this.#options.only !== undefined) return;
    const { catalog, sources } = this.#dependencies;
    const names = sources.map(({ name }) => name);
    for (const message of await unlistedSources(catalog, names)) this.#tally.warn({ code: 'source-unlisted', message });
  }

  async #tidyUp(): Promise<void> {
    const { endParsing } = this.#dependencies;
    await endParsing?.();
    const prune = this.#options.prune === true;
    const failure = await tidyUp(this.#dependencies, { prune, clock: this.#clock });
    if (failure === undefined) return;
    this.#tally.warn({
      code: 'maintenance-failed',
      message: `The documents are searchable, but the index could not be brought up to date${prune ? ' and pruned' : ''}: ${failure.message} Run \`persea doctor\`.`,
    });
  }

  async #work(queue: JobQueue, listed: ReadonlyMap<string, ListedSource>): Promise<void> {
    const { signal } = this.#options;
    const waiting = await workJobs({
      queue,
      sources: [...listed.keys()],
      clock: this.#clock,
      work: (job) => this.#workJob(queue, job, listed.get(job.source)).catch((thrown) => this.#endRun(thrown)),
      ...(signal === undefined ? {} : { signal }),
    });
    await this.#writer.flush();
    signal?.throwIfAborted();
    if (waiting) {
      const message = 'Some documents could not be read for reasons that may pass; the next ingest tries them again.';
      this.#tally.warn({ code: 'jobs-waiting', message });
    }
    await followStoreChanges(this.#dependencies.catalog, this.#dependencies.store);
  }

  /** What is under way is handed back rather than finished. */
  #endRun(reason: unknown): never {
    this.#failed.abort(new PerseaError('aborted', 'The ingest failed over another document.', { cause: reason }));
    throw reason;
  }

  /** A failure of the document is counted and remembered, and the others go on; rejects where the run cannot go on. */
  async #workJob(queue: JobQueue, job: JobLease, listed: ListedSource | undefined): Promise<void> {
    if (listed === undefined) return queue.handBack(job);
    const known = listed.known.get(job.uri);
    let file = listed.toIngest.get(job.uri);
    try {
      file ??= await listed.source.find(job.uri);
      // Else it is gone, removed by an operator, or was written just before an earlier process ended.
      if (file !== undefined && !isDone(known, file)) await this.#ingestFile(listed, file, known, job);
    } catch (thrown) {
      const message = `${job.uri} could not be ingested for a reason Persea did not expect.`;
      const error = toPerseaError(thrown, 'internal', message);
      if (error.code === 'aborted') return queue.handBack(job);
      // No other document fares better, and each would leave a failure behind.
      if (error.code === 'disk-full') throw error;
      await queue.fail(job, error);
      if (!queue.willRetry(job, error) && file !== undefined) await this.#refuse(listed, file, known, error);
      return;
    }
    await queue.done(job);
  }

  async #ingestFile(
    { source, labeller, attachments }: ListedSource,
    file: SourceItem,
    known: FileRecord | undefined,
    job: JobLease,
  ): Promise<void> {
    const before = await this.#changes.documentOf(known);
    const current = before ?? (job.attempts > 1 ? await this.#writtenMeanwhile(file) : undefined);
    const override = await this.#changes.overrideOf(file.uri, current);
    this.#tally.emit({ type: 'document-start', uri: file.uri });
    const ingested = await this.#ingestOne({
      uri: file.uri,
      source: source.name,
      fileName: file.fileName ?? file.uri.slice(file.uri.lastIndexOf('/') + 1),
      modifiedAt: file.modifiedAt,
      priority: job.priority,
      current: current ?? null,
      read: () => source.read(file),
      mayLabelItself: source.frontMatter === 'replace',
      labelOf: (ownLabel) => override ?? labeller.labelOf(file.relativePath, ownLabel, file.label, file.linkTarget),
      ...(override === undefined ? this.#changes.pastDecisions(file.uri, current) : {}),
      facts: file,
    });
    const { document } = ingested;
    await ingestAttachments(
      {
        changes: this.#changes,
        tally: this.#tally,
        ingest: (attachment) => this.#ingestOne(attachment),
        nesting: this.#dependencies.limits.nesting,
      },
      document,
      ingested.attachments,
      attachments.get(file.uri) ?? [],
    );
    const outcome = before === undefined ? 'added' : 'updated';
    const { chunkCount: chunks, tokenCount: tokens } = document;
    this.#tally.count(file.uri, outcome, { chunks, tokens, bytes: file.sizeBytes });
  }

  /** An earlier attempt of this run wrote the document, and failed at what came with it. */
  #writtenMeanwhile(file: SourceItem): Promise<DocumentRecord | undefined> {
    return this.#dependencies.catalog.documentByUri(scope, file.uri);
  }

  async #refuse(
    { source, labeller }: ListedSource,
    file: SourceItem,
    known: FileRecord | undefined,
    error: PerseaError,
  ): Promise<void> {
    const current = (await this.#changes.documentOf(known)) ?? (await this.#writtenMeanwhile(file));
    const { code, message } = error;
    if (current === undefined) return this.#changes.refuse(source.name, { uri: file.uri, code, message }, known, file);
    const record = known ?? { ...unknownFile(file), documentId: current.documentId };
    return this.#changes.keepOldRevision(source.name, labeller, file, record, current, error);
  }

  async #ingestOne(incoming: IncomingDocument): Promise<IngestedDocument> {
    const dependencies = { ...this.#dependencies, inTurn: this.#inTurn, writer: this.#writer };
    const ingested = await ingestDocument(incoming, dependencies, this.#signal);
    for (const warning of ingested.warnings) this.#tally.warn({ ...warning, uri: incoming.uri });
    this.#tally.addDocument(ingested.document.mediaType, ingested.document.chunkCount);
    return ingested;
  }
}

function isDone(known: KnownFile | undefined, file: SourceItem): boolean {
  return known?.state === 'excluded' || isAsKnown(known, file.contentHash);
}

function unknownFile(file: SourceItem): FileRecord {
  const { uri, contentHash, sizeBytes, modifiedAt } = file;
  return {
    uri,
    documentId: null,
    contentHash,
    sizeBytes,
    modifiedAt,
    state: 'current',
    code: null,
    message: null,
    parser: null,
  };
}
