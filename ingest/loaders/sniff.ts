/** What a file is: by its magic bytes first, then by how its text looks, and only then by its name. */
import { fileTypeFromBuffer } from 'file-type';
import { PerseaError } from '../../src/core/errors.ts';
import { isZip, readArchive } from './archive.ts';
import { byteOrderMark, isText } from './decode.ts';
import type { LoaderLimits } from './loader.ts';
import { textTypeByExtension, textTypeOf } from './text-types.ts';

/** Types whose magic is itself text; any other detection in a text file is chance (`BM` opens bitmaps and BMW's manuals). */
const textualMagic: ReadonlySet<string> = new Set([
  'application/pdf',
  'application/rtf',
  'application/postscript',
  'application/xml',
]);

const binaryTypeByExtension: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  odt: 'application/vnd.oasis.opendocument.text',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  odp: 'application/vnd.oasis.opendocument.presentation',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** Entries that tell what a zip file is. */
const zipTypes: readonly (readonly [entry: RegExp, mediaType: string])[] = [
  [/^word\/document\d*\.xml$/, 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  [/^ppt\/presentation\d*\.xml$/, 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
  [/^xl\/workbook\d*\.bin$/, 'application/vnd.ms-excel.sheet.binary.macroenabled.12'],
  [/^visio\/document\.xml$/, 'application/vnd.ms-visio.drawing'],
  [/^(?:Index\/Document\.iwa|Index\.zip|index\.(?:apxl|xml\.gz))$/, 'application/vnd.apple.iwork'],
  [/^xl\/workbook\d*\.xml$/, 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  [/^META-INF\/container\.xml$/, 'application/epub+zip'],
];

const pdfHeaderWithin = 1024;
/** After the fixed part of a zip file's first local header. */
const mimetypeAt = 30;

export async function sniffMediaType(bytes: Uint8Array, fileName: string, limits: LoaderLimits): Promise<string> {
  if (bytes.length === 0) throw new PerseaError('file-empty', `Read ${fileName}: it has no bytes.`);
  const extension = extensionOf(fileName);
  if (isZip(bytes)) return sniffZip(bytes, fileName, limits);
  if (Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, pdfHeaderWithin)).includes('%PDF-'))
    return 'application/pdf';
  const text = isText(bytes);
  const detected = await detect(bytes);
  if (detected !== null && (!text || textualMagic.has(detected))) {
    if (detected === 'application/x-cfb') refuseEncryptedOffice(bytes, fileName);
    if (detected !== 'application/xml') return detected;
  }
  if (!text) return refuseBinary(extension, fileName);
  return sniffText(bytes, extension, fileName);
}

export function extensionOf(fileName: string): string {
  return /\.([A-Za-z0-9]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? '';
}

async function sniffZip(bytes: Uint8Array, fileName: string, limits: LoaderLimits): Promise<string> {
  const entries = await readArchive(bytes, fileName, limits);
  // OpenDocument files begin with an entry that is not packed and names their type.
  const openDocument = /^mimetypeapplication\/vnd\.oasis\.opendocument\.([a-z]+)/.exec(
    new TextDecoder('latin1').decode(bytes.subarray(mimetypeAt, mimetypeAt + 80)),
  )?.[1];
  if (entries.some((entry) => entry.isEncrypted)) {
    throw new PerseaError('document-encrypted', `Opened ${fileName}: it is a zip file protected by a password.`);
  }
  if (openDocument !== undefined) return `application/vnd.oasis.opendocument.${openDocument}`;
  for (const [pattern, mediaType] of zipTypes) {
    if (entries.some((entry) => pattern.test(entry.name))) return mediaType;
  }
  const expected = binaryTypeByExtension[extensionOf(fileName)];
  // Some programs pack that entry, or leave it out.
  if (expected?.includes('opendocument') === true && entries.some((entry) => entry.name === 'content.xml'))
    return expected;
  if (expected !== undefined) {
    throw new PerseaError(
      'document-damaged',
      `Opened ${fileName}: a zip file without the parts of its type. Save it anew.`,
    );
  }
  return 'application/zip';
}

async function detect(bytes: Uint8Array): Promise<string | null> {
  try {
    return (await fileTypeFromBuffer(bytes))?.mime ?? null;
  } catch {
    return null;
  }
}

/** An Office file with a password is an old-style container around an encrypted stream of this name. */
function refuseEncryptedOffice(bytes: Uint8Array, fileName: string): void {
  if (
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(Buffer.from('EncryptedPackage', 'utf16le'))
  ) {
    throw new PerseaError(
      'document-encrypted',
      `Opened ${fileName}: an Office document with a password. Save it without.`,
    );
  }
}

function refuseBinary(extension: string, fileName: string): never {
  const expected =
    binaryTypeByExtension[extension] ?? textTypeByExtension[extension] ?? (extension === 'txt' ? 'text' : undefined);
  if (expected !== undefined) {
    throw new PerseaError(
      'document-damaged',
      `Opened ${fileName}: the name says ${expected}, but the bytes are something else. Replace the file or exclude it.`,
    );
  }
  throw new PerseaError(
    'type-unsupported',
    `Opened ${fileName}: binary data of an unknown type. Exclude it, or convert it.`,
  );
}

function sniffText(bytes: Uint8Array, extension: string, fileName: string): string {
  const encoding = byteOrderMark(bytes);
  const isWide32 = encoding === 'utf-32le' || encoding === 'utf-32be';
  const head = new TextDecoder(encoding === null || isWide32 ? 'utf-8' : encoding).decode(bytes.subarray(0, 4096));
  return textTypeOf(head.trimStart(), extension, fileName);
}
