/** E-mail: its main header lines, then the text body, else the HTML body; attachments are handed on for documents of their own. */
import PostalMime, { type Address, type Email } from 'postal-mime';
import type { Attachment, ParsedDocument } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { asDate, asText } from './front-matter.ts';
import { readHtml } from './html.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { normalizeText } from './normalize.ts';
import { textBlocks } from './text.ts';
import { TextBuilder } from './text-builder.ts';

export const mailLoader: Loader = {
  name: 'mail',
  mediaTypes: ['message/rfc822'],
  load: loadMail,
};

export async function loadMail(input: LoaderInput): Promise<ParsedDocument> {
  const mail = await parse(input);
  if (mail.from === undefined && mail.subject === undefined && mail.date === undefined) {
    throw new PerseaError(
      'document-damaged',
      `Parsed ${input.fileName} as an e-mail: it has neither From, Subject nor Date.`,
    );
  }
  const builder = new TextBuilder();
  const from = mail.from === undefined ? null : addressText(mail.from);
  addHeader(builder, 'Subject', mail.subject);
  addHeader(builder, 'From', from);
  addHeader(builder, 'To', mail.to?.map(addressText).join(', '));
  addHeader(builder, 'Cc', mail.cc?.map(addressText).join(', '));
  addHeader(builder, 'Date', mail.date);
  addBody(builder, mail);
  const date = asDate(mail.date);
  return {
    title: asText(mail.subject) ?? input.fileName,
    mediaType: input.mediaType,
    text: builder.text,
    blocks: builder.blocks,
    pageCount: null,
    properties: { ...(from === null ? {} : { author: from }), ...(date === null ? {} : { date }) },
    frontMatter: null,
    attachments: mail.attachments.filter((part) => part.related !== true).map(attachmentOf),
    warnings: [],
  };
}

async function parse(input: LoaderInput): Promise<Email> {
  try {
    return await PostalMime.parse(input.bytes, {
      attachmentEncoding: 'arraybuffer',
      maxRfc822NestingDepth: input.limits.nesting,
      maxNestingDepth: 64,
    });
  } catch (thrown) {
    throw new PerseaError(
      'document-damaged',
      `Parsed ${input.fileName} as an e-mail: its parts are broken or nested too deep.`,
      {
        cause: thrown,
      },
    );
  }
}

function addHeader(builder: TextBuilder, name: string, value: string | null | undefined): void {
  const text = value?.replace(/\s+/g, ' ').trim() ?? '';
  if (text !== '') builder.add('paragraph', `${name}: ${text}`, { isTight: builder.length > 0 });
}

function addBody(builder: TextBuilder, mail: Email): void {
  const text = normalizeText(mail.text ?? '').trim();
  if (text !== '') builder.append({ text, blocks: textBlocks(text) });
  else if (mail.html !== undefined) builder.append(readHtml(mail.html).builder);
}

function addressText(address: Address): string {
  if (address.group !== undefined) return `${address.name}: ${address.group.map(addressText).join(', ')}`;
  return address.name === '' ? (address.address ?? '') : `${address.name} <${address.address ?? ''}>`;
}

function attachmentOf(part: Email['attachments'][number], index: number): Attachment {
  const bytes =
    typeof part.content === 'string' ? new TextEncoder().encode(part.content) : new Uint8Array(part.content);
  // A name is only a name: no path may come out of a message.
  const name = part.filename?.split(/[\\/]/).at(-1)?.trim();
  return {
    name: name === undefined || name === '' ? `attachment-${index + 1}` : name,
    mediaType: part.mimeType,
    bytes,
  };
}
