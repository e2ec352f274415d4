/**
 * What happens to documents without parsing them: removals, moves, new labels, refusals. Each is effective for every reader when
 * the catalogue has it; the chunks of the store follow (store-changes.ts). A dry run only counts.
 */
import { type AccessLabel, bothLabels, type LabelInput, labelId, narrowLabel } from '../src/access/label.ts';
import { systemScope } from '../src/access/scope.ts';
import type { Catalog, DocumentRecord, FileRecord } from '../src/catalog/catalog.ts';
import { type PerseaError, toPerseaError } from '../src/core/errors.ts';
import type { IngestProblem } from '../src/core/ingestor.ts';
import type { IncomingDocument } from './ingest-document.ts';
import type { Labeller } from './labels.ts';
import { parserOf } from './loaders/parser-versions.ts';
import type { ListedProblem, SourceItem } from './sources/source.ts';
import type { KnownFile } from './stale-files.ts';
import type { IngestTally } from './tally.ts';

const scope = systemScope('ingest');
/** Of an item of which these were found, it is not known who may see it, or there is no file any more. */
const endingCodes: ReadonlySet<string> = new Set(['label-invalid', 'manifest-invalid', 'not-a-regular-file']);

/** Of a front matter this is said only where it speaks of access. */
const withdrawingCodes: ReadonlySet<string> = new Set([
  'no-label',
  'label-invalid',
  'front-matter-invalid',
  'secret-found',
]);

/** Whether nothing may stay searchable of what failed so: who may see it is not known, or it is wanted nowhere. */
export function isWithdrawing(error: PerseaError): boolean {
  return withdrawingCodes.has(error.code);
}

/** Files inside documents, by the uri of the file that they came with. */
export type AttachmentRecords = ReadonlyMap<string, readonly KnownFile[]>;

export function attachmentsByParent(records: readonly KnownFile[]): AttachmentRecords {
  const uris = new Set(records.map((record) => record.uri));
  const byParent = new Map<string, KnownFile[]>();
  for (const record of records) {
    for (let end = record.uri.lastIndexOf('/'); end > 0; end = record.uri.lastIndexOf('/', end - 1)) {
      const parent = record.uri.slice(0, end);
      if (uris.has(parent)) byParent.set(parent, [...(byParent.get(parent) ?? []), record]);
    }
  }
  return byParent;
}

export class DocumentChanges {
  readonly #catalog: Catalog;
  readonly #tally: IngestTally;
  readonly #isDryRun: boolean;
  readonly #displaced = new Set<string>();

  constructor(catalog: Catalog, tally: IngestTally, isDryRun: boolean) {
    this.#catalog = catalog;
    this.#tally = tally;
    this.#isDryRun = isDryRun;
  }

  documentOf(record: FileRecord | undefined): Promise<DocumentRecord | undefined> {
    return record?.documentId == null ? Promise.resolve(undefined) : this.#catalog.document(scope, record.documentId);
  }

  /** What an operator decided of the document of this uri, whether it is there or was gone for a while. */
  async overrideOf(uri: string, current: DocumentRecord | undefined): Promise<AccessLabel | undefined> {
    if (current === undefined) return this.#catalog.labelOverride(scope, uri);
    return current.isLabelOverridden ? current.label : undefined;
  }

  /** Before what is there is read: see `ListedSource`. */
  noteDisplaced(uris: readonly string[]): void {
    for (const uri of uris) this.#displaced.add(uri);
  }

  /** For a document whose own label no operator decided. */
  pastDecisions(uri: string, current: DocumentRecord | undefined): Pick<IncomingDocument, 'pastDecisions'> {
    const place = { uri, documentId: current?.documentId ?? null, displaced: [...this.#displaced] };
    return { pastDecisions: (text) => this.#catalog.pastDecisions(scope, text, place) };
  }

  /** Its file is gone from the source, and with it what an old revision kept of a file that was refused since. */
  async removeVanished(record: FileRecord): Promise<void> {
    if (record.documentId !== null) {
      await this.remove(record);
      this.#tally.count(record.uri, 'removed');
    } else if (!this.#isDryRun) {
      await this.#catalog.forgetFile(record.uri);
    }
  }

  /** The document and its attachments. */
  async remove(record: FileRecord): Promise<void> {
    if (this.#isDryRun) return;
    const attachments = await this.#catalog.documents(scope, { uriPrefix: `${record.uri}/` });
    const documentIds = [
      ...attachments.map((child) => child.documentId),
      ...(record.documentId === null ? [] : [record.documentId]),
    ];
    for (const documentId of documentIds) await this.#catalog.removeDocument(documentId);
    for (const uri of [...attachments.map((child) => child.uri), record.uri]) await this.#catalog.forgetFile(uri);
  }

  async move(
    source: string,
    labeller: Labeller,
    file: SourceItem,
    record: FileRecord,
    attachments: readonly FileRecord[],
  ): Promise<void> {
    const document = await this.documentOf(record);
    if (document === undefined) return;
    const label = await this.#labelOrWithdraw(labeller, file, record, document);
    if (label === undefined) return;
    if (!this.#isDryRun) {
      // The new place may be open to fewer people: they must have lost it before the document answers to its new uri.
      await this.relabelAttachments(record.uri, label);
      await this.#relabel(document, label);
      for (const child of attachments) await this.#moveAttachment(source, child, record.uri, file.uri);
      await this.#catalog.moveDocument(document.documentId, file.uri, source);
      await this.#catalog.forgetFile(record.uri);
      await this.#catalog.recordFile(source, { ...record, uri: file.uri, modifiedAt: file.modifiedAt });
    }
    this.#tally.count(file.uri, 'moved');
  }

  async #moveAttachment(source: string, record: FileRecord, from: string, to: string): Promise<void> {
    const uri = to + record.uri.slice(from.length);
    const document = await this.documentOf(record);
    if (document !== undefined) await this.#catalog.moveDocument(document.documentId, uri, source);
    await this.#catalog.forgetFile(record.uri);
    await this.#catalog.recordFile(source, { ...record, uri });
  }

  /** An operator removed the document, not the name of its file. */
  async excludeAgain(source: string, { uri, sizeBytes, modifiedAt }: SourceItem, record: FileRecord): Promise<void> {
    if (!this.#isDryRun) {
      await this.#catalog.recordFile(source, { ...record, uri, sizeBytes, modifiedAt });
      // The decision moves with the file, so that it can be taken back there.
      await this.#catalog.forgetFile(record.uri, uri);
    }
    this.#tally.count(uri, 'unchanged');
  }

  /** Its bytes are the same; the rules may not be. */
  async relabelUnchanged(
    labeller: Labeller,
    file: SourceItem,
    record: FileRecord,
    attachments: readonly FileRecord[],
  ): Promise<void> {
    const document = await this.documentOf(record);
    if (document === undefined) return this.#tally.count(file.uri, 'unchanged');
    if (record.state === 'excluded') {
      // An operator's removal that was cut short: the decision stands, so it is done now.
      if (!this.#isDryRun) await this.#catalog.removeDocument(document.documentId);
      return this.#tally.count(file.uri, 'removed');
    }
    const label = await this.#labelOrWithdraw(labeller, file, record, document);
    if (label === undefined) return;
    // Also where the file's own label stays: one of them may have been given back to the rules, or a run was cut short.
    await this.#relabelWhole(record.uri, document, label, attachments);
    this.#tally.count(file.uri, labelId(label) === document.labelId ? 'unchanged' : 'relabelled');
  }

  /**
   * Its new content is read later; who may see what is known of it meanwhile is decided now. False where nobody can tell, and it was
   * removed: what its new content states of itself may tell.
   */
  async relabelOutdated(
    labeller: Labeller,
    file: SourceItem,
    record: FileRecord,
    attachments: readonly FileRecord[],
  ): Promise<boolean> {
    const document = await this.documentOf(record);
    if (document === undefined) return true;
    let label = document.label;
    try {
      if (!document.isLabelOverridden)
        label = labeller.labelOf(file.relativePath, document.ownLabel, file.label, file.linkTarget);
    } catch {
      await this.remove(record);
      return false;
    }
    await this.#relabelWhole(record.uri, document, label, attachments);
    return true;
  }

  /**
   * An attachment is never open to more people than what it came with, unless an operator decided so. Comes before the new label of
   * the file itself, by which a run that was cut short is known.
   */
  async relabelAttachments(uri: string, label: AccessLabel): Promise<void> {
    const labels = new Map([[uri, label]]);
    // By uri, so that each comes after what it lies in.
    for (const attachment of await this.#catalog.documents(scope, { uriPrefix: `${uri}/` })) {
      const own = attachment.isLabelOverridden
        ? attachment.label
        : narrowLabel(labelAbove(attachment.uri, labels) ?? label, attachment.ownLabel ?? {});
      labels.set(attachment.uri, own);
      await this.#relabel(attachment, own);
    }
  }

  /** Its new content cannot be read: the old revision stays, under the label that counts now; one without a readable label, or with a secret, goes. */
  async keepOldRevision(
    source: string,
    labeller: Labeller,
    file: SourceItem,
    record: FileRecord,
    document: DocumentRecord,
    error: PerseaError,
  ): Promise<void> {
    // A document with a secret is wanted nowhere, and its old revision may hold the same one.
    if (isWithdrawing(error)) return this.#withdraw(source, record, error);
    const label = await this.#labelOrWithdraw(labeller, file, record, document);
    if (label === undefined) return;
    await this.relabelAttachments(file.uri, label);
    await this.#relabel(document, label);
    await this.refuse(source, { uri: file.uri, code: error.code, message: error.message }, record, file);
  }

  /** A problem that the listing itself found. What was known of the document is withdrawn where it must be, else kept. */
  async refuseListed(
    source: string,
    labeller: Labeller,
    { label, ...problem }: ListedProblem,
    known: FileRecord | undefined,
    attachments: readonly FileRecord[],
  ): Promise<void> {
    if (known?.documentId == null) return this.refuse(source, problem, known);
    if (endingCodes.has(problem.code)) return this.#withdraw(source, known, problem);
    if (await this.closeUnseen(source, labeller, known, attachments, label)) await this.refuse(source, problem, known);
  }

  /**
   * A file that could not be looked at keeps its revision, and today's rules may close it. They never open it: what else narrows it,
   * a label file or the target of a link, may be out of sight too. Returns whether it stays.
   */
  async closeUnseen(
    source: string,
    labeller: Labeller,
    record: FileRecord,
    attachments: readonly FileRecord[],
    stated?: LabelInput,
  ): Promise<boolean> {
    const document = await this.documentOf(record);
    if (document === undefined || document.isLabelOverridden) return true;
    try {
      const today = labeller.labelOf(record.uri.slice(source.length + 1), document.ownLabel, stated);
      const label = bothLabels(document.label, today);
      await this.#relabelWhole(record.uri, document, label, attachments);
      return true;
    } catch (thrown) {
      await this.#withdraw(source, record, toPerseaError(thrown));
      return false;
    }
  }

  /** An attachment that cannot be read any more stays as it is: the file that it came with is not read again because of it. */
  async keepAttachment(source: string, record: FileRecord, { mediaType }: DocumentRecord): Promise<void> {
    await this.#catalog.recordFile(source, { ...record, parser: parserOf(mediaType) });
  }

  /** Remembers why a file was not read; what was known of it stays. */
  async refuse(source: string, problem: IngestProblem, known?: FileRecord, file?: SourceItem): Promise<void> {
    if (!this.#isDryRun) {
      await this.#catalog.recordFile(source, {
        uri: problem.uri,
        documentId: known?.documentId ?? null,
        contentHash: file?.contentHash ?? known?.contentHash ?? null,
        sizeBytes: file?.sizeBytes ?? known?.sizeBytes ?? 0,
        modifiedAt: file?.modifiedAt ?? known?.modifiedAt ?? null,
        state: 'quarantined',
        code: problem.code,
        message: problem.message,
        parser: known?.parser ?? null,
      });
    }
    this.#tally.quarantine(problem);
  }

  /** A document with what came attached to it; without records of attachments none is looked for. */
  async #relabelWhole(
    uri: string,
    document: DocumentRecord,
    label: AccessLabel,
    attachments: readonly FileRecord[],
  ): Promise<void> {
    if (attachments.length > 0) await this.relabelAttachments(uri, label);
    await this.#relabel(document, label);
  }

  async #relabel(document: DocumentRecord, label: AccessLabel): Promise<void> {
    if (this.#isDryRun || labelId(label) === document.labelId) return;
    await this.#catalog.relabelDocument(document.documentId, label, { isOverride: false });
  }

  /** Rights before availability: a document whose label cannot be determined any more is withdrawn at once. */
  async #labelOrWithdraw(
    labeller: Labeller,
    file: SourceItem,
    record: FileRecord,
    document: DocumentRecord,
  ): Promise<AccessLabel | undefined> {
    if (document.isLabelOverridden) return document.label;
    try {
      return labeller.labelOf(file.relativePath, document.ownLabel, file.label, file.linkTarget);
    } catch (thrown) {
      await this.#withdraw(document.source, record, toPerseaError(thrown), file.uri);
      return undefined;
    }
  }

  /** @param uri where its file lies now, if it was moved */
  async #withdraw(
    source: string,
    record: FileRecord,
    { code, message }: Pick<IngestProblem, 'code' | 'message'>,
    uri = record.uri,
  ): Promise<void> {
    if (!this.#isDryRun) {
      await this.remove(record);
      await this.#catalog.recordFile(source, { ...record, uri, documentId: null, state: 'quarantined', code, message });
    }
    this.#tally.quarantine({ uri, code, message });
  }
}

/** Of the innermost of these that the attachment lies in. */
function labelAbove(uri: string, labels: ReadonlyMap<string, AccessLabel>): AccessLabel | undefined {
  for (let end = uri.lastIndexOf('/'); end > 0; end = uri.lastIndexOf('/', end - 1)) {
    const label = labels.get(uri.slice(0, end));
    if (label !== undefined) return label;
  }
  return undefined;
}
