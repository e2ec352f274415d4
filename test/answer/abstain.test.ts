import { describe, expect, it } from 'vitest';
import {
  type AbstentionCoefficients,
  abstentionText,
  coefficientsFor,
  decideAbstention,
  hasOwnCoefficients,
  probabilityOf,
  saysUnknown,
  unknownAnswer,
} from '../../src/answer/abstain.ts';
import { adversarialFeatures, offTopicFeatures, refusalFeatures } from '../../src/answer/refusal-features.ts';
import { createSentenceScorer } from '../../src/retrieval/sentence-scorer.ts';
import { evidenceOf, passagesOf } from '../support/context-window.ts';

const coefficients: AbstentionCoefficients = {
  fingerprint: 'test',
  dataset: 'none',
  date: '2026-11-24',
  features: { a: { weight: 2, mean: 1, scale: 0.5 }, b: { weight: -1, mean: 0, scale: 1 } },
  intercept: 0.5,
  threshold: 0.6,
};

describe('decideAbstention', () => {
  const evidence = evidenceOf([{ documentId: 'leave', text: 'Parental leave is 26 weeks.' }]);

  it('is the logistic function of the standardised features', () => {
    // 0.5 + 2 * (1.5 - 1) / 0.5 - 1 * 2 = 0.5
    expect(probabilityOf({ a: 1.5, b: 2, unused: 9 }, coefficients)).toBeCloseTo(1 / (1 + Math.exp(-0.5)), 12);
  });

  it('adds up the odds against an answer where several models were learned', () => {
    const further = [{ features: { b: { weight: -1, mean: 0, scale: 1 } }, intercept: 1 }];
    // The first has log odds of 0.5, the further one 1 - 2 = -1.
    const odds = Math.exp(-0.5) + Math.exp(1);
    expect(probabilityOf({ a: 1.5, b: 2 }, { ...coefficients, further })).toBeCloseTo(1 / (1 + odds), 12);
  });

  it('answers from the threshold on', () => {
    const at = (a: number) => decideAbstention({ ...evidence, features: { a, b: 0 } }, coefficients);
    expect(at(1)).toMatchObject({ isAnswerable: true, coefficients: 'test' });
    expect(at(0.98)).toMatchObject({ isAnswerable: true });
    expect(at(0.97)).toMatchObject({ isAnswerable: false });
  });

  it('finds nothing answerable without a sentence', () => {
    expect(decideAbstention({ ...evidence, sentences: [], features: {} })).toMatchObject({
      isAnswerable: false,
      probability: 0,
    });
  });

  it('does not guess a feature that is missing', () => {
    expect(() => probabilityOf({ a: 1 }, coefficients)).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});

describe('coefficientsFor', () => {
  it('goes by the name of the embedding model', () => {
    expect(coefficientsFor('bge-small-en-v1.5/q8/0123').fingerprint).toBe('bge-small-en-v1.5');
    expect(coefficientsFor('all-MiniLM-L6-v2/fp32/0123').fingerprint).toBe('all-MiniLM-L6-v2');
  });

  it('falls back to the ones without vectors', () => {
    for (const fingerprint of [
      'keyword',
      'e5-small-v2/q8/0123',
      'remote:bge-small-en-v1.5',
      'bge-small-en-v1.5-other/q8/0',
    ]) {
      expect(coefficientsFor(fingerprint).fingerprint).toBe('keyword');
    }
  });

  it('are the reference model’s for cosines on its scale, with more asked of them, and those without words between two languages', () => {
    const own = coefficientsFor('bge-small-en-v1.5/q8/0123');
    const onScale = coefficientsFor('remote:other/0123+reference-scale');
    expect(onScale.features).toBe(own.features);
    expect(onScale.threshold).toBeGreaterThan(own.threshold);
    const across = coefficientsFor('remote:other/0123+across-languages');
    expect(across.fingerprint).toBe('across-languages');
    for (const model of [across, ...(across.further ?? [])])
      expect(Object.keys(model.features).join(' ')).not.toMatch(/coverage|keyword|missed|matched/i);
  });

  it('were learned for two models', () => {
    expect(hasOwnCoefficients('bge-small-en-v1.5/q8/0123')).toBe(true);
    expect(hasOwnCoefficients('all-MiniLM-L6-v2/q8/0123')).toBe(true);
    for (const fingerprint of ['keyword', 'remote:bge-small-en-v1.5', 'bge-small-en-v1.5'])
      expect(hasOwnCoefficients(fingerprint)).toBe(false);
  });

  it('uses features that the evidence has, and never vectors without an embedding model', async () => {
    const { features } = await createSentenceScorer({ embedder: null }).score(
      'How long is parental leave?',
      passagesOf({ documentId: 'leave', text: 'Parental leave is 26 weeks.' }),
    );
    for (const fingerprint of ['keyword', 'bge-small-en-v1.5/', 'all-MiniLM-L6-v2/', 'x+across-languages']) {
      expect(Object.keys(features)).toEqual(expect.arrayContaining(Object.keys(coefficientsFor(fingerprint).features)));
    }
    expect(Object.keys(coefficientsFor('keyword').features).join(' ')).not.toMatch(/dense/i);
  });

  it.each(['bge-small-en-v1.5', 'all-MiniLM-L6-v2'])(
    'ask of %s nothing of the length of a question, nor of the words of the whole passage against another subject',
    (model) => {
      const [leftOut, adversarial, offTopic] = weighed(model);
      expect(leftOut).toEqual(refusalFeatures(model));
      expect(leftOut).not.toContain('questionLength');
      expect(adversarial).toEqual([...refusalFeatures(model), ...adversarialFeatures]);
      expect(offTopic).toEqual(offTopicFeatures(model));
      expect(offTopic).not.toContain('passageCoverage');
    },
  );

  it('leave what was learned without vectors and across languages as it is', () => {
    expect(offTopicFeatures('keyword')).toContain('passageCoverage');
    expect(offTopicFeatures('across-languages')).toEqual(refusalFeatures('across-languages'));
  });
});

/** By what each of the models of shipped coefficients decides. */
function weighed(model: string): readonly (readonly string[])[] {
  const shipped = coefficientsFor(`${model}/q8`);
  return [shipped, ...(shipped.further ?? [])].map(({ features }) => Object.keys(features));
}

describe('saysUnknown', () => {
  it.each([
    unknownAnswer,
    'I do not know the answer.',
    'I cannot find this in the sources.',
    'The sources do not mention a bicycle allowance.',
    'The provided documents do not explicitly state the limit.',
    'This is not mentioned in the sources.',
    'There is no information about bicycles.',
    'Sorry, I could not find that.',
    'Das weiß ich nicht.',
    'Die Quellen enthalten keine Angaben dazu.',
    'Je ne sais pas.',
    'Les sources ne le mentionnent pas.',
  ])('recognises %j', (sentence) => {
    expect(saysUnknown(sentence)).toBe(true);
  });

  it.each([
    'Parental leave is 26 weeks.',
    'Business class is not reimbursed.',
    'Employees who do not know the code ask Facilities.',
    'Documents are kept for ten years.',
  ])('lets %j pass', (sentence) => {
    expect(saysUnknown(sentence)).toBe(false);
  });
});

it('has a text for each reason', () => {
  const reasons = ['no-evidence', 'insufficient-evidence', 'unsupported-claims'] as const;
  const texts = (['de', 'fr', 'en', 'ja', null] as const).flatMap((language) =>
    reasons.map((reason) => abstentionText(reason, language)),
  );
  // English for a language without texts, and for none.
  expect(new Set(texts).size).toBe(9);
});
