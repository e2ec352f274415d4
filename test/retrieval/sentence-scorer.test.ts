import { describe, expect, it } from 'vitest';
import { PerseaError } from '../../src/core/errors.ts';
import { contentWords } from '../../src/core/words.ts';
import { GuardedEmbedder } from '../../src/egress/guarded-embedder.ts';
import { referenceLevels } from '../../src/retrieval/cosine-scale.ts';
import { createSentenceScorer, keywordFingerprint } from '../../src/retrieval/sentence-scorer.ts';
import { WordStatistics } from '../../src/retrieval/word-statistics.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { guarded } from '../support/guarded.ts';
import { passage, storedChunk } from '../support/retrieval-fakes.ts';

const leave = passage(
  storedChunk('leave', 0, 'Everyone has 28 days of annual leave. Parental leave is 26 weeks. Ask your manager first.', {
    start: 500,
  }),
  { score: 1 },
);
const canteen = passage(storedChunk('canteen', 0, 'The canteen opens at noon. Soup is served on Mondays.'), {
  score: 0.2,
});
const question = 'How many weeks is parental leave?';

describe('sentences', () => {
  it('come best first, with offsets in the document', async () => {
    const { sentences } = await createSentenceScorer({ embedder: guarded(createFakeEmbedder()) }).score(question, [
      leave,
      canteen,
    ]);
    const [best] = sentences;
    expect(best).toMatchObject({ passage: 0, documentId: 'leave', text: 'Parental leave is 26 weeks.' });
    expect(leave.chunk.text.slice((best?.start ?? 0) - 500, (best?.end ?? 0) - 500)).toBe(best?.text);
    expect(best?.coverage).toBeGreaterThan(0.5);
    expect(sentences.map(({ score }) => score)).toEqual(sentences.map(({ score }) => score).sort((a, b) => b - a));
  });

  it('are no headings, as long as there is anything else', async () => {
    const text = '# Parental leave weeks\n\nIt is 26 weeks. Ask your manager.';
    const { sentences } = await createSentenceScorer({ embedder: null }).score(question, [
      passage(storedChunk('leave', 0, text)),
    ]);
    expect(sentences.map((one) => one.text)).toEqual(['It is 26 weeks.', 'Ask your manager.']);
    const alone = await createSentenceScorer({ embedder: null }).score(question, [
      passage(storedChunk('leave', 0, '# Parental leave weeks')),
    ]);
    expect(alone.sentences).toHaveLength(1);
  });

  it('that speak of what a follow-up says itself come before those that only speak of what it was completed with', async () => {
    const text = 'Parental leave is 26 weeks for the first parent. For twins some weeks are added.';
    const passages = [passage(storedChunk('leave', 0, text), { score: 1 })];
    const whole = 'and twins? (long parental leave)';
    const scorer = createSentenceScorer({ embedder: null });
    expect((await scorer.score(whole, passages)).sentences[0]?.text).toContain('26 weeks');
    const speaking = await scorer.score(whole, passages, { own: 'twins?' });
    expect(speaking.sentences[0]?.text).toContain('twins');
    expect(speaking.own).toEqual({ inAnswer: 1, inPassage: 1, cosine: null, isOfUnknown: false });
    // What the refusal model weighs is told of the whole question.
    const facts = async (own?: string) => {
      const byMeaning = createSentenceScorer({ embedder: guarded(createFakeEmbedder()) });
      const { sentences } = await byMeaning.score(whole, passages, own === undefined ? {} : { own });
      return new Map(sentences.map(({ start, dense, keyword }) => [start, [dense, keyword]]));
    };
    expect(await facts('twins?')).toEqual(await facts());
    const asked = await createSentenceScorer({ embedder: null }).score('twins bonus', passages, { own: 'twins bonus' });
    const { sentences, own } = await createSentenceScorer({ embedder: null }).score('twins bonus', passages);
    expect(asked.sentences).toEqual(sentences);
    expect(asked.own?.inAnswer).toBeLessThan(1);
    expect(own).toBeUndefined();
  });

  it('with the kind of value that is asked for come before others', async () => {
    const text = 'Parental leave of many weeks is granted by HR. Parental leave is granted for 26 weeks.';
    const ask = (asked: string) =>
      createSentenceScorer({ embedder: null }).score(asked, [passage(storedChunk('leave', 0, text))]);
    const shareOf = async (asked: string) => {
      const { sentences } = await ask(asked);
      const scoreOf = (digits: boolean) => sentences.find((one) => /\d/.test(one.text) === digits)?.score ?? 0;
      return scoreOf(true) - scoreOf(false);
    };
    expect(
      (await shareOf('How long is parental leave granted?')) - (await shareOf('Is parental leave granted?')),
    ).toBeCloseTo(0.2, 6);
  });

  it('count for a word that they share the less, the less of the question any of them has', async () => {
    const text = 'A missing device is reported to IT. Shops close early in the evening. Bread is baked at night.';
    const cosines = { IT: 0.8, evening: 0.7, night: 0.6 };
    const embedder = {
      ...createFakeEmbedder(),
      embedQuery: async () => Float32Array.from([1, 0]),
      embedDocuments: async (texts: readonly string[]) =>
        texts.map((one) => {
          const cosine = Object.entries(cosines).find(([word]) => one.includes(word))?.[1] ?? 0;
          return Float32Array.from([cosine, Math.sqrt(1 - cosine ** 2)]);
        }),
    };
    const first = async (asked: string) => {
      const found = [passage(storedChunk('rules', 0, text), { score: 1 })];
      return (await createSentenceScorer({ embedder: guarded(embedder) }).score(asked, found)).sentences[0]?.text;
    };
    expect(await first('My telephone was stolen on Friday evening, what must be done about that?')).toContain('IT');
    expect(await first('Do shops close in the evening?')).toContain('evening');
  });

  it('of overlapping chunks are counted once, for the better passage', async () => {
    const overlapping = passage(storedChunk('leave', 1, 'Parental leave is 26 weeks. It is paid.', { start: 538 }), {
      score: 0.5,
    });
    const { sentences } = await createSentenceScorer({ embedder: null }).score(question, [leave, overlapping]);
    expect(sentences.filter(({ text }) => text === 'Parental leave is 26 weeks.').map((one) => one.passage)).toEqual([
      0,
    ]);
    expect(sentences.map(({ text }) => text)).toContain('It is paid.');
  });

  it('are read and ranked by meaning where they are in another language than the question', async () => {
    const german = 'Ein Buch darf man hier für 21 Tage ausleihen. Danach kostet es einen Euro für jede Woche.';
    const english = 'A book that is borrowed may be lost. How long the library is open is on the door.';
    const found = [
      passage(storedChunk('de', 0, german), { score: 0.9 }),
      passage(storedChunk('en', 0, english), { score: 0.9 }),
    ];
    const asked = 'For how long may a book be borrowed?';
    const near = '21 Tage';
    const embedder = {
      ...createFakeEmbedder(),
      languages: ['en', 'de'],
      embedQuery: async () => Float32Array.from([1, 0]),
      embedDocuments: async (texts: readonly string[]) =>
        texts.map((text) => (text.includes(near) ? Float32Array.from([0.8, 0.6]) : Float32Array.from([0.6, 0.8]))),
    };
    const scale = {
      'en>en': { related: 0.9, unrelated: 0.6 },
      'en>de': { related: 0.8, unrelated: 0.5 },
    };
    const scored = await createSentenceScorer({ embedder: guarded(embedder), scale }).score(asked, found);
    expect(scored.sentences[0]?.text).toContain(near);
    expect(scored.fingerprint).toBe(`${embedder.fingerprint}+across-languages`);
    expect(scored.features.sentenceDense).toBeCloseTo(referenceLevels.related, 6);
    const unmeasured = await createSentenceScorer({ embedder: guarded(embedder) }).score(asked, found);
    expect(unmeasured.fingerprint).toBe(embedder.fingerprint);
    expect(unmeasured.features.sentenceDense).toBeCloseTo(0.8, 6);
    const inEnglish = await createSentenceScorer({ embedder: guarded(embedder), scale }).score(asked, found.slice(1));
    expect(inEnglish.fingerprint).toBe(`${embedder.fingerprint}+reference-scale`);
    expect(inEnglish.features.sentenceDense).toBeCloseTo(referenceLevels.unrelated, 6);
  });

  it('are scored by words alone where the model knows none of the letters of the question', async () => {
    const japanese = passage(
      storedChunk('umbrella', 0, '借りた傘は三日以内に返却してください。赤い札を付けてください。'),
    );
    const embedder = { ...createFakeEmbedder(), languages: ['en'] };
    const scorer = createSentenceScorer({ embedder: guarded(embedder) });
    const { fingerprint, sentences } = await scorer.score('傘はいつまでに返却しますか', [japanese]);
    expect(fingerprint).toBe(keywordFingerprint);
    expect(sentences[0]).toMatchObject({ text: '借りた傘は三日以内に返却してください。', dense: null });
    expect((await scorer.score(question, [leave])).fingerprint).not.toBe(keywordFingerprint);
  });

  it('come only from the best passages, and no more than the limit, which keeps those with the question’s words', async () => {
    const embedder = createFakeEmbedder();
    const filler = Array.from({ length: 30 }, (_, index) => `Filler number ${index} says nothing.`).join(' ');
    const long = passage(storedChunk('long', 0, `${filler} Parental leave is 26 weeks.`));
    const { sentences } = await createSentenceScorer({
      embedder: guarded(embedder),
      passages: 1,
      maxSentences: 4,
    }).score(question, [long, leave]);
    expect(sentences).toHaveLength(4);
    expect(embedder.embedded).toHaveLength(4);
    expect(sentences[0]?.text).toBe('Parental leave is 26 weeks.');
    expect(sentences.every(({ documentId }) => documentId === 'long')).toBe(true);
  });

  it('are embedded under title and heading, a table row with its column names', async () => {
    const embedder = createFakeEmbedder();
    const row = '| Aquilo 400 | EUR 3,240 |';
    const chunk = {
      ...storedChunk('prices', 3, row),
      headingPath: ['Prices', 'Pumps'],
      indexText: `Prices > Pumps\n| product | list price |\n|---|---|\n${row}`,
    };
    await createSentenceScorer({ embedder: guarded(embedder) }).score('price of the Aquilo 400?', [
      passage(chunk, { title: 'Prices' }),
    ]);
    expect(embedder.embedded).toEqual(['Prices, Pumps: product: Aquilo 400; list price: EUR 3,240']);
  });
});

describe('evidence', () => {
  it('has the same features with and without a model, and says which coefficients apply', async () => {
    const embedder = createFakeEmbedder();
    const dense = await createSentenceScorer({ embedder: guarded(embedder) }).score(question, [leave, canteen]);
    const words = await createSentenceScorer({ embedder: null }).score(question, [leave, canteen]);
    expect(dense.fingerprint).toBe(embedder.fingerprint);
    expect(words.fingerprint).toBe(keywordFingerprint);
    expect(Object.keys(words.features)).toEqual(Object.keys(dense.features));
    expect(words.sentences[0]?.dense).toBeNull();
    expect([...Object.values(dense.features), ...Object.values(words.features)].every(Number.isFinite)).toBe(true);
  });

  it('covers more of a question that the passages answer than of one on another subject', async () => {
    const scorer = createSentenceScorer({ embedder: guarded(createFakeEmbedder()) });
    const on = await scorer.score(question, [leave, canteen]);
    const off = await scorer.score('Who won the chess championship in Reykjavik?', [leave, canteen]);
    for (const name of ['sentenceDense', 'windowCoverage', 'passageCoverage', 'passageKeyword', 'denseCoverage']) {
      expect(on.features[name]).toBeGreaterThan(off.features[name] ?? 1);
    }
    expect(off.features.windowCoverage).toBe(0);
  });

  it('counts word weights over all visible candidates, not over the passages alone', async () => {
    const scorer = createSentenceScorer({ embedder: null });
    const others = ['weeks of testing', 'weeks of harvest', 'many weeks'].map((text, index) =>
      passage(storedChunk('other', index, text)),
    );
    const alone = await scorer.score(question, [leave]);
    const among = await scorer.score(question, [leave], { candidates: [leave, ...others] });
    expect(among.features.passageKeyword).not.toBe(alone.features.passageKeyword);
  });

  it('notices a negation of the question that the sentence lacks', async () => {
    const scorer = createSentenceScorer({ embedder: null });
    const mismatch = async (asked: string) => (await scorer.score(asked, [leave])).features.negationMismatch;
    expect(await mismatch('Which weeks are not parental leave?')).toBe(1);
    expect(await mismatch("What isn't parental leave?")).toBe(1);
    expect(await mismatch(question)).toBe(0);
  });

  it('is empty where there are no sentences', async () => {
    const evidence = await createSentenceScorer({ embedder: guarded(createFakeEmbedder()) }).score(question, []);
    expect(evidence.sentences).toEqual([]);
  });
});

describe('degrading', () => {
  it('goes on by words alone when the model fails', async () => {
    const embedder = {
      ...createFakeEmbedder(),
      embedDocuments: async () => {
        throw new PerseaError('model-failed', 'The session is gone.');
      },
    };
    const evidence = await createSentenceScorer({ embedder: guarded(embedder) }).score(question, [leave]);
    expect(evidence.fingerprint).toBe(keywordFingerprint);
    expect(evidence.sentences[0]?.text).toBe('Parental leave is 26 weeks.');
  });

  it('ends with `aborted` when its caller gives up', async () => {
    const scorer = createSentenceScorer({ embedder: guarded(createFakeEmbedder()) });
    await expect(scorer.score(question, [leave], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

describe('WordStatistics', () => {
  const texts = [['a', 'b'], ['a', 'c'], ['a']];
  const about = (...question: readonly string[]) => new WordStatistics(new Set(question), texts);

  it('weighs rare words more and never negatively', () => {
    const statistics = about('a', 'b', 'unknown');
    expect(statistics.inverseFrequency('a')).toBeCloseTo(Math.log(1 + 0.5 / 3.5));
    expect(statistics.inverseFrequency('b')).toBeCloseTo(Math.log(1 + 2.5 / 1.5));
    expect(statistics.inverseFrequency('unknown')).toBeCloseTo(Math.log(1 + 3.5 / 0.5));
  });

  it('agrees with BM25 computed by hand', () => {
    const idf = Math.log(1 + 2.5 / 1.5);
    expect(about('b').bm25(['b', 'b', 'x'], 2)).toBeCloseTo((idf * 2 * 2.2) / (2 + 1.2 * (0.25 + (0.75 * 3) / 2)));
    expect(about('b').bm25(['x'], 2)).toBe(0);
    const average = 5 / 3;
    expect(about('b').bm25OfTexts()).toEqual(texts.map((words) => about('b').bm25(words, average)));
  });

  it('covers between nothing and everything', () => {
    expect(about('a', 'b').coverage(['a', 'b', 'z'])).toBe(1);
    expect(about('a').coverage(['z'])).toBe(0);
    expect(about().coverage(['z'])).toBe(0);
    expect(about(...contentWords('weeks')).coverage(contentWords('a week'))).toBe(1);
  });
});

describe('an embedder in another zone', () => {
  const rules = { public: ['external'], internal: ['local'], confidential: [] } as const;
  const open = { ...leave, classification: 'public' };

  it('gets no sentence while one of the passages may not reach it', async () => {
    const fake = createFakeEmbedder();
    const scorer = createSentenceScorer({ embedder: new GuardedEmbedder({ ...fake, zone: 'external' }, rules) });
    expect((await scorer.score(question, [open])).fingerprint).toBe(fake.fingerprint);
    const before = [...fake.embedded];
    const mixed = await scorer.score(question, [open, { ...canteen, classification: 'internal' }]);
    expect(mixed.fingerprint).toBe(keywordFingerprint);
    const madeOfAnswers = await scorer.score(question, [open], { madeFrom: [{ classification: 'internal' }] });
    expect(madeOfAnswers.fingerprint).toBe(keywordFingerprint);
    expect(fake.embedded).toEqual(before);
  });
});
