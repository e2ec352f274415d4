/**
 * How many documents are read, parsed and embedded at a time. Waiting for the writer takes no place: revisions of many documents
 * share a commit, so that a document must not hold up others while it waits for one.
 */
import PQueue from 'p-queue';

export type Turns = <T>(work: () => Promise<T>, priority?: number) => Promise<T>;

/** Documents under way in all, those waiting for a commit included; a commit takes up to this many small ones together. */
export const documentsUnderWay = 256;

export function createTurns(concurrency: number): Turns {
  const queue = new PQueue({ concurrency });
  return (work, priority = 0) => queue.add(work, { priority });
}
