/** Decoders by name: Node's own, and for what it lacks the tables of iconv-lite and codepage, loaded when first needed. */
import { createRequire } from 'node:module';

export type WideEncoding = 'utf-16le' | 'utf-16be' | 'utf-32le' | 'utf-32be';

/** By the names that detectors and documents use; of their families these are the ones met in files. */
const codepages: Readonly<Record<string, number>> = {
  johab: 1361,
  cp1361: 1361,
  cp037: 37,
  cp273: 20_273,
  cp277: 20_277,
  cp278: 20_278,
  cp280: 20_280,
  cp284: 20_284,
  cp285: 20_285,
  cp297: 20_297,
  cp500: 500,
  cp1140: 1140,
  cp1141: 1141,
  cp1147: 1147,
  cp1148: 1148,
};

function isWideEncoding(label: string): label is WideEncoding {
  return /^utf-(?:16|32)[bl]e$/.test(label);
}

export function decodeWide(bytes: Uint8Array, encoding: WideEncoding): string {
  const unit = encoding.startsWith('utf-32') ? 4 : 2;
  const whole = bytes.subarray(0, bytes.length - (bytes.length % unit));
  if (encoding === 'utf-16le' || encoding === 'utf-16be') return new TextDecoder(encoding).decode(whole);
  return iconv().decode(bufferOf(whole), encoding);
}

/** Null where the encoding is unknown or the bytes are not valid in it. */
export function tryDecode(bytes: Uint8Array, label: string): string | null {
  if (isWideEncoding(label)) return decodeWide(bytes, label);
  if (/^iso-?2022-kr$/i.test(label)) return tryDecode(unshifted(bytes), 'euc-kr');
  // What Node knows by these names lacks the syllables that Windows added.
  if (/^(?:euc-?kr|windows-949|ks_c_5601-1987|ksc5601)$/i.test(label)) return tryDecode(bytes, 'cp949');
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    const text = isWebEncoding(label) ? null : decodeByTable(bytes, label);
    return text?.includes('\ufffd') === true ? null : text;
  }
}

function isWebEncoding(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== 'replacement';
  } catch {
    return false;
  }
}

function decodeByTable(bytes: Uint8Array, label: string): string | null {
  const codepage = codepages[label.toLowerCase()];
  if (codepage !== undefined) return decodeByCodepage(bytes, codepage);
  return iconv().encodingExists(label) ? iconv().decode(bufferOf(bytes), label) : null;
}

function decodeByCodepage(bytes: Uint8Array, codepage: number): string | null {
  try {
    // Mainframes end lines by a character of their own, NEL.
    return codepageTables().utils.decode(codepage, bufferOf(bytes)).replaceAll('\u0085', '\n');
  } catch {
    return null;
  }
}

/** ISO-2022-KR says by two control characters which bytes are halves of Korean letters; EUC-KR says it by their highest bit. */
function unshifted(bytes: Uint8Array): Uint8Array {
  const isMarked = Buffer.from(bytes.subarray(0, 4)).equals(Buffer.from('\u001b$)C', 'latin1'));
  const header = isMarked ? 4 : 0;
  const result = new Uint8Array(bytes.length - header);
  let length = 0;
  let isShifted = false;
  for (const byte of bytes.subarray(header)) {
    if (byte === 0x0e || byte === 0x0f) isShifted = byte === 0x0e;
    else result[length++] = isShifted && byte > 0x20 ? byte | 0x80 : byte;
  }
  return result.subarray(0, length);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Loaded when first needed, which for most folders is never: their tables take time and memory. */
function iconv(): typeof import('iconv-lite') {
  return createRequire(import.meta.url)('iconv-lite') as typeof import('iconv-lite');
}

function codepageTables(): typeof import('codepage')['default'] {
  return createRequire(import.meta.url)('codepage');
}
