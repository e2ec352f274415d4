/** Files inside a document become documents under its uri, with its label or a narrower one. */
import PQueue from 'p-queue';
import { narrowLabel } from '../src/access/label.ts';
import type { DocumentRecord } from '../src/catalog/catalog.ts';
import type { Attachment } from '../src/core/document.ts';
import { PerseaError, toPerseaError } from '../src/core/errors.ts';
import { sha256Hex } from '../src/core/ids.ts';
import { type DocumentChanges, isWithdrawing } from './document-changes.ts';
import type { IncomingDocument, IngestedDocument } from './ingest-document.ts';
import { isAsKnown, type KnownFile } from './stale-files.ts';
import type { IngestTally } from './tally.ts';

export interface AttachmentDependencies {
  readonly changes: DocumentChanges;
  readonly tally: IngestTally;
  readonly ingest: (incoming: IncomingDocument) => Promise<IngestedDocument>;
  /** How many documents may lie in each other. */
  readonly nesting: number;
}

/** Messages of a mailbox share commits as files do; one after the other each would wait for its own. */
const attachmentsUnderWay = 256;

/** `known` are the attachments that were there before; those that are not there any more are removed. */
export async function ingestAttachments(
  dependencies: AttachmentDependencies,
  parent: DocumentRecord,
  attachments: readonly Attachment[],
  known: readonly KnownFile[],
  depth = 1,
): Promise<void> {
  // Rights before content: those that were there before follow at once.
  if (known.length > 0) await dependencies.changes.relabelAttachments(parent.uri, parent.label);
  const names = attachmentNames(attachments);
  const byName = Map.groupBy(known, ({ uri }) => uri.slice(parent.uri.length + 1).split('/', 1)[0] ?? '');
  const queue = new PQueue({ concurrency: attachmentsUnderWay });
  const ingested = attachments.map((attachment, index) => {
    const name = names[index] ?? '';
    const own = byName.get(name) ?? [];
    return queue.add(() => ingestAttachment(dependencies, parent, attachment, `${parent.uri}/${name}`, own, depth));
  });
  for (const result of await Promise.allSettled(ingested)) if (result.status === 'rejected') throw result.reason;
  for (const name of names) byName.delete(name);
  for (const record of [...byName.values()].flat()) await dependencies.changes.remove(record);
}

async function ingestAttachment(
  dependencies: AttachmentDependencies,
  parent: DocumentRecord,
  { bytes }: Attachment,
  uri: string,
  known: readonly KnownFile[],
  depth: number,
): Promise<void> {
  const { changes, tally, nesting } = dependencies;
  const record = known.find((candidate) => candidate.uri === uri);
  const current = await changes.documentOf(record);
  const contentHash = sha256Hex(bytes);
  tally.addAttachment();
  if (current !== undefined && isAsKnown(record, contentHash)) return;
  try {
    if (depth > nesting) {
      throw new PerseaError('archive-unsafe', `${uri} lies ${depth} documents deep; the limit is ${nesting}.`);
    }
    const override = await changes.overrideOf(uri, current);
    const { document, attachments } = await dependencies.ingest({
      uri,
      source: parent.source,
      fileName: uri.slice(uri.lastIndexOf('/') + 1),
      modifiedAt: parent.modifiedAt,
      current: current ?? null,
      read: async () => ({ bytes, contentHash }),
      mayLabelItself: false,
      labelOf: (ownLabel) => override ?? narrowLabel(parent.label, ownLabel ?? {}),
      ...(override === undefined ? changes.pastDecisions(uri, current) : {}),
    });
    const below = known.filter((candidate) => candidate.uri !== uri);
    await ingestAttachments(dependencies, document, attachments, below, depth + 1);
  } catch (thrown) {
    const error = toPerseaError(thrown);
    // What may pass is tried again with the whole document: nobody would come back for the attachment alone.
    if (error.isRetryable) throw error;
    if (record !== undefined && isWithdrawing(error)) await changes.remove(record);
    else if (record?.isStale === true && current !== undefined) {
      await changes.keepAttachment(parent.source, record, current);
    }
    // An attachment that cannot be read is a warning of its parent, whose own text was.
    tally.warn({ uri, code: error.code, message: error.message });
  }
}

const maxNameLength = 120;

/**
 * Names come from strangers: no path separators, no control or invisible characters, never empty, never long, each only once.
 * The ending stays, because it says what the file is.
 */
export function attachmentNames(attachments: readonly Pick<Attachment, 'name'>[]): string[] {
  const used = new Set<string>();
  return attachments.map(({ name }, index) => {
    const clean = name
      .toWellFormed()
      .normalize('NFC')
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\]/gu, '_')
      .trim();
    const ending = /\.[A-Za-z0-9]{1,10}$/.exec(clean)?.[0] ?? '';
    const short =
      clean.length <= maxNameLength
        ? clean
        : clean
            .slice(0, maxNameLength - ending.length)
            .trim()
            .toWellFormed() + ending;
    const usable = short === '' || /^\.+$/.test(short) ? `attachment-${index + 1}` : short;
    let unique = usable;
    for (let number = index + 1; used.has(unique); number++) unique = `${number}-${usable}`;
    used.add(unique);
    return unique;
  });
}
