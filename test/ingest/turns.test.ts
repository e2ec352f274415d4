import { describe, expect, it } from 'vitest';
import { createTurns } from '../../ingest/turns.ts';

describe('createTurns', () => {
  it('runs no more than so many at a time, and each to its own result', async () => {
    const inTurn = createTurns(2);
    let [running, most] = [0, 0];
    const results = await Promise.all(
      [1, 2, 3, 4, 5].map((number) =>
        inTurn(async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise(setImmediate);
          running -= 1;
          return number;
        }),
      ),
    );
    expect(results).toEqual([1, 2, 3, 4, 5]);
    expect(most).toBe(2);
  });

  it('goes on after a failure', async () => {
    const inTurn = createTurns(1);
    const failed = inTurn(async () => {
      throw new Error('broken');
    });
    const next = inTurn(async () => 'done');
    await expect(failed).rejects.toThrow('broken');
    await expect(next).resolves.toBe('done');
  });
});
