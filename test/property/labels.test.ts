/** The canonical form of labels against a brute-force reading of what people wrote. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AccessLabel,
  canonicalLabel,
  isMetBy,
  type LabelInput,
  labelId,
  narrowLabel,
} from '../../src/access/label.ts';
import { classifications } from '../../src/core/zones.ts';

const tags = ['a', 'b', 'c', 'd'] as const;
const tagList = fc.array(fc.constantFrom(...tags), { maxLength: 5 });
const classification = fc.constantFrom(...classifications);
const input: fc.Arbitrary<LabelInput> = fc.record(
  { anyOf: tagList, allOf: tagList, classification },
  { requiredKeys: [] },
);
/** Every set of tags that a person could hold. */
const everyHolding = Array.from(
  { length: 2 ** tags.length },
  (_, bits) => new Set(tags.filter((_tag, index) => (bits >> index) & 1)),
);

/** As 01-product words it: one tag of anyOf is needed, each of allOf is needed, and without any demand nobody gets in. */
function mayReadLiterally({ anyOf, allOf }: LabelInput, held: ReadonlySet<string>): boolean {
  if (anyOf === undefined && (allOf ?? []).length === 0) return false;
  if (anyOf !== undefined && !anyOf.some((tag) => held.has(tag))) return false;
  return (allOf ?? []).every((tag) => held.has(tag));
}

const rightsOf = (label: AccessLabel) => everyHolding.map((held) => (isMetBy(label, held) ? '1' : '0')).join('');

describe('labels', () => {
  it('decide as a literal reading of anyOf and allOf does', () => {
    fc.assert(
      fc.property(input, (written) => {
        const label = canonicalLabel(written);
        for (const held of everyHolding) expect(isMetBy(label, held)).toBe(mayReadLiterally(written, held));
      }),
    );
  });

  it('have the same id exactly if they give the same rights and classification', () => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 4 }), fc.array(input, { maxLength: 4 }), input, (left, right, start) => {
        const [a, b] = [left, right].map((steps) => steps.reduce(narrowLabel, canonicalLabel(start)));
        if (a === undefined || b === undefined) throw new Error('two labels were made');
        const isSame = rightsOf(a) === rightsOf(b) && a.classification === b.classification;
        expect(labelId(a) === labelId(b)).toBe(isSame);
      }),
      { numRuns: 500 },
    );
  });

  it('do not depend on the order in which tags and steps stand', () => {
    fc.assert(
      fc.property(
        fc
          .array(input, { minLength: 1, maxLength: 4 })
          .chain((steps) =>
            fc.tuple(
              fc.constant(steps),
              fc.shuffledSubarray(steps, { minLength: steps.length, maxLength: steps.length }),
            ),
          ),
        ([steps, shuffled]) => {
          const reversed = shuffled.map((step) => ({
            ...step,
            ...(step.anyOf === undefined ? {} : { anyOf: step.anyOf.toReversed() }),
            ...(step.allOf === undefined ? {} : { allOf: step.allOf.toReversed() }),
          }));
          const start = canonicalLabel({ anyOf: ['a', 'b', 'c', 'd'], classification: 'public' });
          expect(labelId(reversed.reduce(narrowLabel, start))).toBe(labelId(steps.reduce(narrowLabel, start)));
        },
      ),
    );
  });

  it('stay as they are when brought into canonical form again', () => {
    fc.assert(
      fc.property(input, (written) => {
        const label = canonicalLabel(written);
        expect(narrowLabel(label, {})).toEqual(label);
        const again = label.clauses.reduce((sum, clause) => narrowLabel(sum, { anyOf: clause }), label);
        expect(again).toEqual(label);
      }),
    );
  });

  it('never let anybody in by being narrowed, and never become less sensitive', () => {
    fc.assert(
      fc.property(input, fc.array(input, { maxLength: 4 }), (written, steps) => {
        let label = canonicalLabel(written);
        for (const step of steps) {
          const narrowed = narrowLabel(label, step);
          for (const held of everyHolding) {
            if (!isMetBy(label, held)) expect(isMetBy(narrowed, held)).toBe(false);
          }
          expect(classifications.indexOf(narrowed.classification)).toBeGreaterThanOrEqual(
            classifications.indexOf(label.classification),
          );
          label = narrowed;
        }
      }),
    );
  });

  it('never take anything from those who hold more', () => {
    fc.assert(
      fc.property(input, fc.subarray([...tags]), fc.subarray([...tags]), (written, held, more) => {
        const label = canonicalLabel(written);
        if (isMetBy(label, new Set(held))) expect(isMetBy(label, new Set([...held, ...more]))).toBe(true);
      }),
    );
  });
});
