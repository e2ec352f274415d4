/**
 * What lies in a row, remembered. A search finds addresses and labels in the engine's indexes; reading the texts and vectors of a hundred
 * rows scattered over the table takes it as long again. The engine never writes over a row: one that is written again, relabelled or
 * compacted lies elsewhere, and no address is given twice in one table.
 */
import { statSync } from 'node:fs';
import type { StoredChunk } from '../core/chunk.ts';

export interface ChunkBody {
  /** The same object for as long as it is remembered, so that others may keep by it what they made of it. */
  readonly chunk: StoredChunk;
  /** Null for a row that is not embedded yet, and in a table without vectors. */
  readonly vector: Float32Array | null;
}

/** Texts, words and vectors of some 20,000 chunks of 150 words in Latin letters. At a million rows 80 MB make the process larger than 800. */
const defaultMaxBytes = 70 * 1024 * 1024;
/** Of an entry beside its texts. */
const entryBytes = 500;
/** In memory a letter of a text takes one byte where all of them are of this range, else two. */
const narrow = /^[\0-\xff]*$/;
/** Of the chunk's words, which are kept with it once it was ranked (retrieval/chunk-words.ts): for each letter of the text. */
const wordsBytes = 0.5;
/** Of a chunk of some 150 words, as most are. */
const ordinaryLetters = 1_000;

interface Entry {
  readonly body: ChunkBody;
  readonly bytes: number;
  /** Since it was last asked. */
  isUsed: boolean;
}

export class ChunkBodies {
  readonly #tableFolder: string;
  readonly #maxBytes: number;
  /** In the order in which they are asked whether anybody has used them; by the clock algorithm, which moves nothing at a use. */
  readonly #entries = new Map<bigint, Entry>();
  #bytes = 0;
  #table: string | undefined;

  constructor(tableFolder: string, maxBytes: number = defaultMaxBytes) {
    this.#tableFolder = tableFolder;
    this.#maxBytes = maxBytes;
  }

  /**
   * To be called before the query that finds rows, because a table made anew has other rows at the same addresses.
   *
   * @returns asks whether the table is still the one of this call. Folders do not come back, so if it is, all that was found and read
   * meanwhile is of one table; each search asks for itself, because another one may have come upon the next table before.
   */
  forgetOtherTables(): () => boolean {
    const table = folderIdentity(this.#tableFolder);
    if (table !== this.#table) this.clear();
    this.#table = table;
    return () => folderIdentity(this.#tableFolder) === table;
  }

  get(address: bigint): ChunkBody | undefined {
    const entry = this.#entries.get(address);
    if (entry === undefined) return undefined;
    entry.isUsed = true;
    return entry.body;
  }

  remember(address: bigint, body: ChunkBody): void {
    if (this.#entries.has(address)) return;
    const bytes = bytesOf(body);
    if (bytes > this.#maxBytes) return;
    for (const [asked, entry] of this.#entries) {
      if (this.#bytes + bytes <= this.#maxBytes) break;
      this.#entries.delete(asked);
      if (entry.isUsed) this.#entries.set(asked, { ...entry, isUsed: false });
      else this.#bytes -= entry.bytes;
    }
    this.#entries.set(address, { body, bytes, isUsed: false });
    this.#bytes += bytes;
  }

  /** So many chunks of ordinary texts can be remembered at once. */
  mostRows(dimensions: number | null): number {
    const vectorBytes = (dimensions ?? 0) * Float32Array.BYTES_PER_ELEMENT;
    return Math.floor(this.#maxBytes / (entryBytes + ordinaryLetters * (1 + wordsBytes) + vectorBytes));
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}

/** The text is a part of the index text and takes no memory of its own. */
function bytesOf({ chunk: { indexText, headingPath }, vector }: ChunkBody): number {
  const headings = headingPath.reduce((sum, heading) => sum + heading.length, 0);
  const bytesPerLetter = narrow.test(indexText) ? 1 : 2;
  return entryBytes + (bytesPerLetter + wordsBytes) * (indexText.length + headings) + (vector?.byteLength ?? 0);
}

/** Of a folder that is gone: nothing, like no other. */
function folderIdentity(folder: string): string | undefined {
  const stats = statSync(folder, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev} ${stats.ino} ${stats.birthtimeNs}`;
}
