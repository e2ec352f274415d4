/**
 * How high the cosines of an embedding model lie. One model gives .75 to a text that has nothing to do with the question and another .04, and
 * models for several languages give less across them, so what was learned from the cosines of one model says nothing of another's. Here the
 * same few questions are put to each model over the paragraphs that answer them and over others, in four languages, and its cosines are
 * read on the scale of the model that the built-in refusal model was learned with.
 */
import { dotProduct } from '../core/vectors.ts';
import type { GuardedEmbedder } from '../egress/guarded-embedder.ts';
import topics from './scale-texts.json' with { type: 'json' };

/** Mean cosine of a question to the paragraph that answers it, and to the others. */
export interface CosineLevels {
  readonly related: number;
  readonly unrelated: number;
}

/** By language of the question and of the paragraph: `en>de`. A pair that the model does not tell apart is absent. */
export type CosineScale = Readonly<Record<string, CosineLevels>>;

type Language = keyof (typeof topics)[number];

/** Of bge-small-en-v1.5 in 8 bits, over the English texts; a test holds them against the model. */
export const referenceLevels: CosineLevels = { related: 0.733, unrelated: 0.409 };

/** So far the levels must lie apart, and so many standard errors: with less the model does not know the languages. */
const leastGap = 0.01;
const leastErrors = 5;

/** @throws what the embedder throws */
export async function measureCosineScale(
  embedder: Pick<GuardedEmbedder, 'languages' | 'embedQuestion' | 'embedDocuments'>,
): Promise<CosineScale> {
  const all = Object.keys(topics[0] ?? {}) as Language[];
  const languages = all.filter((language) => embedder.languages?.includes(language) ?? true);
  const questions = new Map<Language, readonly Float32Array[]>();
  const paragraphs = new Map<Language, readonly Float32Array[]>();
  for (const language of languages) {
    const vectors: Float32Array[] = [];
    for (const topic of topics) vectors.push(await embedder.embedQuestion(topic[language].question, []));
    questions.set(language, vectors);
    const texts = topics.map((topic) => ({
      text: `${topic[language].title}\n\n${topic[language].text}`,
      classification: 'public',
    }));
    paragraphs.set(language, await embedder.embedDocuments(texts));
  }
  const scale: Record<string, CosineLevels> = {};
  for (const asked of languages) {
    for (const written of languages) {
      const levels = levelsOf(questions.get(asked) ?? [], paragraphs.get(written) ?? []);
      if (levels !== null) scale[`${asked}>${written}`] = levels;
    }
  }
  return scale;
}

/**
 * Reads cosines between texts of these languages; null where nothing is known of the model. A language that was not measured is taken for
 * the mean of the others, and two for one where the model was measured in no two.
 */
export function referenceReading(
  scale: CosineScale,
  asked: string | null,
  written: string | null,
): ((cosine: number) => number) | null {
  const isAcross = asked !== null && written !== null && asked !== written;
  const levels =
    scale[`${asked ?? written}>${written ?? asked}`] ?? meanLevels(scale, isAcross) ?? meanLevels(scale, false);
  if (levels === null) return null;
  const { related, unrelated } = referenceLevels;
  const factor = (related - unrelated) / (levels.related - levels.unrelated);
  return (cosine) => unrelated + (cosine - levels.unrelated) * factor;
}

function meanLevels(scale: CosineScale, isAcross: boolean): CosineLevels | null {
  const known = Object.entries(scale).filter(([pair]) => {
    const [asked, written] = pair.split('>');
    return (asked !== written) === isAcross;
  });
  if (known.length === 0) return null;
  return {
    related: mean(known.map(([, { related }]) => related)),
    unrelated: mean(known.map(([, { unrelated }]) => unrelated)),
  };
}

function levelsOf(questions: readonly Float32Array[], paragraphs: readonly Float32Array[]): CosineLevels | null {
  const related: number[] = [];
  const unrelated: number[] = [];
  for (const [row, question] of questions.entries()) {
    for (const [column, paragraph] of paragraphs.entries()) {
      (row === column ? related : unrelated).push(dotProduct(question, paragraph));
    }
  }
  const levels = { related: mean(related), unrelated: mean(unrelated) };
  const error = Math.sqrt(variance(related) / related.length + variance(unrelated) / unrelated.length);
  return levels.related - levels.unrelated > Math.max(leastGap, leastErrors * error) ? levels : null;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const center = mean(values);
  return mean(values.map((value) => (value - center) ** 2));
}
