import { describe, expect, it } from 'vitest';
import { takeTurn } from '../../src/core/turns.ts';

describe('takeTurn', () => {
  it('lets one piece of work run in each round of the event loop, in the order of asking', async () => {
    const happened: string[] = [];
    const rounds = (async () => {
      for (let round = 0; round < 4; round++) {
        await new Promise((resolve) => setImmediate(resolve));
        happened.push('round');
      }
    })();
    const work = ['a', 'b', 'c'].map(async (name) => {
      await takeTurn();
      happened.push(name);
    });
    await Promise.all([...work, rounds]);
    expect(happened.filter((what) => what !== 'round')).toEqual(['a', 'b', 'c']);
    expect(happened.join(' ')).not.toMatch(/[abc] [abc]/);
  });

  it('gives turns again after it had none to give', async () => {
    await takeTurn();
    await takeTurn();
    await Promise.all([takeTurn(), takeTurn()]);
  });
});
