/** A mailbox file: a list of its messages, each of which is handed on for a document of its own. */
import PostalMime from 'postal-mime';
import type { Attachment, ParsedDocument, Warning } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { loadMail } from './mail.ts';
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
  for (const [index, message] of messages.entries()) {
    try {
      const head = await PostalMime.parse(headOf(message));
      rows.push([head.date ?? '', head.from?.name || head.from?.address || '', head.subject ?? '']);
      const name = `${String(index + 1).padStart(5, '0')} ${head.subject ?? 'message'}`;
      attachments.push({ name: `${name.slice(0, 100)}.eml`, mediaType: 'message/rfc822', bytes: message });
    } catch {
      broken += 1;
    }
  }
  const builder = new TextBuilder();
  const table = pipeTable(rows, { hasHeader: true });
  builder.add('table', table.text, { headerLength: table.headerLength });
  const warnings: readonly Warning[] =
    broken === 0
      ? []
      : [
          {
            code: 'messages-skipped',
            count: broken,
            message: `${broken} messages of ${fileName} are broken, left out.`,
          },
        ];
  return {
    title: fileName,
    mediaType,
    text: builder.text,
    blocks: builder.blocks,
    pageCount: null,
    properties: {},
    frontMatter: null,
    attachments,
    warnings,
  };
}

const separator = /^From \S.*\d{4}/;

/**
 * Messages between lines that begin with `From ` after an empty line. Lines of a body that look like one carry a `>`
 * (RFC 4155 and its `mboxrd` variant), which is taken away again.
 */
function messagesOf(bytes: Uint8Array): readonly Uint8Array[] {
  // One character a byte: the messages' own encodings are the mail parser's to know.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const messages: Uint8Array[] = [];
  let lines: string[] | null = null;
  let isAfterBlank = true;
  const close = () => {
    if (lines !== null) messages.push(Buffer.from(lines.join('\n'), 'latin1'));
  };
  for (const raw of text.split('\n')) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (isAfterBlank && separator.test(line)) {
      close();
      lines = [];
    } else {
      lines?.push(line.replace(/^>(>*From )/, '$1'));
    }
    isAfterBlank = line === '';
  }
  close();
  return messages;
}

/** Enough for the list; the whole message is parsed as a document of its own. */
function headOf(message: Uint8Array): Uint8Array {
  const end = Buffer.from(message.buffer, message.byteOffset, message.byteLength).indexOf('\n\n');
  return end === -1 ? message : message.subarray(0, end + 2);
}
