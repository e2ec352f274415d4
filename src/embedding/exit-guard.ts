/**
 * The ONNX runtime aborts the whole process when Node tears down a thread that is inside it, for instance on
 * `process.exit` while a session is loaded. So a thread says when it is inside, and the process waits for it to come out.
 */
const outside = 0;
const inside = 1;
const ending = 2;
/** Loading a session takes some tenths of a second; a thread that hangs does not keep the process. */
const exitWaitMs = 3_000;

export type ExitGuard = Int32Array<SharedArrayBuffer>;

const guards = new Set<ExitGuard>();

/** On the main thread, one for each thread; given to it as it is, because the memory is shared. */
export function createExitGuard(): ExitGuard {
  const guard = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  if (guards.size === 0) process.on('exit', waitForThreads);
  guards.add(guard);
  return guard;
}

/** When the thread has ended. */
export function releaseExitGuard(guard: ExitGuard): void {
  if (guards.delete(guard) && guards.size === 0) process.off('exit', waitForThreads);
}

/** On the thread: runs native work, unless the process is about to end; then it never settles. */
export async function runInside<T>(guard: ExitGuard, work: () => Promise<T>): Promise<T> {
  if (Atomics.compareExchange(guard, 0, outside, inside) !== outside) return new Promise(() => undefined);
  try {
    return await work();
  } finally {
    Atomics.store(guard, 0, outside);
    Atomics.notify(guard, 0);
  }
}

function waitForThreads(): void {
  const deadline = Date.now() + exitWaitMs;
  for (const guard of guards)
    while (Atomics.compareExchange(guard, 0, outside, ending) === inside && Date.now() < deadline)
      Atomics.wait(guard, 0, inside, deadline - Date.now());
}
