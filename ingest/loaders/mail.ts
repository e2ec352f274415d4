/** E-mail: its main header lines, then the body; attachments and forwarded messages are handed on for documents of their own. */
import PostalMime, { type Address, type Email } from 'postal-mime';
import type { Attachment, Block, ParsedDocument, Warning } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { eventsOf } from './calendar.ts';
import { asDate, asText } from './front-matter.ts';
import { type HtmlPage, readHtml } from './html.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { normalizeText } from './normalize.ts';
import { parsedDocument } from './parsed-document.ts';
import { textBlocks } from './text.ts';
import { TextBuilder } from './text-builder.ts';
import { unpackTnef } from './tnef.ts';

export const mailLoader: Loader = {
  name: 'mail',
  mediaTypes: ['message/rfc822'],
  load: loadMail,
};

/** Parts within parts; real messages have five. */
export const maxMimeNesting = 64;

type MailPart = Email['attachments'][number];

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
  const warnings = [...addBody(builder, mail)];
  addEvents(builder, mail.attachments.filter(isCalendar));
  const { attachments, images } = partsOf(mail, input);
  if (images > 0) {
    const message = `${images} pictures that are shown within the text: left out.`;
    warnings.push({ code: 'inline-images-dropped', count: images, message });
  }
  if (mail.attachments.some((part) => encrypted.test(part.mimeType))) {
    const message = 'The body is encrypted; only its headers were read.';
    warnings.push({ code: 'body-encrypted', message });
  }
  const date = asDate(mail.date);
  return parsedDocument({
    title: asText(mail.subject?.replace(/\s+/g, ' ')) ?? input.fileName,
    mediaType: input.mediaType,
    body: builder,
    properties: { ...(from === null ? {} : { author: from }), ...(date === null ? {} : { date }) },
    attachments,
    warnings,
  });
}

async function parse(input: LoaderInput): Promise<Email> {
  const { bytes, fileName } = input;
  try {
    return await PostalMime.parse(messageIn(bytes, fileName), {
      attachmentEncoding: 'arraybuffer',
      // A forwarded message has its own subject, date and attachments.
      forceRfc822Attachments: true,
      maxNestingDepth: maxMimeNesting,
    });
  } catch (thrown) {
    throw new PerseaError(
      'document-damaged',
      `Parsed ${fileName} as an e-mail: its parts are broken or nested too deep.`,
      { cause: thrown },
    );
  }
}

/** Without what mail programs put around it: the length before and the property list behind (Apple), a mailbox's first line. */
function messageIn(bytes: Uint8Array, fileName: string): Uint8Array {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1_000)).toString('latin1');
  const length = fileName.toLowerCase().endsWith('.emlx') ? /^(\d{1,10})\s*\n/.exec(head) : null;
  if (length !== null) return bytes.subarray(length[0].length, length[0].length + Number(length[1]));
  const envelope = /^(?:\u00ef\u00bb\u00bf)?>?From [^\n]*\n/.exec(head);
  return envelope === null ? bytes : bytes.subarray(envelope[0].length);
}

function addHeader(builder: TextBuilder, name: string, value: string | null | undefined): void {
  const text = value?.replace(/\s+/g, ' ').trim() ?? '';
  if (text !== '') builder.add('paragraph', `${name}: ${text}`, { isTight: builder.length > 0 });
}

/** A text part this much shorter than the page beside it only says that there is one. */
const noticeShare = 0.3;
const noticeLetters = 400;

/** The text; the page where there is none, or none worth the name. Quoted replies stay: they are often all that is left of them. */
function addBody(builder: TextBuilder, mail: Email): readonly Warning[] {
  const text = normalizeText(mail.text ?? '').trim();
  const isShort = text.length < noticeLetters;
  const page = mail.html === undefined || !(text === '' || isShort) ? null : readHtml(mail.html, { isWhole: true });
  if (page !== null && text.length <= page.builder.length * noticeShare) return addPage(builder, page);
  builder.append({ text, blocks: textBlocks(text).map((block) => asQuote(block, text)) });
  return [];
}

function addPage(builder: TextBuilder, page: HtmlPage): readonly Warning[] {
  builder.append(page.builder);
  return page.warnings;
}

function asQuote(block: Block, text: string): Block {
  const isQuote = /^>[^\n]*(?:\n>[^\n]*)*$/.test(text.slice(block.start, block.end));
  return isQuote ? { ...block, kind: 'quote', level: null, title: null, headerEnd: null } : block;
}

function isCalendar(part: MailPart): boolean {
  return part.mimeType === 'text/calendar' || part.mimeType === 'application/ics';
}

/** An invitation comes as a part and once more as a file. */
function addEvents(builder: TextBuilder, parts: readonly MailPart[]): void {
  const events = parts.flatMap((part) => eventsOf(new TextDecoder().decode(bytesOf(part))));
  for (const lines of new Set(events.map((event) => event.lines.join('\n')))) builder.add('paragraph', lines);
}

function addressText(address: Address): string {
  if (address.group !== undefined) return `${address.name}: ${address.group.map(addressText).join(', ')}`;
  const email = address.address ?? '';
  if (address.name === '' || email === '') return address.name || email;
  return `${address.name} <${email}>`;
}

const encrypted = /^application\/(?:x-)?(?:pkcs7-mime|pgp-encrypted)$/;
/** Parts that only machines read. */
const machineParts = /^application\/(?:x-)?(?:pkcs7-(?:mime|signature)|pgp-(?:encrypted|signature|keys))$/;

function partsOf(
  mail: Email,
  { fileName, limits, settings }: LoaderInput,
): { readonly attachments: readonly Attachment[]; readonly images: number } {
  const attachments: Attachment[] = [];
  let images = 0;
  for (const [index, part] of mail.attachments.entries()) {
    if (isCalendar(part) || machineParts.test(part.mimeType)) continue;
    const isShown = part.related === true || (part.disposition === 'inline' && !settings.ocr);
    if (part.mimeType.startsWith('image/') && isShown) images++;
    else if (part.mimeType === 'application/ms-tnef' || /^winmail\.dat$/i.test(part.filename ?? '')) {
      for (const { name, bytes } of unpackTnef(bytesOf(part))) {
        attachments.push({
          name: baseName(name) ?? `attachment-${index + 1}`,
          mediaType: 'application/octet-stream',
          bytes,
        });
      }
    } else attachments.push(attachmentOf(part, index));
    if (attachments.length > limits.archiveEntries) {
      throw new PerseaError(
        'archive-unsafe',
        `Opened ${fileName}: it has more than ${limits.archiveEntries} attachments, the limit.`,
      );
    }
  }
  return { attachments, images };
}

function attachmentOf(part: MailPart, index: number): Attachment {
  const bytes = bytesOf(part);
  const isMessage = part.mimeType === 'message/rfc822';
  const name = baseName(part.filename) ?? (isMessage ? subjectIn(bytes) : null) ?? `attachment-${index + 1}`;
  // By its ending it is known for a message, whatever its first lines are.
  return { name: isMessage && !/\.eml$/i.test(name) ? `${name}.eml` : name, mediaType: part.mimeType, bytes };
}

/** A name is only a name: no path may come out of a message. */
function baseName(name: string | null): string | null {
  const last = name?.split(/[\\/]/).at(-1)?.trim();
  return last === undefined || last === '' ? null : last;
}

function subjectIn(message: Uint8Array): string | null {
  const head = Buffer.from(message.buffer, message.byteOffset, Math.min(message.length, 8_192)).toString('latin1');
  const subject = /^subject:[ \t]*([\x20-\x7e]{1,80})\r?$/im.exec(head)?.[1]?.trim() ?? '';
  return subject === '' || subject.includes('=?') ? null : subject.replace(/[\\/]/g, '_');
}

function bytesOf({ content }: MailPart): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content);
}
