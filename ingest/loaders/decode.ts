/**
 * Bytes of a text file to normalised text: by byte order mark, else UTF-8, else what the document declares, else what its
 * bytes look like, with a warning that names the guess.
 */
import { createRequire } from 'node:module';
import type { Warning } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { normalizeText } from './normalize.ts';

export interface DecodedText {
  readonly text: string;
  readonly warnings: readonly Warning[];
}

type WideEncoding = 'utf-16le' | 'utf-16be' | 'utf-32le' | 'utf-32be';

/** Share of control characters above which bytes are no text: prose has none, a terminal log few. */
const controlShare = 0.005;
const sampleBytes = 65_536;
/** Below this the guess is one of several that fit about as well. */
const sureConfidence = 0.35;
const fewLetters = 8;

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
export function isText(bytes: Uint8Array): boolean {
  const mark = byteOrderMark(bytes);
  if (mark !== null && mark !== 'utf-8') return isWideText(bytes, mark);
  const sample = bytes.subarray(0, sampleBytes);
  if (bytes.indexOf(0) !== -1) {
    const encoding = wideEncodingOf(sample);
    return encoding !== null && isWideText(bytes, encoding);
  }
  let controls = 0;
  for (const byte of sample) {
    if ((byte < 0x20 && !(byte >= 0x09 && byte <= 0x0f) && byte !== 0x1b) || byte === 0x7f) controls++;
  }
  return controls <= sample.length * controlShare;
}

/** Without a byte order mark: ASCII letters leave every second or fourth byte zero. */
function wideEncodingOf(sample: Uint8Array): WideEncoding | null {
  const zeros = [0, 0, 0, 0];
  for (const [index, byte] of sample.entries()) if (byte === 0) zeros[index % 4] = (zeros[index % 4] ?? 0) + 1;
  const [a = 0, b = 0, c = 0, d = 0] = zeros.map((count) => count / Math.max(1, sample.length / 4));
  if (a > 0.9 && b > 0.9 && d < 0.1) return 'utf-32be';
  if (c > 0.9 && d > 0.9 && a < 0.1) return 'utf-32le';
  if (a > 0.5 && c > 0.5 && b + d < 0.2) return 'utf-16be';
  return b > 0.5 && d > 0.5 && a + c < 0.2 ? 'utf-16le' : null;
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

function decodeWide(bytes: Uint8Array, encoding: WideEncoding): string {
  const unit = encoding.startsWith('utf-32') ? 4 : 2;
  const whole = bytes.subarray(0, bytes.length - (bytes.length % unit));
  if (encoding === 'utf-16le' || encoding === 'utf-16be') return new TextDecoder(encoding).decode(whole);
  return iconv().decode(Buffer.from(whole), encoding);
}

/** `label` is an encoding that the document itself declares; one that is unknown or does not fit is passed over. */
export function decodeText(bytes: Uint8Array, fileName: string, label?: string): DecodedText {
  const mark = byteOrderMark(bytes);
  if (mark !== null) {
    const text = mark === 'utf-8' ? new TextDecoder(mark).decode(bytes) : decodeWide(bytes, mark);
    return { text: normalizeText(text), warnings: [] };
  }
  // Escape sequences and bytes of two or four are valid UTF-8 by chance.
  const mayBeUtf8 = bytes.indexOf(0) === -1 && bytes.indexOf(0x1b) === -1 && bytes.indexOf(0x0e) === -1;
  const utf8 = mayBeUtf8 ? tryDecode(bytes, 'utf-8') : null;
  if (utf8 !== null) return { text: normalizeText(utf8), warnings: [] };
  const declared = label === undefined ? null : tryDecode(bytes, label);
  if (declared !== null) return { text: normalizeText(declared), warnings: [] };
  if (!isText(bytes)) {
    throw new PerseaError('document-damaged', `Read ${fileName} as text: its bytes are no text in a known encoding.`);
  }
  return guessed(bytes, fileName);
}

function guessed(bytes: Uint8Array, fileName: string): DecodedText {
  const { encoding, confidence } = detect(bytes);
  const decoded = encoding === null ? null : tryDecode(bytes, encoding);
  // Control sequences in a log are valid UTF-8 and nothing else.
  const text = decoded ?? tryDecode(bytes, 'utf-8') ?? new TextDecoder('windows-1252').decode(bytes);
  const name = decoded === null ? 'windows-1252' : (encoding ?? '');
  if (
    /^(?:ascii|utf-?8)$/i.test(name) ||
    (decoded === null && text.isWellFormed() && tryDecode(bytes, 'utf-8') !== null)
  ) {
    return { text: normalizeText(text), warnings: [] };
  }
  const doubt = confidence < sureConfidence || decoded === null ? ' That is not sure: look at its letters.' : '';
  const message = `${fileName} is not UTF-8; it was read as ${name}.${doubt} Save it as UTF-8.`;
  return { text: normalizeText(text), warnings: [{ code: 'encoding-guessed', message }] };
}

function detect(bytes: Uint8Array): { readonly encoding: string | null; readonly confidence: number } {
  const wide = bytes.indexOf(0) === -1 ? null : wideEncodingOf(bytes.subarray(0, sampleBytes));
  if (wide !== null) return { encoding: wide, confidence: 1 };
  const sample = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, sampleBytes));
  const { encoding, confidence } = detector().detect(sample, { minimumThreshold: 0 });
  const foreign = sample.reduce((count, byte) => count + (byte >= 0x80 ? 1 : 0), 0);
  // A handful of letters says nothing; then it is the encoding that most such files have.
  if (confidence < sureConfidence && foreign < fewLetters) return { encoding: 'windows-1252', confidence };
  return { encoding, confidence };
}

/** Null where the encoding is unknown or the bytes are not valid in it. */
function tryDecode(bytes: Uint8Array, label: string): string | null {
  if (/^utf-(?:16|32)[bl]e$/.test(label)) return decodeWide(bytes, label as WideEncoding);
  if (/^iso-?2022-kr$/i.test(label)) return tryDecode(unshifted(bytes), 'euc-kr');
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    if (isWebEncoding(label) || !iconv().encodingExists(label)) return null;
    const text = iconv().decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), label);
    return text.includes('\ufffd') ? null : text;
  }
}

function isWebEncoding(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== 'replacement';
  } catch {
    return false;
  }
}

/** ISO-2022-KR says by two control characters which bytes are halves of Korean letters; EUC-KR says it by their highest bit. */
function unshifted(bytes: Uint8Array): Uint8Array {
  const isMarked = Buffer.from(bytes.subarray(0, 4)).equals(Buffer.from('\u001b$)C', 'latin1'));
  const header = isMarked ? 4 : 0;
  const result: number[] = [];
  let isShifted = false;
  for (const byte of bytes.subarray(header)) {
    if (byte === 0x0e || byte === 0x0f) isShifted = byte === 0x0e;
    else result.push(isShifted && byte > 0x20 ? byte | 0x80 : byte);
  }
  return Uint8Array.from(result);
}

/** Loaded when first needed, which for most folders is never: their tables take time and memory. */
function iconv(): typeof import('iconv-lite') {
  return createRequire(import.meta.url)('iconv-lite') as typeof import('iconv-lite');
}

function detector(): typeof import('jschardet') {
  return createRequire(import.meta.url)('jschardet') as typeof import('jschardet');
}
