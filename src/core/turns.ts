/**
 * Long pieces of work on the thread that also serves everybody else. Whoever is about to do one waits for a turn; in each round of
 * the event loop one gets it, so that what comes in between (requests, words of other answers, timers) waits for one piece of
 * work and not for those of all questions at once. Waiters are as many as questions under way, which their own queue bounds.
 */
const waiting: (() => void)[] = [];

export function takeTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(giveTurn);
  });
}

function giveTurn(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(giveTurn);
}
