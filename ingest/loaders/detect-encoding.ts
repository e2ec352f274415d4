/** What encoding bytes look like that are no UTF-8 and have no byte order mark. Looks at a bounded sample. */
import { createRequire } from 'node:module';
import { decodeWide, tryDecode, type WideEncoding } from './encodings.ts';

export const sampleBytes = 65_536;
/** Below this the guess is one of several that fit about as well. */
const sureConfidence = 0.35;
/** A handful of letters says nothing; then it is an encoding that most such files have. */
const fewLetters = 8;
/** Of machines that are gone; more often their letters come about by chance. */
const relics = /^(?:mac|cp(?!9)\d|ibm|hp-|koi8-t|kz|atari|next)/i;
const ebcdicNames = /^(?:cp|ibm-?)(?:037|273|277|278|28[045]|290|297|42[034]|500|87[015]|10[24]\d|11[34]\d)$/i;

export interface DetectedEncoding {
  readonly encoding: string;
  readonly text: string;
  readonly isSure: boolean;
}

export function detectEncoding(bytes: Uint8Array): DetectedEncoding {
  const sample = bytes.subarray(0, sampleBytes);
  const wide = bytes.indexOf(0) === -1 ? null : wideEncodingOf(sample);
  if (wide !== null) return { encoding: wide, text: decodeWide(bytes, wide), isSure: true };
  const isEbcdic = looksEbcdic(sample);
  const { name, confidence } = likeliest(sample, isEbcdic);
  if (isEbcdic) return decodedBy(bytes, [name, 'cp500']);
  if (confidence >= sureConfidence) {
    const text = tryDecode(bytes, name);
    if (text !== null) return { encoding: name, text, isSure: !isRareChinese(name, sample) };
  }
  // Detectors know Korean only by its oldest table, which lacks half of the syllables.
  const korean = tryDecode(bytes, 'windows-949');
  if (korean !== null && isKorean(korean)) return { encoding: 'windows-949', text: korean, isSure: true };
  const isLittle = sample.filter((byte) => byte >= 0x80).length < fewLetters;
  const western = isLittle ? ['windows-1252', 'cp850', 'macintosh'] : relics.test(name) ? ['windows-1252'] : [];
  const fitting = western.filter((candidate) => isPlausibleLatin(tryDecode(sample, candidate) ?? '\u0080'));
  return decodedBy(bytes, [...fitting, ...(isLittle ? [] : [name])]);
}

/** In the first of these encodings in which the bytes are valid; every byte is in the one that comes last. */
function decodedBy(bytes: Uint8Array, encodings: readonly string[]): DetectedEncoding {
  for (const encoding of encodings) {
    const text = tryDecode(bytes, encoding);
    if (text !== null) return { encoding, text, isSure: false };
  }
  return { encoding: 'windows-1252', text: new TextDecoder('windows-1252').decode(bytes), isSure: false };
}

function likeliest(sample: Uint8Array, isEbcdic: boolean): { readonly name: string; readonly confidence: number } {
  const jschardet = createRequire(import.meta.url)('jschardet') as typeof import('jschardet');
  const buffer = Buffer.from(sample.buffer, sample.byteOffset, sample.byteLength);
  for (const { encoding, confidence } of jschardet.detectAll(buffer, { minimumThreshold: 0 })) {
    if (encoding !== null && ebcdicNames.test(encoding) === isEbcdic) return { name: encoding, confidence };
  }
  return { name: isEbcdic ? 'cp500' : 'windows-1252', confidence: 0 };
}

/** Without a byte order mark: ASCII letters leave every second or fourth byte zero. */
export function wideEncodingOf(sample: Uint8Array): WideEncoding | null {
  const zeros = [0, 0, 0, 0];
  for (const [index, byte] of sample.entries()) if (byte === 0) zeros[index % 4] = (zeros[index % 4] ?? 0) + 1;
  const [a = 0, b = 0, c = 0, d = 0] = zeros.map((count) => count / Math.max(1, sample.length / 4));
  if (a > 0.9 && b > 0.9 && d < 0.1) return 'utf-32be';
  if (c > 0.9 && d > 0.9 && a < 0.1) return 'utf-32le';
  if (a > 0.5 && c > 0.5 && b + d < 0.2) return 'utf-16be';
  return b > 0.5 && d > 0.5 && a + c < 0.2 ? 'utf-16le' : null;
}

/** Text of mainframes: its space is 0x40, its letters and digits lie where no other encoding has them all. */
export function looksEbcdic(sample: Uint8Array): boolean {
  const counts = new Uint32Array(256);
  for (const byte of sample) counts[byte] = (counts[byte] ?? 0) + 1;
  const between = (from: number, to: number) => counts.subarray(from, to + 1).reduce((sum, count) => sum + count, 0);
  const letters =
    between(0x81, 0x89) + between(0x91, 0x99) + between(0xa2, 0xa9) + between(0xc1, 0xc9) + between(0xd1, 0xd9);
  const known = letters + between(0xe2, 0xe9) + between(0xf0, 0xf9) + between(0x40, 0x40) + between(0x4b, 0x4b);
  return known > sample.length * 0.85 && (counts[0x40] ?? 0) > sample.length * 0.05 && letters > sample.length * 0.3;
}

/** Whether the letters beyond ASCII stand where European languages have them: in words, in the case of their neighbours. */
export function isPlausibleLatin(text: string): boolean {
  let foreign = 0;
  let bad = 0;
  for (const match of text.matchAll(/[^\p{ASCII}\s]/gu)) {
    foreign++;
    const before = text[match.index - 1] ?? ' ';
    const after = text[match.index + match[0].length] ?? ' ';
    const isLetter = /\p{L}/u.test(match[0]);
    const isWithinWord = /\p{Ll}/u.test(before) && /\p{Ll}/u.test(after);
    if (isLetter ? !/[A-Za-z]/.test(before + after) : isWithinWord && !/[’·‑-]/.test(match[0])) bad++;
    else if (/\p{Ll}/u.test(before) && /\p{Lu}/u.test(match[0])) bad++;
    else if (/[\p{Cc}\p{So}\p{Sm}]/u.test(match[0]) && !/[°±×÷™©®¬]/.test(match[0])) bad++;
  }
  return bad <= foreign * 0.1;
}

/** Only syllables, none of them made of an accented letter and the letter after it. */
function isKorean(text: string): boolean {
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
  const syllables = count(/[\uac00-\ud7a3]/g);
  const beside = count(/[a-z][\uac00-\ud7a3]|[\uac00-\ud7a3][a-z]/g);
  return syllables > 4 * fewLetters && syllables > count(/[\u0080-\uffff]/g) * 0.9 && beside < syllables * 0.1;
}

/** Chinese is written mostly with the characters of the first table; another order of them gives rare ones. */
function isRareChinese(encoding: string, sample: Uint8Array): boolean {
  if (!/^gb/i.test(encoding)) return false;
  let common = 0;
  let all = 0;
  for (let index = 0; index + 1 < sample.length; index++) {
    const lead = sample[index] ?? 0;
    if (lead <= 0x80) continue;
    index++;
    if (lead >= 0xa1 && lead <= 0xa9) continue;
    all++;
    if (lead >= 0xb0 && lead <= 0xd7) common++;
  }
  return common < all * 0.8;
}
