/**
 * MinHash: a short signature of a text by which the Jaccard similarity of two sets of word shingles is estimated without the texts
 * (Broder 1997), and bands of it by which similar ones are found among many (locality-sensitive hashing; Leskovec, Rajaraman,
 * Ullman: Mining of Massive Datasets, chapter 3).
 */

/** Two texts of at least this similarity are near-duplicates of each other. */
export const nearDuplicateJaccard = 0.85;
/** Words of one shingle. */
const shingleWords = 5;
/** Standard error of an estimate at the threshold: sqrt(.85 x .15 / 192) = .026. */
const signatureLength = 192;
/** Values that two signatures of near-duplicates may differ in. */
const maxDifferent = signatureLength - Math.ceil(nearDuplicateJaccard * signatureLength);
/** Of a pair at the threshold at least one of the 24 bands agrees with a probability of 1 - (1 - .85^8)^24 = .9995; of one at .5 with .09. */
const bandRows = 8;

/** 32-bit values; signatures of other lengths or seeds cannot be compared. */
export type Signature = Uint32Array;

const wordPattern = /[\p{L}\p{M}\p{N}]+/gu;

/** Folded words; what separates them does not count. */
export function shingleWordsOf(text: string): string[] {
  return text.normalize('NFKC').toLowerCase().match(wordPattern) ?? [];
}

/** Hashes of all runs of five words; of a shorter text the whole. Empty without any word. */
export function shinglesOf(text: string): ReadonlySet<number> {
  const words = wordHashes(text);
  const shingles = new Set<number>();
  for (let end = Math.min(shingleWords, words.length); end > 0 && end <= words.length; end++) {
    let hash = 0;
    for (let index = Math.max(0, end - shingleWords); index < end; index++) {
      hash = Math.imul(rotate(hash) ^ (words[index] ?? 0), 0x9e3779b1);
    }
    shingles.add(mix(hash));
  }
  return shingles;
}

export function jaccard(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  let shared = 0;
  for (const shingle of small) if (large.has(shingle)) shared++;
  const union = a.size + b.size - shared;
  return union === 0 ? 0 : shared / union;
}

/** Null for a text without any word: it is like nothing else. */
export function signatureOf(text: string): Signature | null {
  const shingles = Uint32Array.from(shinglesOf(text));
  if (shingles.length === 0) return null;
  return Uint32Array.from(seeds, (seed, index) => {
    const multiplier = multipliers[index] ?? 1;
    let least = 0xffffffff;
    for (const shingle of shingles) {
      const hash = Math.imul(shingle ^ seed, multiplier);
      const mixed = (hash ^ (hash >>> 15)) >>> 0;
      if (mixed < least) least = mixed;
    }
    return least;
  });
}

/**
 * Whether the share of equal values, which estimates the Jaccard similarity, reaches `nearDuplicateJaccard`. Of texts unlike each other
 * the first few values tell.
 */
export function areNearDuplicates(a: Signature, b: Signature): boolean {
  let different = 0;
  for (let index = 0; index < signatureLength; index++) {
    if (a[index] !== b[index] && ++different > maxDifferent) return false;
  }
  return true;
}

/** Of the Jaccard similarity; its standard error is at most .036. */
export function estimatedJaccard(a: Signature, b: Signature): number {
  let equal = 0;
  for (let index = 0; index < signatureLength; index++) if (a[index] === b[index]) equal++;
  return equal / signatureLength;
}

/** One key a band, safe integers; texts that share one may be near-duplicates. */
export function bandKeys(signature: Signature): readonly number[] {
  const keys: number[] = [];
  for (let start = 0; start < signatureLength; start += bandRows) {
    let low = start;
    let high = ~start;
    for (let index = start; index < start + bandRows; index++) {
      low = mix(low ^ (signature[index] ?? 0));
      high = mix(Math.imul(high, 0x85ebca6b) ^ (signature[index] ?? 0));
    }
    keys.push((high >>> 11) * 0x1_0000_0000 + low);
  }
  return keys;
}

/** Fixed for ever: stored signatures were made with them. */
const seeds = new Uint32Array(signatureLength);
const multipliers = new Uint32Array(signatureLength);
for (let index = 0; index < signatureLength; index++) {
  seeds[index] = mix(0x9e3779b9 + index);
  multipliers[index] = mix(0x7f4a7c15 ^ (index << 8)) | 1;
}

/**
 * `shingleWordsOf(text).map(hashWord)` without a string for each word, where words are plain ASCII: three times as fast. What
 * lies between two spaces and has any other character goes the long way; nothing is folded across an ASCII space.
 */
function wordHashes(text: string): number[] {
  const hashes: number[] = [];
  let hashesBefore = 0;
  let pieceStart = 0;
  let hash = 0;
  let isInWord = false;
  for (let index = 0; index <= text.length; index++) {
    const code = index < text.length ? text.charCodeAt(index) : space;
    if (code > lastAscii) {
      hashes.length = hashesBefore;
      let end = index;
      while (end < text.length && text.charCodeAt(end) > space) end++;
      for (const word of shingleWordsOf(text.slice(pieceStart, end))) hashes.push(hashWord(word));
      isInWord = false;
      index = end - 1;
      continue;
    }
    const folded = code >= upperA && code <= upperZ ? code | caseBit : code;
    if ((folded >= lowerA && folded <= lowerZ) || (code >= digit0 && code <= digit9)) {
      hash = Math.imul((isInWord ? hash : fnvBasis) ^ folded, fnvPrime);
      isInWord = true;
      continue;
    }
    if (isInWord) hashes.push(mix(hash));
    isInWord = false;
    if (code <= space) {
      pieceStart = index + 1;
      hashesBefore = hashes.length;
    }
  }
  return hashes;
}

const space = 0x20;
const digit0 = 0x30;
const digit9 = 0x39;
const upperA = 0x41;
const upperZ = 0x5a;
const caseBit = 0x20;
const lowerA = 0x61;
const lowerZ = 0x7a;
const lastAscii = 0x7f;
const fnvBasis = 0x811c9dc5;
const fnvPrime = 0x01000193;

/** FNV-1a over UTF-16 units, then mixed. */
function hashWord(word: string): number {
  let hash = fnvBasis;
  for (let index = 0; index < word.length; index++) hash = Math.imul(hash ^ word.charCodeAt(index), fnvPrime);
  return mix(hash);
}

function rotate(value: number): number {
  return (value << 13) | (value >>> 19);
}

/** The finalizer of MurmurHash3. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
