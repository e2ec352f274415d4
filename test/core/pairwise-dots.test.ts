import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import openAssembler from 'wabt';
import { assembled, pairwiseDots } from '../../src/core/pairwise-dots.ts';
import { RandomNumbers } from '../support/random-numbers.ts';

describe('pairwise dots', () => {
  it('run what their text says', async () => {
    const text = readFileSync(new URL('../../src/core/pairwise-dots.wat', import.meta.url), 'utf8');
    const assembler = await openAssembler();
    const { buffer } = assembler.parseWat('pairwise-dots.wat', text, { simd: true }).toBinary({});
    expect(assembled).toBe(Buffer.from(buffer).toString('base64'));
  });

  it.each([
    [0, 4],
    [1, 8],
    [2, 384],
    [3, 5],
    [7, 1],
    [100, 384],
    [101, 1023],
    [4, 6],
  ])('are those of each pair of %i vectors of %i numbers, whatever was asked before', (count, length) => {
    const numbers = new RandomNumbers(count * 1_000 + length);
    const vectors = Array.from({ length: count }, () => unitVector(length, numbers));
    const dots = pairwiseDots(vectors);
    expect(dots).toHaveLength(count * count);
    for (const [i, a] of vectors.entries()) {
      for (const [j, b] of vectors.entries()) {
        const dot = a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
        expect(Math.abs((dots[i * count + j] ?? Number.NaN) - dot)).toBeLessThan(1e-6);
      }
    }
  });

  it('stay as they are when others are asked for', () => {
    const numbers = new RandomNumbers(1);
    const dots = pairwiseDots([unitVector(8, numbers), unitVector(8, numbers)]);
    const before = [...dots];
    pairwiseDots([unitVector(8, numbers), unitVector(8, numbers)]);
    expect([...dots]).toEqual(before);
  });
});

function unitVector(length: number, numbers: RandomNumbers): Float32Array {
  const vector = Float32Array.from({ length }, () => numbers.next() - 0.5);
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}
