/**
 * Hashes of files that are as they were when they were hashed, so that looking again at a large folder costs a look at each
 * file's status only. Trusted as git trusts its index: same place on the disk, same size, same times to the nanosecond; and
 * never where the file was written so shortly before it was hashed that a later write could bear the same times ("racily
 * clean"). The time of the last status change cannot be set by a program, so restored modification times do not deceive it.
 */
import type { BigIntStats } from 'node:fs';

interface KnownHash {
  readonly state: string;
  readonly contentHash: string;
}

/** File systems keep times in steps of up to two seconds. */
const clockStepMs = 2_000;
/** About 250 bytes each. */
const maxEntries = 1_000_000;

export class KnownHashes {
  readonly #entries = new Map<string, KnownHash>();

  find(path: string, stats: BigIntStats): string | undefined {
    const entry = this.#entries.get(path);
    return entry?.state === stateOf(stats) ? entry.contentHash : undefined;
  }

  /** `hashedAt` is when hashing began, in milliseconds since the epoch. */
  remember(path: string, stats: BigIntStats, contentHash: string, hashedAt: number): void {
    const changedAt = Math.max(Number(stats.mtimeMs), Number(stats.ctimeMs));
    if (changedAt + clockStepMs >= hashedAt || this.#entries.size >= maxEntries) this.#entries.delete(path);
    else this.#entries.set(path, { state: stateOf(stats), contentHash });
  }

  /** After all was looked at: what is not there any more is forgotten. */
  retain(paths: ReadonlySet<string>): void {
    for (const path of this.#entries.keys()) if (!paths.has(path)) this.#entries.delete(path);
  }
}

function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}
