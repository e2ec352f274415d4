import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scoreCandidateWords } from '../../src/retrieval/candidate-words.ts';
import { fuseConvex } from '../../src/retrieval/fusion.ts';
import { storedChunk } from '../support/retrieval-fakes.ts';

const library = storedChunk('library', 0, 'A library keeps books.');
const catalogue = storedChunk('catalogue', 0, 'A library has a catalogue of its books.');
const other = storedChunk('other', 0, 'Bread is baked of flour and water.');

describe('words of the question, counted over the candidates', () => {
  const scoresOf = (question: string, chunks = [library, catalogue, other]) =>
    scoreCandidateWords(question, chunks)?.scores ?? new Map<string, number>();

  it('are worth more where fewer of the candidates have them', () => {
    const scores = scoresOf('Which library has a catalogue?');
    expect(scores.get('catalogue#1#0')).toBe(1);
    expect(scores.get('library#1#0')).toBeLessThan(0.5);
    expect(scores.has('other#1#0')).toBe(false);
  });

  it('are nothing where no candidate has one, and where only function words are asked', () => {
    expect(scoreCandidateWords('parental leave', [library, other])).toBeNull();
    expect(scoreCandidateWords('which of the', [library])).toBeNull();
    expect(scoreCandidateWords('library', [])).toBeNull();
  });

  it('are looked for in the best hundred only', () => {
    const many = Array.from({ length: 130 }, (_, index) => storedChunk(`doc${index}`, 0, 'parental leave'));
    expect(scoresOf('parental leave', many).size).toBe(100);
  });

  it('have their share of the keyword arm, and none of the vectors', () => {
    const words = scoreCandidateWords('catalogue', [library, catalogue]);
    const arms = {
      vector: [
        { id: 'library#1#0', score: 0.9 },
        { id: 'catalogue#1#0', score: 0.1 },
      ],
      keyword: [
        { id: 'library#1#0', score: 7 },
        { id: 'catalogue#1#0', score: 3 },
      ],
      denseWeight: 0.6,
      depth: 10,
    };
    const fused = fuseConvex({ ...arms, ...(words === null ? {} : { candidateWords: words }) });
    expect(fused.get('library#1#0')).toBeCloseTo(0.6 + 0.4 * 0.5);
    expect(fused.get('catalogue#1#0')).toBeCloseTo(0.4 * 0.5);
  });

  it('give scores between 0 and 1 for any texts', () => {
    const words = fc.array(fc.constantFrom('leave', 'parental', 'days', 'x', '—', '試験'), { maxLength: 20 });
    fc.assert(
      fc.property(words, fc.array(words, { maxLength: 6 }), (question, texts) => {
        const chunks = texts.map((text, index) => storedChunk(`doc${index}`, 0, text.join(' ')));
        const scores = [...scoresOf(question.join(' '), chunks).values()];
        for (const score of scores) expect(score > 0 && score <= 1).toBe(true);
        if (scores.length > 0) expect(Math.max(...scores)).toBe(1);
      }),
    );
  });
});
