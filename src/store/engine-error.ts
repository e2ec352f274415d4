/** What the engine throws, in our terms. Its own message may repeat parts of a query, so it goes to the cause alone. */
import { PerseaError } from '../core/errors.ts';

/** Another writer or an index build committed first; the same operation can succeed on the new version. */
export function isCommitConflict(thrown: unknown): boolean {
  return thrown instanceof Error && /retryable commit conflict|preempted by concurrent/i.test(thrown.message);
}

/** A file of the table is not there: the table was dropped or pruned by another process since it was opened, or is damaged. */
export function isFileGone(thrown: unknown): boolean {
  return thrown instanceof Error && /not found: \S*\.lance\b/i.test(thrown.message);
}

function isDiskFull(thrown: unknown): boolean {
  return thrown instanceof Error && /no space left on device|disk quota exceeded|os error 28\b/i.test(thrown.message);
}

export function toStoreError(thrown: unknown, attempted: string): PerseaError {
  if (thrown instanceof PerseaError) return thrown;
  if (isDiskFull(thrown)) {
    return new PerseaError(
      'disk-full',
      `The chunk store could not ${attempted}: the disk is full. Free space and try again.`,
      {
        cause: thrown,
      },
    );
  }
  return new PerseaError('store-failed', `The chunk store could not ${attempted}; the log has the cause.`, {
    cause: thrown,
  });
}
