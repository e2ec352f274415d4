/**
 * How many documents are read, parsed and embedded at a time. Waiting for the writer takes no place: revisions of many documents
 * share a commit, so that a document must not hold up others while it waits for one.
 */
import PQueue from 'p-queue';

export type Turns = <T>(work: () => Promise<T>, priority?: number) => Promise<T>;

/**
 * Documents under way in all, those waiting for a commit included. Enough small ones to fill a commit, so that none waits for
 * time to pass; how much of them lies in memory is bounded by the writer's room.
 */
export const documentsUnderWay = 1_024;

/** `room` is waited for before each turn's work. */
export function createTurns(concurrency: number, room: () => Promise<void> = async () => undefined): Turns {
  const queue = new PQueue({ concurrency });
  return (work, priority = 0) =>
    queue.add(
      async () => {
        await room();
        return work();
      },
      { priority },
    );
}
