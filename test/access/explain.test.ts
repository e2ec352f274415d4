import { describe, expect, it } from 'vitest';
import { explainAccess } from '../../src/access/explain.ts';
import { canonicalLabel } from '../../src/access/label.ts';

const bob = { id: 'bob', groups: [], roles: [], heldTags: new Set(['staff', 'everyone', 'leeds']) };

describe('explainAccess', () => {
  it.each([
    [{ anyOf: ['staff'] }, true, 'bob holds "staff", which is needed.'],
    [
      { anyOf: ['hr', 'staff'], allOf: ['leeds'] },
      true,
      'bob holds "staff", which is one of "hr", "staff", and "leeds", which is needed.',
    ],
    [{ anyOf: ['hr'] }, false, 'The document needs "hr"; bob does not hold it.'],
    [{ anyOf: ['hr', 'board'] }, false, 'The document needs one of "board", "hr"; bob does not hold that.'],
    [
      { anyOf: ['hr', 'board'], allOf: ['staff', 'oncall', 'leeds'] },
      false,
      'The document needs one of "board", "hr", and "oncall"; bob does not hold that. The other 2 conditions are met.',
    ],
    [{ allOf: ['staff', 'hr'] }, false, 'The document needs "hr"; bob does not hold it. The other condition is met.'],
    [
      { anyOf: ['staff', 'hr'], allOf: ['oncall'] },
      false,
      'The document needs "oncall"; bob does not hold it. The other condition is met.',
    ],
    [{ allOf: ['hr', 'oncall'] }, false, 'The document needs "hr", and "oncall"; bob does not hold that.'],
    [{ anyOf: [] }, false, 'The label names no tag that would let anybody in, so nobody sees the document.'],
  ])('%j: %s, %s', (input, visible, reason) => {
    const label = canonicalLabel(input);
    expect(explainAccess(bob, label)).toEqual({ visible, label, held: ['everyone', 'leeds', 'staff'], reason });
  });
});
