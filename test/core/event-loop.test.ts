import { describe, expect, it } from 'vitest';
import { ownRound } from '../../src/core/event-loop.ts';

describe('ownRound', () => {
  it('lets one piece of work run in each round of the event loop, in the order of asking', async () => {
    const happened: string[] = [];
    const rounds = (async () => {
      for (let round = 0; round < 4; round++) {
        await new Promise((resolve) => setImmediate(resolve));
        happened.push('round');
      }
    })();
    const work = ['a', 'b', 'c'].map(async (name) => {
      await ownRound();
      happened.push(name);
    });
    await Promise.all([...work, rounds]);
    expect(happened.filter((what) => what !== 'round')).toEqual(['a', 'b', 'c']);
    expect(happened.join(' ')).not.toMatch(/[abc] [abc]/);
  });

  it('gives rounds again after it had none to give', async () => {
    await ownRound();
    await ownRound();
    await Promise.all([ownRound(), ownRound()]);
  });
});
