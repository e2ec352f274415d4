/** A mailbox file: a list of its messages, each of which is handed on for a document of its own. */
import PostalMime, { type Email } from 'postal-mime';
import type { Attachment, ParsedDocument, Warning } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { sha256Hex } from '../../src/core/ids.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { loadMail } from './mail.ts';
import { parsedDocument } from './parsed-document.ts';
import { pipeTable } from './pipe-table.ts';
import { TextBuilder } from './text-builder.ts';

export const mailboxLoader: Loader = { name: 'mailbox', mediaTypes: ['application/mbox'], load: loadMailbox };

async function loadMailbox(input: LoaderInput): Promise<ParsedDocument> {
  const { bytes, fileName, mediaType, limits } = input;
  const messages = messagesOf(bytes);
  const [only] = messages;
  if (only !== undefined && messages.length === 1) return loadMail({ ...input, bytes: only });
  if (messages.length > limits.archiveEntries) {
    throw new PerseaError(
      'archive-unsafe',
      `Opened ${fileName}: it holds ${messages.length} messages, over the limit of ${limits.archiveEntries}. Split it.`,
    );
  }
  const rows: string[][] = [['Date', 'From', 'Subject']];
  const attachments: Attachment[] = [];
  let broken = 0;
  for (const message of messages) {
    try {
      const head = await PostalMime.parse(headOf(message));
      rows.push([head.date ?? '', head.from?.name || head.from?.address || '', head.subject ?? '']);
      attachments.push({ name: nameOf(head, message), mediaType: 'message/rfc822', bytes: message });
    } catch {
      broken += 1;
    }
  }
  const builder = new TextBuilder();
  const table = pipeTable(rows, { hasHeader: true });
  builder.add('table', table.text, { headerLength: table.headerLength });
  const message = `${broken} messages of ${fileName} are broken, left out.`;
  const warnings: readonly Warning[] = broken === 0 ? [] : [{ code: 'messages-skipped', count: broken, message }];
  return parsedDocument({
    title: fileName,
    mediaType,
    body: builder,
    attachments,
    warnings,
  });
}

/** The same wherever the message stands: a mailbox from which some are deleted is not a new one. */
function nameOf(head: Email, message: Uint8Array): string {
  const id = sha256Hex(head.messageId === undefined ? message : new TextEncoder().encode(head.messageId)).slice(-8);
  const day = /^\d{4}-\d{2}-\d{2}/.exec(head.date ?? '')?.[0];
  const subject = head.subject?.replace(/\s+/g, ' ').trim().slice(0, 80).toWellFormed() || 'message';
  return `${[day, subject, id].filter((part) => part !== undefined).join(' ')}.eml`;
}

const newline = 0x0a;
const opening = Buffer.from('From ');
/** The sender, in archives with its `@` spelt out, and the time. */
const envelopeParts = /^From (\S+(?: at \S+)?)\s+(.*)$/;
const clock = /\d:\d{2}/;
const year = /\b(?:19|20)\d{2}\b/;
const month = /\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/i;
const maxEnvelope = 200;

/**
 * Messages between lines that begin with `From `, a sender and a time; where no month is named, only after an empty line. Lines of
 * a body that look like one carry a `>` (RFC 4155 and its `mboxrd` variant), which is taken away again.
 */
function messagesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages: Uint8Array[] = [];
  let open: { readonly start: number; readonly envelope: string } | null = null;
  const close = (end: number) => {
    if (open !== null) messages.push(messageOf(buffer.subarray(open.start, end), open.envelope));
  };
  for (let at = buffer.indexOf(opening); at !== -1; at = buffer.indexOf(opening, at + 1)) {
    const isBlankBefore = at === 0 || /(?:^|\n)\r?\n$/.test(buffer.toString('latin1', Math.max(0, at - 4), at));
    if (at > 0 && buffer[at - 1] !== newline) continue;
    const lineEnd = buffer.indexOf(newline, at);
    const end = lineEnd === -1 ? buffer.length : lineEnd;
    const line = buffer.toString('latin1', at, Math.min(end, at + maxEnvelope)).trimEnd();
    const time = envelopeParts.exec(line)?.[2] ?? '';
    const isEnvelope = clock.test(time) && year.test(time) && (isBlankBefore || month.test(time));
    if (!isEnvelope) continue;
    close(at);
    open = { start: Math.min(buffer.length, end + 1), envelope: line };
  }
  close(buffer.length);
  return messages;
}

/** Without the quoting of the mailbox; a message without a sender and a date gets those of its separator. */
function messageOf(raw: Buffer, envelope: string): Uint8Array {
  const unquoted = raw.includes('>From ')
    ? Buffer.from(raw.toString('latin1').replace(/^>(>*From )/gm, '$1'), 'latin1')
    : raw;
  const headEnd = headOf(unquoted).length;
  if (/^(?:from|date):/im.test(unquoted.toString('latin1', 0, headEnd))) return unquoted;
  const [, sender = '', time = ''] = envelopeParts.exec(envelope) ?? [];
  const hasHeaders = /^[A-Za-z-]+:/.test(unquoted.toString('latin1', 0, 80));
  const headers = `From: ${sender}\n${time === '' ? '' : `Date: ${time}\n`}${hasHeaders ? '' : '\n'}`;
  return Buffer.concat([Buffer.from(headers, 'latin1'), unquoted]);
}

/** Enough for the list; the whole message is parsed as a document of its own. */
function headOf(message: Uint8Array): Uint8Array {
  const text = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const ends = [text.indexOf('\n\n'), text.indexOf('\r\n\r\n')].filter((end) => end !== -1);
  return ends.length === 0 ? message : message.subarray(0, Math.min(...ends) + 2);
}
