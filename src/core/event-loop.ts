/**
 * Long pieces of work on the thread that also serves everybody else. Whoever is about to do one waits for a round of the event loop
 * of its own, so that what comes in between (requests, words of other answers, timers) waits for one piece of work and not
 * for those of all questions at once. Waiters are as many as questions under way, which their own queue bounds.
 */
const waiting: (() => void)[] = [];

export function ownRound(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(giveRound);
  });
}

function giveRound(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(giveRound);
}
