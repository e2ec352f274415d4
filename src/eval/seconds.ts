/** With milliseconds; `startedAt` by `performance.now()`. */
export function secondsSince(startedAt: number): number {
  return Math.round(performance.now() - startedAt) / 1000;
}
