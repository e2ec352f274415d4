/**
 * A case is a random company, a random person and a random read. What comes back must be what comes back in the same company without
 * anything that the person may not see: texts, titles, uris, counts, order and scores. `npm run test:leaks` tries 5,000 and more; `npm test` a part.
 */
import { expect, it } from 'vitest';
import { leakActionKinds, randomLeakAction } from '../support/leak-actions.ts';
import { makeLeakWorld } from '../support/leak-worlds.ts';
import { RandomNumbers } from '../support/random-numbers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const wantedCases = Number(process.env.PERSEA_LEAK_CASES ?? 360);
const seed = Number(process.env.PERSEA_SEED ?? 20_261_128);
const casesEach = leakActionKinds.length * 2;

it('gives each person what a company without the hidden documents would', { timeout: 1_800_000 }, async () => {
  const leaks: string[] = [];
  let cases = 0;
  let tellingCases = 0;
  for (let worldNumber = 0; cases < wantedCases; worldNumber++) {
    const random = new RandomNumbers(seed + worldNumber);
    const world = await makeLeakWorld(random, await temporaryFolder());
    for (const person of world.people) {
      const { company, hidden } = await world.without(person);
      const [scope, bareScope] = [await world.whole.scopeFor(person), await company.scopeFor(person)];
      for (let turn = 0; turn < casesEach; turn++) {
        const action = randomLeakAction(random, turn, world, person);
        const actual = await comparable(action.run(world.whole, scope));
        const wanted = await comparable(action.run(company, bareScope));
        cases += 1;
        if (hidden > 0) tellingCases += 1;
        if (actual !== wanted) leaks.push(`world ${worldNumber}, ${person.id}, ${action.name}\n${actual}\n${wanted}`);
      }
    }
    await world.close();
  }
  expect(leaks.slice(0, 3), `${leaks.length} of ${cases} cases`).toEqual([]);
  // Where nothing is hidden nothing can leak.
  expect(tellingCases / cases).toBeGreaterThan(0.9);
});

const timesAndNumbers = new Set(['ms', 'startMs', 'firstTokenMs', 'traceId']);

/** Without what differs between any two reads: times and the number of the trace. */
async function comparable(result: Promise<unknown>): Promise<string> {
  const value = await result.catch((thrown: unknown) => ({ thrown: String(thrown) }));
  const text = JSON.stringify(value, (key, field) => {
    if (timesAndNumbers.has(key)) return null;
    if (field instanceof Map || field instanceof Set) return [...field];
    return ArrayBuffer.isView(field) ? Array.from(field as Uint32Array) : field;
  });
  return text ?? 'undefined';
}
