/**
 * What lies in a row beside its label, remembered. A search finds ids and labels in the engine's indexes; reading eight more columns of
 * a hundred rows scattered over the table takes it longer than finding them. A revision's chunks never change, so what was read
 * once under an id stays true; labels do change and are read with each search.
 */
import { statSync } from 'node:fs';
import type { StoredChunk } from '../core/chunk.ts';

export type ChunkBody = Omit<StoredChunk, 'labelId'> & {
  /** Null for a row that is not embedded yet, and in a table without vectors. */
  readonly vector: Float32Array | null;
};

/** Texts and vectors of some 10,000 chunks of 200 words; an upper bound, because Latin letters take half of what is counted for them. */
const defaultMaxBytes = 64 * 1024 * 1024;
/** Of an entry beside its texts. */
const entryBytes = 400;

export class ChunkBodies {
  readonly #tableFolder: string;
  readonly #maxBytes: number;
  /** The longest unused first. */
  readonly #bodies = new Map<string, ChunkBody>();
  #bytes = 0;
  #table: string | undefined;

  constructor(tableFolder: string, maxBytes: number = defaultMaxBytes) {
    this.#tableFolder = tableFolder;
    this.#maxBytes = maxBytes;
  }

  /**
   * To be called after the query that found the ids: a table made anew may hold other chunks under the same ids, and folders do not
   * come back, so what was read before this folder was looked at was read of it or of an earlier one.
   */
  forgetOtherTables(): void {
    const table = folderIdentity(this.#tableFolder);
    if (table !== this.#table) this.clear();
    this.#table = table;
  }

  get(chunkId: string): ChunkBody | undefined {
    const body = this.#bodies.get(chunkId);
    if (body === undefined) return undefined;
    this.#bodies.delete(chunkId);
    this.#bodies.set(chunkId, body);
    return body;
  }

  remember(body: ChunkBody): void {
    if (this.#bodies.has(body.chunkId)) return;
    this.#bodies.set(body.chunkId, body);
    this.#bytes += bytesOf(body);
    for (const [id, oldest] of this.#bodies) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#bodies.delete(id);
      this.#bytes -= bytesOf(oldest);
    }
  }

  clear(): void {
    this.#bodies.clear();
    this.#bytes = 0;
  }
}

function bytesOf({ text, indexText, headingPath, vector }: ChunkBody): number {
  const characters = text.length + indexText.length + headingPath.reduce((sum, heading) => sum + heading.length, 0);
  return entryBytes + 2 * characters + (vector?.byteLength ?? 0);
}

/** Of a folder that is gone: nothing, like no other. */
function folderIdentity(folder: string): string | undefined {
  const stats = statSync(folder, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev} ${stats.ino} ${stats.birthtimeNs}`;
}
