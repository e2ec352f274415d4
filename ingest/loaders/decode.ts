/**
 * Bytes of a text file to normalised text: by byte order mark, else UTF-8, else what the document declares, else what its
 * bytes look like, with a warning that names the guess.
 */
import type { Warning } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import {
  type DetectedEncoding,
  detectEncoding,
  isPlausibleLatin,
  looksEbcdic,
  sampleBytes,
  wideEncodingOf,
} from './detect-encoding.ts';
import { decodeWide, tryDecode, type WideEncoding } from './encodings.ts';
import { normalizeText } from './normalize.ts';

export interface DecodedText {
  readonly text: string;
  readonly warnings: readonly Warning[];
}

/** Share of control characters above which bytes are no text: prose has none, a terminal log few. */
const controlShare = 0.005;
/** Of the letters beyond ASCII, the share that may be broken in a file that is UTF-8 all the same. */
const brokenShare = 0.2;
const latin1 = /^(?:iso-?8859-1|windows-1252|latin-?1|us-ascii|ascii)$/i;

export function byteOrderMark(bytes: Uint8Array): 'utf-8' | WideEncoding | null {
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe && c === 0 && d === 0) return 'utf-32le';
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 'utf-32be';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  return null;
}

/** Whether the bytes can be text in some encoding that `decodeText` reads. */
export function isText(padded: Uint8Array): boolean {
  const mark = byteOrderMark(padded);
  if (mark !== null && mark !== 'utf-8') return isWideText(padded, mark);
  const bytes = withoutPadding(padded);
  const sample = bytes.subarray(0, sampleBytes);
  if (bytes.indexOf(0) !== -1) {
    const encoding = wideEncodingOf(sample);
    return encoding !== null && isWideText(bytes, encoding);
  }
  let controls = 0;
  for (const byte of sample) {
    if ((byte < 0x20 && !(byte >= 0x09 && byte <= 0x0f) && byte !== 0x1b) || byte === 0x7f) controls++;
  }
  return controls <= sample.length * controlShare || looksEbcdic(sample);
}

function isWideText(bytes: Uint8Array, encoding: WideEncoding): boolean {
  const text = decodeWide(bytes.subarray(0, sampleBytes), encoding);
  let bad = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const isControl = point < 0x20 && !(point >= 0x09 && point <= 0x0d);
    // Random bytes read as UTF-16 give lone surrogates, unassigned and private-use characters in plenty.
    if (isControl || point === 0xfffd || /[\p{Cn}\p{Co}]/u.test(character)) bad++;
  }
  return bad <= text.length * 0.01;
}

/** A file whose writing was cut off by a power failure is filled up with zeros; so are records of fixed length. */
function withoutPadding(bytes: Uint8Array): Uint8Array {
  if ((bytes[0] !== 0 && bytes.at(-1) !== 0) || wideEncodingOf(bytes.subarray(0, sampleBytes)) !== null) return bytes;
  let start = 0;
  let end = bytes.length;
  while (end > start && bytes[end - 1] === 0) end--;
  while (start < end && bytes[start] === 0) start++;
  return bytes.subarray(start, end);
}

/** `label` is an encoding that the document itself declares; one that is unknown or does not fit is passed over. */
export function decodeText(padded: Uint8Array, fileName: string, label?: string): DecodedText {
  const mark = byteOrderMark(padded);
  if (mark !== null) {
    const text = mark === 'utf-8' ? new TextDecoder(mark).decode(padded) : decodeWide(padded, mark);
    return { text: normalizeText(text), warnings: brokenPlaces(text, fileName) };
  }
  const bytes = withoutPadding(padded);
  // Escape sequences and bytes of two or four are valid UTF-8 by chance.
  const mayBeUtf8 = bytes.indexOf(0) === -1 && bytes.indexOf(0x1b) === -1 && bytes.indexOf(0x0e) === -1;
  const utf8 = mayBeUtf8 ? tryDecode(bytes, 'utf-8') : null;
  if (utf8 !== null) return { text: normalizeText(utf8), warnings: [] };
  const declared = label === undefined ? null : tryDecode(bytes, label);
  if (declared !== null) {
    const other = misdeclared(bytes, label, declared);
    return other === null ? { text: normalizeText(declared), warnings: [] } : guess(other, fileName);
  }
  if (!isText(bytes)) {
    throw new PerseaError('document-damaged', `Read ${fileName} as text: its bytes are no text in a known encoding.`);
  }
  return guessed(bytes, fileName);
}

/** Programs write Latin-1 into a file's head whatever its language, and every byte is valid in it. */
function misdeclared(bytes: Uint8Array, label: string | undefined, text: string): DetectedEncoding | null {
  if (!latin1.test(label ?? '') || isPlausibleLatin(text)) return null;
  // Detectors obey declarations, and tags are ASCII.
  const { encoding, isSure } = detectEncoding(withoutTags(bytes));
  const other = isSure && !latin1.test(encoding) ? tryDecode(bytes, encoding) : null;
  return other === null ? null : { encoding, text: other, isSure };
}

function withoutTags(bytes: Uint8Array): Uint8Array {
  const { buffer, byteOffset, length } = bytes;
  const head = Buffer.from(buffer, byteOffset, Math.min(length, sampleBytes)).toString('latin1');
  return Buffer.from(head.replace(/<[^<>]*>/g, ' '), 'latin1');
}

function guessed(bytes: Uint8Array, fileName: string): DecodedText {
  const lenient = new TextDecoder('utf-8').decode(bytes);
  const broken = countOf(lenient, /\ufffd/g);
  // Control sequences in a log are valid UTF-8 and nothing else, but so are the shift sequences of old Asian encodings.
  const isShifted = bytes.indexOf(0x1b) !== -1 || bytes.indexOf(0x0e) !== -1 || bytes.indexOf(0) !== -1;
  const isBroken = broken >= countOf(lenient, /[^\p{ASCII}\ufffd]/gu) * brokenShare;
  if (isShifted || isBroken) {
    const found = detectEncoding(bytes);
    const isUtf8 = /^(?:ascii|utf-?8)$/i.test(found.encoding);
    if (!isUtf8 && (found.isSure || broken > 0 || bytes.indexOf(0) !== -1)) return guess(found, fileName);
  }
  return { text: normalizeText(lenient), warnings: brokenPlaces(lenient, fileName) };
}

function guess({ encoding, text, isSure }: DetectedEncoding, fileName: string): DecodedText {
  const doubt = isSure ? '' : ' That is not sure: look at its letters.';
  const message = `${fileName} is not UTF-8; it was read as ${encoding}.${doubt} Save it as UTF-8.`;
  return { text: normalizeText(text), warnings: [{ code: 'encoding-guessed', message }] };
}

function brokenPlaces(text: string, fileName: string): readonly Warning[] {
  const count = countOf(text, /\ufffd/g);
  if (count === 0) return [];
  const message = `${fileName} holds ${count} places that are no text in its encoding; they show as \ufffd. Correct them.`;
  return [{ code: 'encoding-broken', message, count }];
}

function countOf(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
