import { describe, expect, it } from 'vitest';
import { createLocalEmbedder } from '../../src/embedding/local.ts';
import { measureCosineScale, referenceLevels, referenceReading } from '../../src/retrieval/cosine-scale.ts';
import topics from '../../src/retrieval/scale-texts.json' with { type: 'json' };
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { guarded } from '../support/guarded.ts';
import { modelForTests } from '../support/model-files.ts';

const bge = await modelForTests();

type Language = keyof (typeof topics)[number];
const languages = Object.keys(topics[0] ?? {}) as Language[];

/** Each text is its topic, and a language of its own as far as `across` lets it: cosines follow by construction. */
function madeEmbedder({ known = languages, across = 0.5 }: { known?: readonly string[]; across?: number } = {}) {
  const vectorOf = (text: string): Float32Array => {
    for (const [index, topic] of topics.entries()) {
      for (const language of languages) {
        const { question, title, text: paragraph } = topic[language];
        if (text !== question && text !== `${title}\n\n${paragraph}`) continue;
        const vector = new Float32Array(topics.length + languages.length + 1);
        vector[index] = known.includes(language) ? across : 0;
        vector[topics.length + languages.indexOf(language)] = 0.6;
        vector[vector.length - 1] = Math.sqrt(1 - 0.36 - (vector[index] ?? 0) ** 2);
        return vector;
      }
    }
    throw new Error(`no text of the scale: ${text}`);
  };
  return {
    ...createFakeEmbedder(),
    languages: known,
    embedQuery: async (text: string) => vectorOf(text),
    embedDocuments: async (texts: readonly string[]) => texts.map(vectorOf),
  };
}

describe('the texts of the scale', () => {
  it('are the same subjects in each language', () => {
    for (const topic of topics) {
      expect(Object.keys(topic)).toEqual(languages);
      for (const language of languages) {
        for (const part of Object.values(topic[language])) expect(part.trim()).not.toBe('');
      }
    }
  });
});

describe('measureCosineScale', () => {
  it('tells for each pair of languages how near related and unrelated texts are', async () => {
    const scale = await measureCosineScale(guarded<never>(madeEmbedder()));
    expect(Object.keys(scale)).toHaveLength(languages.length ** 2);
    // The rest of each vector is the same, the language is, and the topic.
    const rest = 1 - 0.36 - 0.25;
    expect(scale['en>en']?.related).toBeCloseTo(1, 6);
    expect(scale['en>en']?.unrelated).toBeCloseTo(0.36 + rest, 6);
    expect(scale['en>de']?.related).toBeCloseTo(0.25 + rest, 6);
    expect(scale['en>de']?.unrelated).toBeCloseTo(rest, 6);
  });

  it('asks about the languages of the model alone, and leaves out what it does not tell apart', async () => {
    expect(Object.keys(await measureCosineScale(guarded<never>(madeEmbedder({ known: ['en', 'fr'] }))))).toEqual([
      'en>en',
      'en>fr',
      'fr>en',
      'fr>fr',
    ]);
    expect(await measureCosineScale(guarded<never>(madeEmbedder({ across: 0 })))).toEqual({});
    expect(await measureCosineScale(guarded<never>(madeEmbedder({ known: ['fi'] })))).toEqual({});
  });
});

describe('referenceReading', () => {
  const { related, unrelated } = referenceLevels;
  const scale = {
    'en>en': { related: 0.9, unrelated: 0.7 },
    'de>de': { related: 0.8, unrelated: 0.6 },
    'en>de': { related: 0.5, unrelated: 0.4 },
  };

  it('puts the levels of the pair on those of the reference', () => {
    expect(referenceReading(scale, 'en', 'en')?.(0.9)).toBeCloseTo(related, 9);
    expect(referenceReading(scale, 'en', 'en')?.(0.7)).toBeCloseTo(unrelated, 9);
    expect(referenceReading(scale, 'en', 'de')?.(0.45)).toBeCloseTo((related + unrelated) / 2, 9);
  });

  it('takes a text in no known language for one in the other’s', () => {
    expect(referenceReading(scale, 'de', null)?.(0.8)).toBeCloseTo(related, 9);
    expect(referenceReading(scale, null, 'de')?.(0.8)).toBeCloseTo(related, 9);
  });

  it('takes a language that was not measured for the mean of the others', () => {
    expect(referenceReading(scale, 'fi', 'fi')?.(0.85)).toBeCloseTo(related, 9);
    expect(referenceReading(scale, null, null)?.(0.85)).toBeCloseTo(related, 9);
    expect(referenceReading(scale, 'de', 'fi')?.(0.5)).toBeCloseTo(related, 9);
  });

  it('reads nothing where nothing was measured', () => {
    expect(referenceReading({}, 'en', 'en')).toBeNull();
  });

  it('reads two languages as one where the model was measured in one', () => {
    expect(referenceReading({ 'en>en': { related: 0.9, unrelated: 0.7 } }, 'en', 'de')?.(0.7)).toBeCloseTo(
      unrelated,
      9,
    );
  });
});

it.skipIf(bge === null)('the reference levels are those of the reference model', async () => {
  if (bge === null) return;
  const embedder = createLocalEmbedder(bge, { workers: 1 });
  try {
    const { 'en>en': levels } = await measureCosineScale(guarded<never>(embedder));
    // Processors differ in the arithmetic of eight bits.
    for (const level of ['related', 'unrelated'] as const)
      expect(Math.abs((levels?.[level] ?? 0) - referenceLevels[level])).toBeLessThan(0.02);
  } finally {
    await embedder.close();
  }
});
