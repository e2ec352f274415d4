/**
 * Scores the sentences of the best passages against the question, by meaning and by words, and derives the features
 * from which the refusal model tells whether they are evidence at all.
 */
import type { Passage } from '../core/chunk.ts';
import { isAbortError, PerseaError } from '../core/errors.ts';
import type { Evidence, EvidenceFeatures, ScoredSentence, SentenceScorer } from '../core/evidence.ts';
import { splitSentences } from '../core/sentences.ts';
import { contentWords } from '../core/words.ts';
import type { Embedder } from '../embedding/embedder.ts';
import { scalerOf } from './fusion.ts';
import { dotProduct } from './vectors.ts';
import { WordStatistics } from './word-statistics.ts';

export interface SentenceScorerOptions {
  /** Null scores by words alone; the evidence then carries the fingerprint `keyword`. */
  readonly embedder: Embedder | null;
  /** Only the best so many passages are cut into sentences. */
  readonly passages?: number;
  /** Upper bound of sentences that are embedded; the ones with the most question words come first. */
  readonly maxSentences?: number;
}

export const keywordFingerprint = 'keyword';
const defaultPassages = 5;
const defaultMaxSentences = 60;
/** The passage's own rank counts beside the sentence, so that a chance match in a poor passage does not win. */
const passageShare = 0.3;
const denseShare = 0.65;
/** Headings and fragments are no evidence by themselves. */
const minSentenceWords = 2;

interface Sentence {
  readonly passage: number;
  readonly documentId: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly words: readonly string[];
}

export function createSentenceScorer(options: SentenceScorerOptions): SentenceScorer {
  return {
    async score(question, passages, { signal, candidates = passages } = {}) {
      if (signal?.aborted === true) throw aborted(signal.reason);
      const best = passages.slice(0, options.passages ?? defaultPassages);
      const questionWords = new Set(contentWords(question));
      const passageWords = best.map((passage) => contentWords(passage.chunk.indexText));
      const statistics = new WordStatistics(
        candidates === passages || candidates.length < passages.length
          ? passages.map((passage) => contentWords(passage.chunk.indexText))
          : candidates.map((passage) => contentWords(passage.chunk.indexText)),
      );
      const sentences = chooseSentences(best, questionWords, statistics, options.maxSentences ?? defaultMaxSentences);
      const dense = await denseScores(options.embedder, question, sentences, signal);
      const scored = scoreSentences(best, sentences, dense, questionWords, statistics);
      return {
        sentences: scored,
        features: featuresOf(best, passageWords, scored, questionWords, statistics),
        fingerprint: dense === null ? keywordFingerprint : (options.embedder?.fingerprint ?? keywordFingerprint),
      } satisfies Evidence;
    },
  };
}

/** Sentences of overlapping chunks are counted once. Past the limit those with the least question weight are left out. */
function chooseSentences(
  passages: readonly Passage[],
  questionWords: ReadonlySet<string>,
  statistics: WordStatistics,
  limit: number,
): readonly Sentence[] {
  const sentences = new Map<string, Sentence>();
  passages.forEach((passage, index) => {
    const { chunk } = passage;
    for (const { start, end } of splitSentences(chunk.text)) {
      const text = chunk.text.slice(start, end);
      const words = contentWords(text);
      const key = `${chunk.documentId} ${chunk.start + start} ${chunk.start + end}`;
      if (words.length < minSentenceWords || sentences.has(key)) continue;
      sentences.set(key, {
        passage: index,
        documentId: chunk.documentId,
        start: chunk.start + start,
        end: chunk.start + end,
        text,
        words,
      });
    }
  });
  const all = [...sentences.values()];
  if (all.length <= limit) return all;
  return all
    .map((sentence, order) => ({ sentence, order, coverage: statistics.coverage(questionWords, sentence.words) }))
    .sort((a, b) => b.coverage - a.coverage || a.order - b.order)
    .slice(0, limit)
    .map(({ sentence }) => sentence);
}

/** Null when there is no embedding model or it failed: words alone then decide, with their own refusal coefficients. */
async function denseScores(
  embedder: Embedder | null,
  question: string,
  sentences: readonly Sentence[],
  signal: AbortSignal | undefined,
): Promise<readonly number[] | null> {
  if (embedder === null) return null;
  if (sentences.length === 0) return [];
  const embedOptions = signal === undefined ? {} : { signal };
  try {
    const [query, vectors] = await Promise.all([
      embedder.embedQuery(question, embedOptions),
      embedder.embedDocuments(
        sentences.map((sentence) => sentence.text),
        embedOptions,
      ),
    ]);
    return vectors.map((vector) => dotProduct(query, vector));
  } catch (thrown) {
    if (signal?.aborted === true || isAbortError(thrown)) throw aborted(thrown);
    return null;
  }
}

function scoreSentences(
  passages: readonly Passage[],
  sentences: readonly Sentence[],
  dense: readonly number[] | null,
  questionWords: ReadonlySet<string>,
  statistics: WordStatistics,
): readonly ScoredSentence[] {
  const averageLength = mean(sentences.map((sentence) => sentence.words.length));
  const keyword = sentences.map((sentence) => statistics.bm25(questionWords, sentence.words, averageLength));
  const scaleKeyword = scalerOf(hits(keyword), keyword.length);
  const scaleDense = dense === null ? null : scalerOf(hits(dense), dense.length);
  return sentences
    .map((sentence, index): ScoredSentence => {
      const cosine = dense?.[index] ?? null;
      // Without one shared word every sentence has BM25 0, which must not count as the best.
      const words = (keyword[index] ?? 0) > 0 ? scaleKeyword(keyword[index] ?? 0) : 0;
      const combined =
        scaleDense === null || cosine === null ? words : denseShare * scaleDense(cosine) + (1 - denseShare) * words;
      return {
        passage: sentence.passage,
        documentId: sentence.documentId,
        start: sentence.start,
        end: sentence.end,
        text: sentence.text,
        score: combined + passageShare * (passages[sentence.passage]?.score ?? 0),
        dense: cosine,
        keyword: keyword[index] ?? 0,
        coverage: statistics.coverage(questionWords, sentence.words),
      };
    })
    .sort((a, b) => b.score - a.score || a.passage - b.passage || a.start - b.start);
}

/** Plain numbers by name; the coefficients of `src/answer/coefficients` use these very names. */
function featuresOf(
  passages: readonly Passage[],
  passageWords: readonly (readonly string[])[],
  sentences: readonly ScoredSentence[],
  questionWords: ReadonlySet<string>,
  statistics: WordStatistics,
): EvidenceFeatures {
  const top = sentences[0];
  const averageLength = mean(passageWords.map((words) => words.length));
  const passageKeyword = passageWords.map((words) => statistics.bm25(questionWords, words, averageLength));
  const passageCoverage = passageWords.map((words) => statistics.coverage(questionWords, words));
  const bestSentenceDense = highest(sentences.map((sentence) => sentence.dense ?? 0));
  const cosines = passages.flatMap((passage) =>
    passage.parts.filter((part) => part.source === 'vector').map((part) => part.score),
  );
  const other = passages.find((passage) => passage.chunk.documentId !== passages[0]?.chunk.documentId);
  return {
    passageDense: cosines.length > 0 ? highest(cosines) : bestSentenceDense,
    passageKeyword: highest(passageKeyword),
    passageCoverage: highest(passageCoverage),
    topPassageCoverage: passageCoverage[top?.passage ?? 0] ?? 0,
    passageMargin: (passages[0]?.score ?? 0) - (other?.score ?? 0),
    sentenceDense: bestSentenceDense,
    sentenceKeyword: highest(sentences.map((sentence) => sentence.keyword)),
    sentenceCoverage: top?.coverage ?? 0,
    bestSentenceCoverage: highest(sentences.map((sentence) => sentence.coverage)),
  };
}

function hits(scores: readonly number[]): { id: string; score: number }[] {
  return scores.map((score, index) => ({ id: String(index), score }));
}

function highest(values: readonly number[]): number {
  return values.reduce((best, value) => Math.max(best, value), 0);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function aborted(cause: unknown): PerseaError {
  return cause instanceof PerseaError
    ? cause
    : new PerseaError('aborted', 'The scoring was ended by its caller.', { cause });
}
