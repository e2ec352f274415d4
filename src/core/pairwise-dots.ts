/**
 * How alike the vectors of a list are, each pair of them. In WebAssembly, whose instructions take four numbers at once, which JavaScript has none for:
 * of a hundred vectors it takes an eighth of the time.
 */

/** `pairwise-dots.wat`, assembled; a test holds the two against each other. */
export const assembled =
  'AGFzbQEAAAABDwJgA39/fwBgBX9/f397AAMDAgABBQMBAAEHFQIGbWVtb3J5AgAIcGFpcndpc2UAAAqXAwLQAgIHfwh7A0AgAyEEA0AgAyABbCEFIAUgAWohBiAEIAFsIQcgByABaiEIIAYhCf0MAAAAAAAAAAAAAAAAAAAAACEO/QwAAAAAAAAAAAAAAAAAAAAAIQ/9DAAAAAAAAAAAAAAAAAAAAAAhEP0MAAAAAAAAAAAAAAAAAAAAACERA0AgBf0ABAAhCiAG/QAEACELIAf9AAQAIQwgCP0ABAAhDSAOIAogDP3mAf3kASEOIA8gCiAN/eYB/eQBIQ8gECALIAz95gH95AEhECARIAsgDf3mAf3kASERIAZBEGohBiAHQRBqIQcgCEEQaiEIIAVBEGoiBSAJSQ0ACyADIAQgACACIA4QASADIARBAWogACACIA8QASADQQFqIAQgACACIBAQASADQQFqIARBAWogACACIBEQASAEQQJqIgQgAEkNAAsgA0ECaiIDIABJDQALC0MBAX0gBP0fACAE/R8BkiAE/R8CIAT9HwOSkiEFIAMgACACbCABakECdGogBTgCACADIAEgAmwgAGpBAnRqIAU4AgAL';

/** The types of Node leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly pairwise: (count: number, bytes: number, out: number) => void;
}

/** Numbers that are taken at once, and vectors. */
const lanes = 4;
const together = 2;
const numberBytes = Float32Array.BYTES_PER_ELEMENT;
const pageBytes = 64 * 1024;

let loaded: Exports | undefined;

function load(): Exports {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(assembled, 'base64')));
  // What the file exports, as its text says.
  return exports as Exports;
}

/**
 * Cosines of all pairs of unit vectors of one length: that of `i` and `j` at `i * vectors.length + j`. Sums are of single precision, the same
 * on every machine.
 */
export function pairwiseDots(vectors: readonly Float32Array[]): Float32Array {
  const size = vectors.length;
  const stride = roundedUp(vectors[0]?.length ?? 0, lanes);
  if (stride === 0) return new Float32Array(size * size);
  const count = roundedUp(size, together);
  const numbers = count * stride;
  loaded ??= load();
  const { memory, pairwise } = loaded;
  const missing = numberBytes * (numbers + count * count) - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  // What a former call left would count where a vector ends before the stride or the list before the count.
  const given = new Float32Array(memory.buffer, 0, numbers).fill(0);
  for (const [index, vector] of vectors.entries()) given.set(vector, index * stride);
  pairwise(count, stride * numberBytes, numbers * numberBytes);
  const dots = new Float32Array(memory.buffer, numbers * numberBytes, count * count);
  const kept = new Float32Array(size * size);
  for (let row = 0; row < size; row++) kept.set(dots.subarray(row * count, row * count + size), row * size);
  return kept;
}

function roundedUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
