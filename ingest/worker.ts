/**
 * Brings the store in line with the sources: scans them, plans, applies what needs no parsing at once (rights first), then
 * runs new and changed documents through `ingestDocument`, several at a time, and tidies up.
 */
import PQueue from 'p-queue';
import { type AccessLabel, labelId, narrowLabel } from '../src/access/label.ts';
import { systemScope } from '../src/access/scope.ts';
import type { Catalog, DocumentRecord, FileRecord } from '../src/catalog/catalog.ts';
import type { Attachment, Warning } from '../src/core/document.ts';
import { PerseaError, toPerseaError } from '../src/core/errors.ts';
import { sha256Hex } from '../src/core/ids.ts';
import type { IngestEvent, IngestOptions, Ingestor, IngestProblem, IngestReport } from '../src/core/ingestor.ts';
import type { Embedder } from '../src/embedding/embedder.ts';
import type { ChunkStore } from '../src/store/chunk-store.ts';
import { ensureCanaries } from './canaries.ts';
import { type DocumentPathDependencies, type IncomingDocument, ingestDocument } from './ingest-document.ts';
import { createLabeller, type Labeller, type SourceLabelling } from './labels.ts';
import { planSource, type SourcePlan } from './plan.ts';
import { RevisionWriter, repairIntents } from './revision-writer.ts';
import { type ObservedFile, readSourceBytes, scanFolder } from './scan.ts';
import { followStoreChanges } from './store-changes.ts';

export interface FolderSource extends SourceLabelling {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export interface IngestorDependencies extends Omit<DocumentPathDependencies, 'writer'> {
  readonly sources: readonly FolderSource[];
  readonly catalog: Catalog;
  readonly store: ChunkStore;
  readonly limits: { readonly fileBytes: number; readonly nesting: number };
  /** Share of a source's files above which their disappearance is taken for a mistake; 1 switches the check off. */
  readonly maxVanishedShare: number;
  /** Documents in work at a time: enough to parse and write while others are embedded. */
  readonly concurrency: number;
  /** Tokens really embedded so far; cached texts do not count. */
  readonly embeddedTokens: () => number;
}

type Outcome = 'added' | 'updated' | 'moved' | 'relabelled' | 'unchanged' | 'removed';

/** Below this many files a share says nothing: deleting two of five is an ordinary day. */
const minVanishedFiles = 10;
const scope = systemScope('ingest');

export function createIngestor(dependencies: IngestorDependencies): Ingestor {
  return {
    ingest: (options = {}) => new IngestRun(dependencies, options).run(),
    followCatalog: () => followStoreChanges(dependencies.catalog, dependencies.store),
  };
}

class IngestRun {
  readonly #dependencies: IngestorDependencies;
  readonly #options: IngestOptions;
  readonly #writer: RevisionWriter;
  readonly #counts: Record<Outcome, number> = {
    added: 0,
    updated: 0,
    moved: 0,
    relabelled: 0,
    unchanged: 0,
    removed: 0,
  };
  readonly #quarantined: IngestProblem[] = [];
  readonly #warnings: (Warning & { uri?: string })[] = [];
  #attachments = 0;
  #chunks = 0;

  constructor(dependencies: IngestorDependencies, options: IngestOptions) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#writer = new RevisionWriter(dependencies.catalog, dependencies.store);
  }

  async run(): Promise<IngestReport> {
    const { catalog, store, embeddedTokens } = this.#dependencies;
    const startedAt = performance.now();
    const tokensBefore = embeddedTokens();
    const sources = this.#selectedSources();
    if (this.#options.isDryRun !== true) {
      await repairIntents(catalog, store);
      await followStoreChanges(catalog, store);
      await this.#embedPending();
      await ensureCanaries(catalog, { ...this.#dependencies, writer: this.#writer });
    }
    for (const source of sources) await this.#ingestSource(source);
    if (this.#options.isDryRun !== true) {
      await store.optimize();
      if (this.#options.prune === true) await store.prune();
    }
    return {
      ...this.#counts,
      attachments: this.#attachments,
      quarantined: this.#quarantined,
      chunks: this.#chunks,
      tokens: embeddedTokens() - tokensBefore,
      seconds: (performance.now() - startedAt) / 1_000,
      warnings: this.#warnings,
    };
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
    const { catalog, limits } = this.#dependencies;
    const { signal } = this.#options;
    let scan: Awaited<ReturnType<typeof scanFolder>>;
    try {
      scan = await scanFolder({
        name: source.name,
        root: source.path,
        include: source.include,
        exclude: source.exclude,
        maxFileBytes: limits.fileBytes,
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (thrown) {
      // One source that cannot be reached must not stop the others; nothing of it is taken for deleted.
      const error = toPerseaError(thrown, 'source-unreadable');
      if (error.code === 'aborted') throw error;
      this.#quarantine({ uri: source.name, code: error.code, message: error.message });
      return;
    }
    this.#emit({ type: 'scan-end', source: source.name, files: scan.files.length });
    const records = await catalog.files(scope, source.name);
    const plan = planSource(scan, records);
    const labeller = createLabeller(source, scan.folderLabels);
    this.#emit({ type: 'plan', documents: plan.toIngest.length });

    // Rights before content: removals and labels take effect before the long work begins.
    await this.#removeVanished(source, plan, records.length);
    for (const { file, record } of plan.moved) await this.#move(source, labeller, file, record);
    for (const { file, record } of plan.unchanged) await this.#relabelUnchanged(labeller, file, record, records);
    for (const problem of scan.problems) {
      await this.#refuse(
        source,
        problem,
        records.find((record) => record.uri === problem.uri),
      );
    }
    await this.#followChanges();
    await this.#ingestFiles(source, labeller, plan.toIngest, records);
    await this.#followChanges();
  }

  async #followChanges(): Promise<void> {
    if (this.#options.isDryRun !== true) await followStoreChanges(this.#dependencies.catalog, this.#dependencies.store);
  }

  async #removeVanished(source: FolderSource, plan: SourcePlan, knownFiles: number): Promise<void> {
    const { maxVanishedShare } = this.#dependencies;
    const count = plan.vanished.length;
    if (this.#options.acceptDeletions !== true && count >= minVanishedFiles && count > maxVanishedShare * knownFiles) {
      this.#warn({
        code: 'many-files-vanished',
        message: `${count} of ${knownFiles} files of the source "${source.name}" are gone; nothing was removed. If that is meant, run the ingest again with --accept-deletions.`,
      });
      return;
    }
    for (const record of plan.vanished) {
      if (record.state === 'current') {
        await this.#remove(record);
        this.#count(record.uri, 'removed');
      } else if (this.#options.isDryRun !== true) {
        await this.#dependencies.catalog.forgetFile(record.uri);
      }
    }
  }

  /** The document and its attachments: gone from every read now, their chunks from the store soon after. */
  async #remove(record: FileRecord): Promise<void> {
    if (this.#options.isDryRun === true) return;
    const { catalog } = this.#dependencies;
    const attachments = await catalog.documents(scope, { uriPrefix: `${record.uri}/` });
    const documentIds = [
      ...attachments.map((child) => child.documentId),
      ...(record.documentId === null ? [] : [record.documentId]),
    ];
    for (const documentId of documentIds) await catalog.removeDocument(documentId);
    for (const uri of [...attachments.map((child) => child.uri), record.uri]) await catalog.forgetFile(uri);
  }

  async #move(source: FolderSource, labeller: Labeller, file: ObservedFile, record: FileRecord): Promise<void> {
    const { catalog } = this.#dependencies;
    const document = record.documentId === null ? undefined : await catalog.document(scope, record.documentId);
    if (document === undefined) return;
    if (this.#options.isDryRun !== true) {
      const label = await this.#labelOrWithdraw(labeller, file, { ...record, uri: file.uri }, document);
      if (label === undefined) {
        await catalog.forgetFile(record.uri);
        return;
      }
      // The new place may be open to fewer people: they must have lost it before the document answers to its new uri.
      if (labelId(label) !== document.labelId) await this.#relabel(document, label);
      await this.#moveAttachments(source, record.uri, file.uri, label);
      await catalog.moveDocument(document.documentId, file.uri, source.name);
      await catalog.forgetFile(record.uri);
      await catalog.recordFile(source.name, { ...record, uri: file.uri, modifiedAt: file.modifiedAt });
    }
    this.#count(file.uri, 'moved');
  }

  async #moveAttachments(source: FolderSource, from: string, to: string, label: AccessLabel): Promise<void> {
    const { catalog } = this.#dependencies;
    const records = (await catalog.files(scope, source.name)).filter((record) => record.uri.startsWith(`${from}/`));
    for (const record of records) {
      const child = record.documentId === null ? undefined : await catalog.document(scope, record.documentId);
      const uri = to + record.uri.slice(from.length);
      if (child !== undefined) {
        await this.#relabelAttachment(child, label);
        await catalog.moveDocument(child.documentId, uri, source.name);
      }
      await catalog.forgetFile(record.uri);
      await catalog.recordFile(source.name, { ...record, uri });
    }
  }

  async #relabelUnchanged(
    labeller: Labeller,
    file: ObservedFile,
    record: FileRecord,
    records: readonly FileRecord[],
  ): Promise<void> {
    const { catalog } = this.#dependencies;
    const document = record.documentId === null ? undefined : await catalog.document(scope, record.documentId);
    if (document === undefined) return this.#count(file.uri, 'unchanged');
    const label = await this.#labelOrWithdraw(labeller, file, record, document);
    if (label === undefined) return;
    if (labelId(label) === document.labelId) return this.#count(file.uri, 'unchanged');
    if (this.#options.isDryRun !== true) {
      await this.#relabel(document, label);
      for (const child of records.filter((candidate) => candidate.uri.startsWith(`${file.uri}/`))) {
        const attachment = child.documentId === null ? undefined : await catalog.document(scope, child.documentId);
        if (attachment !== undefined) await this.#relabelAttachment(attachment, label);
      }
    }
    this.#count(file.uri, 'relabelled');
  }

  async #relabel(document: DocumentRecord, label: AccessLabel): Promise<void> {
    await this.#dependencies.catalog.relabelDocument(document.documentId, label, { isOverride: false });
  }

  /** An attachment is never open to more people than what it came with. */
  async #relabelAttachment(attachment: DocumentRecord, parentLabel: AccessLabel): Promise<void> {
    const label = narrowLabel(parentLabel, attachment.ownLabel ?? {});
    if (!attachment.isLabelOverridden && labelId(label) !== attachment.labelId) await this.#relabel(attachment, label);
  }

  /** Rights before availability: a document whose label cannot be determined any more is withdrawn at once. */
  async #labelOrWithdraw(
    labeller: Labeller,
    file: ObservedFile,
    record: FileRecord,
    document: DocumentRecord,
  ): Promise<AccessLabel | undefined> {
    if (document.isLabelOverridden) return document.label;
    try {
      return labeller.labelOf(file.relativePath, document.ownLabel);
    } catch (thrown) {
      const error = toPerseaError(thrown);
      await this.#withdraw(document.source, record, error);
      return undefined;
    }
  }

  async #withdraw(source: string, record: FileRecord, error: PerseaError): Promise<void> {
    if (this.#options.isDryRun !== true) {
      await this.#remove(record);
      const refused = {
        ...record,
        documentId: null,
        state: 'quarantined',
        code: error.code,
        message: error.message,
      } as const;
      await this.#dependencies.catalog.recordFile(source, refused);
    }
    this.#quarantine({ uri: record.uri, code: error.code, message: error.message });
  }

  /** Keeps the old revision, if there is one, and remembers why the file was not read. */
  async #refuse(
    source: FolderSource,
    problem: IngestProblem,
    known: FileRecord | undefined,
    file?: ObservedFile,
  ): Promise<void> {
    if (this.#options.isDryRun !== true) {
      await this.#dependencies.catalog.recordFile(source.name, {
        uri: problem.uri,
        documentId: known?.documentId ?? null,
        contentHash: file?.contentHash ?? known?.contentHash ?? null,
        sizeBytes: file?.sizeBytes ?? known?.sizeBytes ?? 0,
        modifiedAt: file?.modifiedAt ?? known?.modifiedAt ?? null,
        state: 'quarantined',
        code: problem.code,
        message: problem.message,
      });
    }
    this.#quarantine(problem);
  }

  async #ingestFiles(
    source: FolderSource,
    labeller: Labeller,
    files: readonly ObservedFile[],
    records: readonly FileRecord[],
  ): Promise<void> {
    const known = new Map(records.map((record) => [record.uri, record]));
    const queue = new PQueue({ concurrency: this.#dependencies.concurrency });
    for (const file of files) {
      this.#options.signal?.throwIfAborted();
      // Keeps the queue short, so that a source of a million files does not become a million closures.
      await queue.onSizeLessThan(2 * this.#dependencies.concurrency);
      void queue.add(() => this.#ingestFile(source, labeller, file, known.get(file.uri)));
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
  ): Promise<void> {
    const { catalog, limits } = this.#dependencies;
    const current = known?.documentId == null ? undefined : await catalog.document(scope, known.documentId);
    const labelOf: IncomingDocument['labelOf'] = (ownLabel) =>
      current?.isLabelOverridden === true ? current.label : labeller.labelOf(file.relativePath, ownLabel);
    this.#emit({ type: 'document-start', uri: file.uri });
    if (this.#options.isDryRun === true) return this.#planFile(file, current, labelOf);
    const jobId = await catalog.enqueueJob(file.uri);
    await catalog.startJob(jobId);
    try {
      const ingested = await this.#ingestOne({
        uri: file.uri,
        source: source.name,
        fileName: lastSegment(file.uri),
        modifiedAt: file.modifiedAt,
        current: current ?? null,
        read: () => readSourceBytes(file.absolutePath, file.uri, limits.fileBytes),
        mayLabelItself: source.frontMatter === 'replace',
        labelOf,
      });
      await this.#ingestAttachments(source, ingested.document, ingested.attachments, 1);
      await catalog.endJob(jobId, { state: 'done' });
      this.#count(
        file.uri,
        current === undefined ? 'added' : 'updated',
        ingested.document.chunkCount,
        ingested.document.tokenCount,
      );
    } catch (thrown) {
      const error = toPerseaError(
        thrown,
        'internal',
        `${file.uri} could not be ingested for a reason Persea did not expect.`,
      );
      await catalog.endJob(jobId, { state: 'failed', code: error.code, message: error.message });
      if (error.code === 'aborted') return;
      await this.#handleFailure(source, labeller, file, known, current, error);
    }
  }

  async #planFile(
    file: ObservedFile,
    current: DocumentRecord | undefined,
    labelOf: IncomingDocument['labelOf'],
  ): Promise<void> {
    try {
      labelOf(null);
      this.#count(file.uri, current === undefined ? 'added' : 'updated');
    } catch (thrown) {
      const error = toPerseaError(thrown);
      this.#quarantine({ uri: file.uri, code: error.code, message: error.message });
    }
  }

  async #handleFailure(
    source: FolderSource,
    labeller: Labeller,
    file: ObservedFile,
    known: FileRecord | undefined,
    current: DocumentRecord | undefined,
    error: PerseaError,
  ): Promise<void> {
    const problem: IngestProblem = { uri: file.uri, code: error.code, message: error.message };
    if (current === undefined) return this.#refuse(source, problem, known, file);
    const record = known ?? { ...unknownFile(file), documentId: current.documentId };
    if (error.code === 'no-label' || error.code === 'label-invalid') return this.#withdraw(source.name, record, error);
    // Its text is the old one, but the rules may have changed since.
    const label = await this.#labelOrWithdraw(labeller, file, record, current);
    if (label === undefined) return;
    if (labelId(label) !== current.labelId) await this.#relabel(current, label);
    await this.#refuse(source, problem, record, file);
  }

  async #ingestOne(incoming: IncomingDocument) {
    const ingested = await ingestDocument(
      incoming,
      { ...this.#dependencies, writer: this.#writer },
      this.#options.signal,
    );
    await this.#dependencies.catalog.recordFile(incoming.source, ingested.file);
    for (const warning of ingested.warnings) this.#warn({ ...warning, uri: incoming.uri });
    this.#chunks += ingested.document.chunkCount;
    return ingested;
  }

  /** Files inside a document become documents under its uri, with its label or a narrower one. */
  async #ingestAttachments(
    source: FolderSource,
    parent: DocumentRecord,
    attachments: readonly Attachment[],
    depth: number,
  ): Promise<void> {
    const { catalog, limits } = this.#dependencies;
    const stale = new Map<string, FileRecord>();
    for (const record of await catalog.files(scope, source.name)) {
      if (record.uri.startsWith(`${parent.uri}/`)) stale.set(record.uri, record);
    }
    const names = attachmentNames(attachments);
    for (const [index, attachment] of attachments.entries()) {
      const uri = `${parent.uri}/${names[index]}`;
      const known = stale.get(uri);
      for (const staleUri of [...stale.keys()])
        if (staleUri === uri || staleUri.startsWith(`${uri}/`)) stale.delete(staleUri);
      const contentHash = sha256Hex(attachment.bytes);
      const current = known?.documentId == null ? undefined : await catalog.document(scope, known.documentId);
      this.#attachments += 1;
      if (current !== undefined && known?.state === 'current' && known.contentHash === contentHash) {
        await this.#relabelAttachment(current, parent.label);
        continue;
      }
      try {
        if (depth > limits.nesting) {
          throw new PerseaError(
            'archive-unsafe',
            `${uri} lies ${depth} documents deep; the limit is ${limits.nesting}.`,
          );
        }
        const ingested = await this.#ingestOne({
          uri,
          source: source.name,
          fileName: lastSegment(uri),
          modifiedAt: parent.modifiedAt,
          current: current ?? null,
          read: async () => ({ bytes: attachment.bytes, contentHash }),
          mayLabelItself: false,
          labelOf: (ownLabel) =>
            current?.isLabelOverridden === true ? current.label : narrowLabel(parent.label, ownLabel ?? {}),
        });
        await this.#ingestAttachments(source, ingested.document, ingested.attachments, depth + 1);
      } catch (thrown) {
        const error = toPerseaError(thrown);
        if (error.code === 'aborted') throw error;
        if (current !== undefined) await this.#relabelAttachment(current, parent.label);
        // An attachment that cannot be read is a warning of its parent, whose own text was.
        this.#warn({ uri, code: error.code, message: error.message });
      }
    }
    for (const record of stale.values()) await this.#remove(record);
  }

  /** Documents written while no model was available get their vectors now, as a new revision of the same text. */
  async #embedPending(): Promise<void> {
    const { catalog, embedder, mayEmbed, concurrency } = this.#dependencies;
    if (embedder === null) return;
    const queue = new PQueue({ concurrency });
    const pending = await catalog.documents(scope, { isEmbedded: false });
    await queue.addAll(
      pending
        .filter((document) => mayEmbed(document.label.classification))
        .map((document) => () => this.#embedDocument(document, embedder)),
    );
  }

  async #embedDocument(document: DocumentRecord, embedder: Embedder): Promise<void> {
    const { catalog, chunker, chunkerOptions, tokens } = this.#dependencies;
    const stored = await catalog.text(scope, document.documentId);
    if (stored === undefined) return;
    const chunks = chunker.chunk({ ...stored, title: document.title }, tokens, chunkerOptions);
    const vectors = await embedder.embedDocuments(
      chunks.map((chunk) => chunk.indexText),
      this.#options.signal === undefined ? {} : { signal: this.#options.signal },
    );
    const tokenCount = chunks.reduce((sum, chunk) => sum + chunk.tokens, 0);
    const draft = { ...document, ...stored, chunkCount: chunks.length, tokenCount, isEmbedded: true };
    await this.#writer.write({ documentId: document.documentId, draft, chunks, vectors });
    this.#chunks += chunks.length;
  }

  #count(uri: string, outcome: Outcome, chunks = 0, tokens = 0): void {
    this.#counts[outcome] += 1;
    this.#emit({ type: 'document-end', uri, outcome, chunks, tokens });
  }

  #quarantine(problem: IngestProblem): void {
    this.#quarantined.push(problem);
    this.#emit({ type: 'document-end', outcome: 'quarantined', chunks: 0, tokens: 0, ...problem });
  }

  #warn(warning: Warning & { uri?: string }): void {
    this.#warnings.push(warning);
    this.#emit({ type: 'warning', ...warning });
  }

  #emit(event: IngestEvent): void {
    this.#options.onEvent?.(event);
  }
}

function unknownFile(file: ObservedFile): FileRecord {
  const { uri, contentHash, sizeBytes, modifiedAt } = file;
  return { uri, documentId: null, contentHash, sizeBytes, modifiedAt, state: 'current', code: null, message: null };
}

function lastSegment(uri: string): string {
  return uri.slice(uri.lastIndexOf('/') + 1);
}

/** Names come from strangers: no path separators, no control characters, never empty, never long, each only once. */
function attachmentNames(attachments: readonly Attachment[]): string[] {
  const used = new Set<string>();
  return attachments.map(({ name }, index) => {
    const clean = name
      .replace(/[\p{Cc}\p{Cf}/\\]/gu, '_')
      .slice(0, 120)
      .trim();
    const usable = clean === '' || /^\.+$/.test(clean) ? `attachment-${index + 1}` : clean;
    const unique = used.has(usable) ? `${index + 1}-${usable}` : usable;
    used.add(unique);
    return unique;
  });
}
