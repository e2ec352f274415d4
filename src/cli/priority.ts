/** A server on the same machine answers questions while another process loads documents: those come first. */
import { constants, setPriority } from 'node:os';

const bulkCommands = ['ingest', 'repair'];

/** To be called before any thread is started: threads inherit it. */
export function yieldToQuestions(command: string | undefined): void {
  if (command === undefined || !bulkCommands.includes(command)) return;
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Where a process may not do that, questions are slower meanwhile.
  }
}
