/** Bytes of a text file to normalised text: by byte order mark, else UTF-8, else windows-1252 with a warning. */
import type { Warning } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { normalizeText } from './normalize.ts';

export interface DecodedText {
  readonly text: string;
  readonly warnings: readonly Warning[];
}

/** Share of control characters above which bytes are no text: prose has none, a terminal log few. */
const controlShare = 0.005;
const sampleBytes = 65_536;

export function byteOrderMark(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return null;
}

/** Whether the bytes can be text in some encoding that `decodeText` reads. */
export function isText(bytes: Uint8Array): boolean {
  const mark = byteOrderMark(bytes);
  if (mark === 'utf-16le' || mark === 'utf-16be') {
    return isUtf16Text(bytes.subarray(2, 2 + sampleBytes), mark);
  }
  if (bytes.indexOf(0) !== -1) return false;
  const sample = bytes.subarray(0, sampleBytes);
  let controls = 0;
  for (const byte of sample) {
    if ((byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d) && byte !== 0x1b) || byte === 0x7f) controls++;
  }
  return controls <= sample.length * controlShare;
}

function isUtf16Text(sample: Uint8Array, encoding: 'utf-16le' | 'utf-16be'): boolean {
  const even = sample.subarray(0, sample.length - (sample.length % 2));
  const text = new TextDecoder(encoding).decode(even);
  let bad = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const isControl = point < 0x20 && !(point >= 0x09 && point <= 0x0d);
    // Random bytes read as UTF-16 give lone surrogates, unassigned and private-use characters in plenty.
    if (isControl || point === 0xfffd || /[\p{Cn}\p{Co}]/u.test(character)) bad++;
  }
  return bad <= text.length * 0.01;
}

/** `label` is an encoding that the document itself declares; one that is unknown or does not fit is passed over. */
export function decodeText(bytes: Uint8Array, fileName: string, label?: string): DecodedText {
  const mark = byteOrderMark(bytes);
  if (mark !== null) return { text: normalizeText(new TextDecoder(mark).decode(bytes)), warnings: [] };
  const utf8 = tryDecode(bytes, 'utf-8');
  if (utf8 !== null) return { text: normalizeText(utf8), warnings: [] };
  if (label !== undefined) {
    const declared = tryDecode(bytes, label);
    if (declared !== null) return { text: normalizeText(declared), warnings: [] };
  }
  if (!isText(bytes)) {
    throw new PerseaError('document-damaged', `Read ${fileName} as text: its bytes are no text in a known encoding.`);
  }
  return {
    text: normalizeText(new TextDecoder('windows-1252').decode(bytes)),
    warnings: [
      { code: 'encoding-guessed', message: `${fileName} is not UTF-8; it was read as windows-1252. Save it as UTF-8.` },
    ],
  };
}

function tryDecode(bytes: Uint8Array, label: string): string | null {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
