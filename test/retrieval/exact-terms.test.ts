import { describe, expect, it } from 'vitest';
import { exactTermsOf, scoreExactTerms, withExactShare } from '../../src/retrieval/exact-terms.ts';
import { storedChunk } from '../support/retrieval-fakes.ts';

describe('what a question wants literally', () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['How long is parental leave?', [], []],
    ['What does ERR-4012 mean, and form 27b?', [], ['ERR-4012', '27b']],
    ['In 2024, 30 days', [], []],
    ['the 3,250 and 12 500 of 1999', [], ['3250', '12500']],
    ['"whole phrase" and “another one” with X1', ['whole phrase', 'another one'], ['X1']],
    [
      '„auf Deutsch“ «en français» »andersherum« 「日本語」',
      ['auf Deutsch', 'en français', 'andersherum', '日本語'],
      [],
    ],
    ['an open "quote', [], []],
    ['"" "  " "…" "ERR-1"', ['ERR-1'], []],
    ['"Same" "same" "SAME!"', ['SAME!'], []],
    [Array.from({ length: 20 }, (_, n) => `A-${n}`).join(' '), [], Array.from({ length: 8 }, (_, n) => `A-${n}`)],
    [`"${'x'.repeat(300)}" ${'1a'.repeat(200)}`, [], []],
  ];
  it.each(cases)('%s', (question, phrases, codes) => {
    expect(exactTermsOf(question)).toEqual({ phrases, codes });
  });
});

describe('what holds it', () => {
  const chunks = [
    storedChunk('a', 0, 'The error ERR-4012 stops the printer.'),
    storedChunk('b', 0, 'Printers: ERR-4013, and form 4012-ERR.'),
    storedChunk('v', 0, 'Release v2.3.1, and 2.4.0.'),
    storedChunk('n', 0, 'The KX200 cost 3 250 EUR and weighs 25 kg.'),
    storedChunk('c', 0, 'Café de Flore, whole\nphrase. 有給休暇の申請'),
  ];
  const held = (question: string) =>
    Object.fromEntries(scoreExactTerms(question, exactTermsOf(question), chunks)?.held ?? []);
  it.each([
    ['err-4012', { 'a#1#0': 1 }],
    ['2.3.1', { 'v#1#0': 1 }],
    ['v2.4.0', { 'v#1#0': 1 }],
    ['err.4012 or ERR-4013', { 'a#1#0': 0.5, 'b#1#0': 0.5 }],
    ['"the whole phrase"', {}],
    ['"Whole Phrase" "cafe de flore"', { 'c#1#0': 1 }],
    ['"phras"', {}],
    ['「休暇の申」', { 'c#1#0': 1 }],
    ['KX-200', { 'n#1#0': 1 }],
    ['25kg', { 'n#1#0': 1 }],
    ['3250', { 'n#1#0': 1 }],
    ['no terms at all', {}],
  ])('%s', (question, expected) => {
    expect(held(question)).toEqual(expected);
  });

  const exactScores = (question: string) => scoreExactTerms(question, exactTermsOf(question), chunks);
  it.each([
    ['"whole phrase"', 0.5],
    ['"the" "whole phrase"', 0.5],
    ['printers of the "whole phrase" stop', 0.25],
    ['err-4012', 0.25],
    ['What does the printer say about ERR-4012?', 0.25 * (3 / 6)],
  ])('weighs as much as it makes up the question: %s', (question, weight) => {
    expect(exactScores(question)?.weight).toBeCloseTo(weight);
  });

  it('gets a share of the score, and nothing changes where nothing holds it', () => {
    const exact = exactScores('"whole phrase"');
    expect(withExactShare(0.4, exact, 'c#1#0')).toBeCloseTo(0.5 * 0.4 + 0.5);
    expect(withExactShare(1, exact, 'a#1#0')).toBeCloseTo(0.5);
    expect(withExactShare(0.4, exactScores('"not there"'), 'a#1#0')).toBe(0.4);
  });
});
