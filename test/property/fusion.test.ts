import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuseConvex, scalerOf } from '../../src/retrieval/fusion.ts';
import { smoothScores } from '../../src/retrieval/smoothing.ts';

const hits = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 3 }),
    score: fc.double({ min: -5, max: 30, noNaN: true }),
  }),
  { selector: (hit) => hit.id, maxLength: 30 },
);
const input = fc.record({
  vector: hits,
  keyword: hits,
  denseWeight: fc.double({ min: 0, max: 1, noNaN: true }),
  depth: fc.integer({ min: 1, max: 40 }),
});

describe('convex fusion', () => {
  it('does not depend on the order of its input', () => {
    fc.assert(
      fc.property(
        input.chain((value) =>
          fc.tuple(
            fc.constant(value),
            fc.shuffledSubarray([...value.vector], { minLength: value.vector.length }),
            fc.shuffledSubarray([...value.keyword], { minLength: value.keyword.length }),
          ),
        ),
        ([value, vector, keyword]) => {
          const fused = fuseConvex(value);
          const shuffled = fuseConvex({ ...value, vector, keyword });
          expect(shuffled.size).toBe(fused.size);
          for (const [id, score] of fused) expect(shuffled.get(id)).toBe(score);
        },
      ),
    );
  });

  it('scores exactly the ids of both arms, at most 1, at least 0 within the depth', () => {
    fc.assert(
      fc.property(input, (value) => {
        const fused = fuseConvex({ ...value, depth: 40 });
        expect(new Set(fused.keys())).toEqual(new Set([...value.vector, ...value.keyword].map((hit) => hit.id)));
        for (const score of fused.values()) {
          expect(score).toBeLessThanOrEqual(1 + 1e-12);
          expect(score).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('never ranks a hit lower that is better in one arm and no worse in the other', () => {
    fc.assert(
      fc.property(input, (value) => {
        const fused = fuseConvex(value);
        const vector = new Map(value.vector.map((hit) => [hit.id, hit.score]));
        const keyword = new Map(value.keyword.map((hit) => [hit.id, hit.score]));
        const inBoth = [...fused.keys()].filter((id) => vector.has(id) && keyword.has(id));
        for (const a of inBoth) {
          for (const b of inBoth) {
            const isBetter =
              (vector.get(a) ?? 0) >= (vector.get(b) ?? 0) && (keyword.get(a) ?? 0) >= (keyword.get(b) ?? 0);
            if (isBetter) expect(fused.get(a) ?? 0).toBeGreaterThanOrEqual((fused.get(b) ?? 0) - 1e-12);
          }
        }
      }),
    );
  });

  it('is one arm at the ends of the weight, and the other arm where one is empty', () => {
    fc.assert(
      fc.property(input, (value) => {
        fc.pre(value.vector.length > 0 && value.keyword.length > 0);
        const scale = scalerOf(value.vector, value.depth);
        const only = fuseConvex({ ...value, denseWeight: 1 });
        const alone = fuseConvex({ ...value, keyword: [], denseWeight: 0.2 });
        for (const hit of value.vector) {
          expect(only.get(hit.id)).toBeCloseTo(scale(hit.score), 12);
          expect(alone.get(hit.id)).toBeCloseTo(scale(hit.score), 12);
        }
      }),
    );
  });

  it('is not moved by adding a constant to an arm or stretching it', () => {
    fc.assert(
      fc.property(input, fc.integer({ min: 1, max: 8 }), fc.integer({ min: -4, max: 4 }), (value, factor, shift) => {
        // Whole numbers, so that the arithmetic itself adds no rounding.
        const rounded = value.keyword.map((hit) => ({ ...hit, score: Math.round(hit.score) }));
        const moved = rounded.map((hit) => ({ ...hit, score: hit.score * factor + shift }));
        const before = fuseConvex({ ...value, keyword: rounded });
        const after = fuseConvex({ ...value, keyword: moved });
        for (const [id, score] of before) expect(after.get(id)).toBeCloseTo(score, 9);
      }),
    );
  });
});

describe('score smoothing', () => {
  const candidate = fc.record({
    score: fc.double({ min: 0, max: 1, noNaN: true }),
    angle: fc.option(fc.double({ min: 0, max: Math.PI, noNaN: true }), { nil: null }),
  });

  it('stays within the range of the scores and leaves what has no vector', () => {
    fc.assert(
      fc.property(fc.array(candidate, { maxLength: 20 }), (list) => {
        const candidates = list.map(({ score, angle }, index) => ({
          id: String(index),
          score,
          vector: angle === null ? null : Float32Array.of(Math.cos(angle), Math.sin(angle)),
        }));
        const smoothed = smoothScores(candidates);
        const scores = list.map(({ score }) => score);
        for (const { id, score, vector } of candidates) {
          const after = smoothed.get(id) ?? Number.NaN;
          if (vector === null) expect(after).toBe(score);
          expect(after).toBeLessThanOrEqual(Math.max(...scores) + 1e-9);
          expect(after).toBeGreaterThanOrEqual(Math.min(...scores) - 1e-9);
        }
      }),
    );
  });
});
