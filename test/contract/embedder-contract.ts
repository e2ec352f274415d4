/** What every `Embedder` must do, whatever makes the vectors. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Embedder } from '../../src/embedding/embedder.ts';

export interface EmbedderFixture {
  readonly embedder: Embedder;
  /** Of the same settings: must have the same fingerprint. */
  readonly twin: Embedder;
  /** Beside closing the embedders. */
  readonly close?: () => Promise<void>;
}

const texts = [
  'Parental leave is 26 weeks for each parent and may be taken in two parts.',
  'The canteen in Leeds opens at half past seven and closes at three.',
  'Error E-4012 means that the coolant valve of the pump did not open in time.',
];
const oddTexts = ['', ' \n\t ', '🦆🦆', 'a\ud800b', '日本語のテキスト', '\u0000\u0007', '----', 'x'.repeat(5_000)];

function bytesOf(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('hex');
}

export function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

export function embedderContract(name: string, create: () => Promise<EmbedderFixture>): void {
  describe(`${name} keeps the contract of an embedder`, () => {
    let fixture: EmbedderFixture;
    let embedder: Embedder;
    beforeAll(async () => {
      fixture = await create();
      embedder = fixture.embedder;
    });
    afterAll(async () => {
      await fixture.twin.close();
      await embedder.close();
      await fixture.close?.();
    });

    it('gives unit vectors of its dimensions for questions and documents', async () => {
      const vectors = [await embedder.embedQuery('How long is leave?'), ...(await embedder.embedDocuments(texts))];
      expect(vectors).toHaveLength(texts.length + 1);
      for (const vector of vectors) {
        expect(vector).toBeInstanceOf(Float32Array);
        expect(vector).toHaveLength(embedder.dimensions);
        expect(cosine(vector, vector)).toBeCloseTo(1, 4);
      }
    });

    it('keeps the order of the texts', async () => {
      const together = await embedder.embedDocuments(texts);
      const reversed = await embedder.embedDocuments(texts.toReversed());
      expect(reversed.toReversed().map(bytesOf)).toEqual(together.map(bytesOf));
      expect(new Set(together.map(bytesOf)).size).toBe(texts.length);
    });

    it('gives the same bytes for the same text, alone, among others and while others run', async () => {
      const [first = ''] = texts;
      const alone = (await embedder.embedDocuments([first])).map(bytesOf)[0];
      const runs = await Promise.all([
        embedder.embedDocuments([...texts, first]),
        embedder.embedDocuments([first, `${first} ${texts[1]}`]),
        embedder.embedDocuments([first]),
        embedder.embedQuery('something else').then((vector) => [vector]),
        fixture.twin.embedDocuments([first]),
      ]);
      const [among, beside, again, , twin] = runs.map((vectors) => vectors.map(bytesOf));
      expect([among?.[0], among?.[texts.length], beside?.[0], again?.[0], twin?.[0]]).toEqual(Array(5).fill(alone));
    });

    it('puts a question nearer to the text that answers it', async () => {
      const question = await embedder.embedQuery('How many weeks of parental leave does each parent get?');
      const [right = 0, ...others] = (await embedder.embedDocuments(texts)).map((vector) => cosine(question, vector));
      expect(right).toBeGreaterThan(Math.max(...others) + 0.05);
    });

    it('takes any text, and no text at all', async () => {
      expect(await embedder.embedDocuments([])).toEqual([]);
      for (const vector of await embedder.embedDocuments(oddTexts)) expect(cosine(vector, vector)).toBeCloseTo(1, 4);
      const query = await embedder.embedQuery('');
      expect(cosine(query, query)).toBeCloseTo(1, 4);
    });

    it('ends with the reason of its signal and works on', async () => {
      const reason = new Error('no longer wanted');
      const gone = AbortSignal.abort(reason);
      await expect(embedder.embedQuery('a question', { signal: gone })).rejects.toBe(reason);
      await expect(embedder.embedDocuments(['never seen before'], { signal: gone })).rejects.toBe(reason);
      const controller = new AbortController();
      const many = Array.from({ length: 40 }, (_, index) => `Line ${index} of a list that is not needed any more.`);
      const running = embedder.embedDocuments(many, { signal: controller.signal });
      controller.abort(reason);
      // Only what finishes at once may still have finished.
      const outcome = await running.then(
        (vectors) => vectors.length,
        (thrown: unknown) => thrown,
      );
      expect([many.length, reason]).toContain(outcome);
      expect(await embedder.embedDocuments(texts)).toHaveLength(texts.length);
    });

    it('counts tokens additively over words', () => {
      const { tokens } = embedder;
      expect(tokens.count('')).toBe(0);
      for (const text of texts) {
        const words = text.split(' ');
        const sum = words.reduce((total, word) => total + tokens.count(word), 0);
        expect(Math.abs(tokens.count(text) - sum)).toBeLessThanOrEqual(words.length);
        expect(tokens.count(text)).toBeGreaterThanOrEqual(words.length - 1);
      }
    });

    it('names its settings by a fingerprint', () => {
      expect(embedder.fingerprint).not.toBe('');
      expect(fixture.twin.fingerprint).toBe(embedder.fingerprint);
    });

    it('refuses work once closed', async () => {
      const { embedder: closing, twin, close } = await create();
      await closing.close();
      await closing.close();
      await expect(closing.embedDocuments(['a text that is new'])).rejects.toMatchObject({ code: 'aborted' });
      await expect(closing.embedQuery('a question that is new')).rejects.toMatchObject({ code: 'aborted' });
      await twin.close();
      await close?.();
    });
  });
}
