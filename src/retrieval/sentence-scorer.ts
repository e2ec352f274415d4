/**
 * Scores the sentences of the best passages against the question, by meaning and by words, and derives the features
 * from which the refusal model tells whether they are evidence at all.
 */

import { answerKindOf, givesReason, holdsKind } from '../core/answer-kind.ts';
import type { Passage } from '../core/chunk.ts';
import { isAbortError, PerseaError } from '../core/errors.ts';
import {
  acrossLanguages,
  type Evidence,
  onReferenceScale,
  type OwnMatch,
  type ScoredSentence,
  type SentenceScorer,
} from '../core/evidence.ts';
import { knowsLettersOf } from '../core/languages.ts';
import { questionLanguage } from '../core/question-language.ts';
import { isLeadIn } from '../core/lists.ts';
import { type ReadAbove, readableSentence } from '../core/readable.ts';
import { isListItem, splitSentences } from '../core/sentences.ts';
import { isTableRow } from '../core/tables.ts';
import { dotProduct } from '../core/vectors.ts';
import type { GuardedEmbedder } from '../egress/guarded-embedder.ts';
import { inOtherLanguages, languageOf } from './across-languages.ts';
import { type CosineScale, referenceReading } from './cosine-scale.ts';
import { evidenceFeatures } from './evidence-features.ts';
import { scalerOf } from './fusion.ts';
import { headingsAmong } from './headings.ts';
import { type QuestionWords, readQuestion } from './question-words.ts';
import { namesOf, withoutMeasures } from './question-match.ts';
import { WordStatistics } from './word-statistics.ts';

export interface SentenceScorerOptions {
  /** Null, or one that may not see all of the sentences, scores by words alone; the evidence then carries the fingerprint `keyword`. */
  readonly embedder: GuardedEmbedder | null;
  /** How high the embedder's cosines lie, for one that no coefficients were learned for; null where they were, or it was not measured. */
  readonly scale?: CosineScale | null;
  /** Only the best so many passages are cut into sentences. */
  readonly passages?: number;
  /** Upper bound of sentences that are embedded; the ones with the most question words are kept. */
  readonly maxSentences?: number;
}

export const keywordFingerprint = 'keyword';
/** Eight are no better than five (squad2: .799 against .801) and take half as long again. */
const defaultPassages = 5;
const defaultMaxSentences = 32;
/** Measured on squad2 with the answer in the first sentence: 0.3 gives .801, 0.6 .801, 1 .790, of the passage that holds it more. */
const passageShare = 0.6;
const denseShare = 0.65;
/**
 * Where no sentence has so much of the question's word weight, the words that some have are chance, and the less they have the less they count.
 * Of 105 questions, most of them in other words than the documents, the first sentence answers 55 instead of 50; of squad2 1,185 instead of 1,182 (1,445).
 */
const tellingCoverage = 0.4;
/** A sentence that goes on about what the one before named (`It was built …`) inherits some of its words. */
const precedingShare = 0.2;
/** Measured on squad2 with the answer in two sentences: 0 gives .877, .2 gives .880, .3 no more and less with one. */
const kindShare = 0.2;
/** Of a follow-up's own words against the whole that they were completed to: by meaning, by words, and for each sentence that has them. */
const ownDenseShare = 0.5;
const ownKeywordWeight = 1;
const ownCoverageShare = 0.4;
/** Sentences are short anyway: long ones are less to blame for their length than passages are. */
const sentenceLengthWeight = 0.3;

/** A code as it is written; its parts are words, too. */
const jointed = /[-_./]/;

interface Sentence {
  readonly passage: number;
  readonly chunkId: string;
  readonly documentId: string;
  readonly start: number;
  readonly end: number;
  /** The slice of the document's text. */
  readonly text: string;
  /** As it reads alone: table rows with their column names. */
  readonly readable: string;
  readonly words: readonly string[];
  readonly wordsBefore: readonly string[];
  readonly wordsAfter: readonly string[];
  /** Together with its neighbours, as they read. */
  readonly window: string;
  readonly isHeading: boolean;
  /** The last one before it in its passage, where there is one; else that of the passage holds. */
  readonly heading: string | null;
}

export function createSentenceScorer(options: SentenceScorerOptions): SentenceScorer {
  const { embedder } = options;
  return {
    async score(question, passages, { signal, candidates = passages, madeFrom = [], own } = {}) {
      if (signal?.aborted === true) throw aborted(signal.reason);
      const asked = readQuestion(question, candidates);
      const questionWords = asked.words;
      const best = passages.slice(0, options.passages ?? defaultPassages);
      const chunks = best.map(({ chunk }) => chunk);
      const elsewhere = inOtherLanguages(question, chunks, embedder?.languages);
      const wordsOf = (passage: Passage) => asked.ofChunk(passage.chunk);
      // What tells sentences of these passages apart is rare among these passages; what tells a question on another
      // subject is rare among all candidates.
      const amongPassages = new WordStatistics(questionWords, passages.map(wordsOf));
      const amongCandidates = asked.statistics();
      const sentences = chooseSentences(best, {
        asked,
        elsewhere,
        statistics: amongPassages,
        limit: options.maxSentences ?? defaultMaxSentences,
      });
      const dense = await denseScores(embedder, { question, madeFrom, own }, best, sentences, signal);
      const said = own === undefined ? null : asked.of(withoutMeasures(own));
      const ownWords = said === null ? null : new Set(said.filter((word) => questionWords.has(word)));
      const ranked = rankSentences({
        question,
        best,
        sentences,
        dense: dense?.whole ?? null,
        own:
          ownWords === null || own === question
            ? null
            : { dense: dense?.own ?? null, amongPassages: new WordStatistics(ownWords, passages.map(wordsOf)) },
        elsewhere,
        amongPassages,
        amongCandidates,
      });
      const top = ranked[0];
      const readings = dense === null ? null : readingsOf(options.scale ?? null, question, best);
      const isAcross = top !== undefined && elsewhere.has(top.sentence.chunkId);
      const mark = readings === null ? '' : isAcross ? acrossLanguages : onReferenceScale;
      const window = top === undefined ? [] : windowWords(best, top.sentence, asked);
      const passageWords = best.map(wordsOf);
      return {
        sentences: ranked.map(({ scored }) => scored),
        ...(ownWords === null
          ? {}
          : {
              own: {
                ...ownMatch(new WordStatistics(ownWords, candidates.map(wordsOf)), {
                  window,
                  passage: passageWords[top?.sentence.passage ?? 0] ?? [],
                  cosines: dense?.own ?? null,
                }),
                isOfUnknown: namesUnknown(own ?? question, asked, candidates),
              },
            }),
        features: evidenceFeatures({
          question,
          questionWords,
          wordsIn: asked.of,
          passages: best,
          passageWords,
          sentences: ranked.map(({ scored }) => scored),
          windowWords: window,
          bestText: top?.sentence.readable ?? '',
          windowText: top?.sentence.window ?? '',
          statistics: amongCandidates,
          ...(readings === null
            ? {}
            : { readCosine: (cosine: number, passage: number) => readings[passage]?.(cosine) ?? cosine }),
        }),
        fingerprint: dense === null || embedder === null ? keywordFingerprint : `${embedder.fingerprint}${mark}`,
      } satisfies Evidence;
    },
  };
}

/** For each passage how cosines to it are read; null where nothing is known of the model in one of them. */
function readingsOf(
  scale: CosineScale | null,
  question: string,
  passages: readonly Passage[],
): readonly ((cosine: number) => number)[] | null {
  if (scale === null) return null;
  const asked = questionLanguage(question);
  const readings = passages.map(({ chunk }) => referenceReading(scale, asked, languageOf(chunk)));
  const known = readings.filter((reading) => reading !== null);
  return known.length === readings.length ? known : null;
}

interface ChoiceInput {
  readonly asked: QuestionWords;
  /** Chunks in another language than the question's. */
  readonly elsewhere: ReadonlySet<string>;
  readonly statistics: WordStatistics;
  readonly limit: number;
}

/** Sentences of overlapping chunks are counted once. Past the limit those with the least question weight are left out. */
function chooseSentences(
  passages: readonly Passage[],
  { asked, elsewhere, statistics, limit }: ChoiceInput,
): readonly Sentence[] {
  const sentences = new Map<string, Sentence>();
  for (const [index, passage] of passages.entries()) {
    for (const sentence of sentencesOf(passage, index, asked)) {
      const key = `${sentence.documentId} ${sentence.start} ${sentence.end}`;
      if (sentence.words.length > 0 && !sentences.has(key)) sentences.set(key, sentence);
    }
  }
  const answering = [...sentences.values()].filter(({ isHeading }) => !isHeading);
  const all = answering.length > 0 ? answering : [...sentences.values()];
  if (all.length <= limit) return all;
  return all
    .map((sentence, order) => ({
      sentence,
      order,
      // Words cannot tell which of them is worth reading.
      coverage: elsewhere.has(sentence.chunkId) ? 1 : statistics.coverage(sentence.words),
    }))
    .sort((a, b) => b.coverage - a.coverage || a.order - b.order)
    .slice(0, limit)
    .map(({ sentence }) => sentence);
}

function sentencesOf({ chunk, title }: Passage, passage: number, asked: QuestionWords): readonly Sentence[] {
  const above = readAbove(chunk);
  const spans = splitSentences(chunk.text);
  const readable = spans.map((span) => readableSentence(chunk.text, span, above));
  const words = readable.map((text) => asked.of(text));
  const isHeading = headingsAmong(chunk.text, spans, readable, [title, ...chunk.headingPath]);
  const isTitle = spans.map((span, index) => isHeading[index] === true && !isTableRow(chunk.text.slice(span.start)));
  return spans.map((span, index) => ({
    passage,
    chunkId: chunk.chunkId,
    documentId: chunk.documentId,
    start: chunk.start + span.start,
    end: chunk.start + span.end,
    text: chunk.text.slice(span.start, span.end),
    readable: readable[index] ?? '',
    words: words[index] ?? [],
    wordsBefore: words[index - 1] ?? [],
    wordsAfter: words[index + 1] ?? [],
    window: readable.slice(Math.max(0, index - 1), index + 2).join(' '),
    isHeading: isHeading[index] === true || asked.isBareDefinition(chunk.text.slice(span.start, span.end)),
    heading: index === 0 ? null : (readable[isTitle.lastIndexOf(true, index - 1)] ?? null),
  }));
}

/** What a chunk in the middle of a table or a list is indexed under. */
function readAbove({ indexText, text }: Passage['chunk']): ReadAbove {
  const isRow = isTableRow(text);
  if (!indexText.endsWith(text) || (!isRow && !isListItem(text))) return {};
  const lines = indexText
    .slice(0, indexText.length - text.length)
    .trimEnd()
    .split('\n');
  if (!isRow) return { leadIn: lines.findLast(isLeadIn) ?? null };
  const header = lines.filter((line) => isTableRow(line));
  return { tableHeader: header.length === 0 ? null : header.join('\n') };
}

/** Title and innermost heading: a sentence alone often does not name what it is about. */
function topicOf(passage: Passage | undefined, sentence: Sentence): string {
  const title = passage?.title ?? '';
  const heading = sentence.heading ?? passage?.chunk.headingPath.at(-1);
  return heading === undefined || heading === title ? title : `${title}, ${heading}`;
}

function windowWords(passages: readonly Passage[], sentence: Sentence, asked: QuestionWords): readonly string[] {
  const passage = passages[sentence.passage];
  const path = passage === undefined ? [] : [passage.title, ...passage.chunk.headingPath, sentence.heading ?? ''];
  return [...sentence.wordsBefore, ...sentence.words, ...sentence.wordsAfter, ...asked.of(path.join(' '))];
}

/** Cosines of each sentence. */
interface DenseScores {
  readonly whole: readonly number[];
  /** To what the question says itself. */
  readonly own: readonly number[];
}

interface DenseQuestion {
  readonly question: string;
  readonly madeFrom: readonly { readonly classification: string }[];
  readonly own: string | undefined;
}

/** Null when there is no embedding model, when it knows none of the question's letters, when it may not see all of the passages or when it failed: words alone then decide, with their own refusal coefficients. */
async function denseScores(
  embedder: GuardedEmbedder | null,
  { question, madeFrom, own = question }: DenseQuestion,
  passages: readonly Passage[],
  sentences: readonly Sentence[],
  signal: AbortSignal | undefined,
): Promise<DenseScores | null> {
  if (embedder === null || !knowsLettersOf(embedder.languages, question)) return null;
  if (sentences.length === 0) return { whole: [], own: [] };
  if (!embedder.mayEmbed([...passages, ...madeFrom])) return null;
  const embedOptions = signal === undefined ? {} : { signal };
  try {
    const [query, ownQuery, vectors] = await Promise.all([
      embedder.embedQuestion(question, madeFrom, embedOptions),
      own === question ? null : embedder.embedQuestion(own, [], embedOptions),
      embedder.embedDocuments(
        sentences.map((sentence) => ({
          text: `${topicOf(passages[sentence.passage], sentence)}: ${sentence.readable}`,
          classification: passages[sentence.passage]?.classification ?? 'unknown',
        })),
        { ...embedOptions, isUrgent: true },
      ),
    ]);
    const whole = vectors.map((vector) => dotProduct(query, vector));
    return { whole, own: ownQuery === null ? whole : vectors.map((vector) => dotProduct(ownQuery, vector)) };
  } catch (thrown) {
    if (signal?.aborted === true || isAbortError(thrown)) throw aborted(thrown);
    return null;
  }
}

/** Whether the text has a name or a code that none of the candidates has. */
function namesUnknown(text: string, asked: QuestionWords, candidates: readonly Passage[]): boolean {
  return namesOf(text).some((name) =>
    asked
      .of(name)
      .some((word) => !jointed.test(word) && !candidates.some(({ chunk }) => asked.ofChunk(chunk).includes(word))),
  );
}

interface OwnMatchInput {
  /** Words around the best sentence, and of its passage. */
  readonly window: readonly string[];
  readonly passage: readonly string[];
  readonly cosines: readonly number[] | null;
}

function ownMatch(
  statistics: WordStatistics,
  { window, passage, cosines }: OwnMatchInput,
): Omit<OwnMatch, 'isOfUnknown'> {
  return {
    inAnswer: statistics.coverage(window),
    inPassage: statistics.coverage([...window, ...passage]),
    cosine: cosines === null ? null : Math.max(0, ...cosines),
  };
}

interface RankedSentence {
  readonly sentence: Sentence;
  readonly scored: ScoredSentence;
}

interface RankingInput {
  readonly question: string;
  readonly best: readonly Passage[];
  readonly sentences: readonly Sentence[];
  readonly dense: readonly number[] | null;
  /** Null for a question that was not completed. */
  readonly own: { readonly dense: readonly number[] | null; readonly amongPassages: WordStatistics } | null;
  /** Chunks in another language than the question's. */
  readonly elsewhere: ReadonlySet<string>;
  readonly amongPassages: WordStatistics;
  readonly amongCandidates: WordStatistics;
}

function rankSentences(input: RankingInput): readonly RankedSentence[] {
  const { question, best, sentences, dense, own, elsewhere, amongPassages, amongCandidates } = input;
  const kind = answerKindOf(question);
  const averageLength = mean(sentences.map((sentence) => sentence.words.length));
  const bm25 = (words: readonly string[]) => amongPassages.bm25(words, averageLength, sentenceLengthWeight);
  const ofOwn = (words: readonly string[]) =>
    own === null ? 0 : ownKeywordWeight * own.amongPassages.bm25(words, averageLength, sentenceLengthWeight);
  const keyword = sentences.map(({ words, wordsBefore }) => bm25(words) + precedingShare * bm25(wordsBefore));
  const said = sentences.map(({ words }, index) => (keyword[index] ?? 0) + ofOwn(words));
  const meant =
    dense === null || own === null
      ? dense
      : dense.map((whole, index) => (1 - ownDenseShare) * whole + ownDenseShare * (own.dense?.[index] ?? whole));
  const scaleKeyword = scalerOf(hits(said), said.length);
  const scaleDense = meant === null ? null : scalerOf(hits(meant), meant.length);
  const coverages = sentences.map(({ words }) => amongCandidates.coverage(words));
  const wordShare = (1 - denseShare) * Math.min(1, Math.max(0, ...coverages) / tellingCoverage);
  return sentences
    .map((sentence, index): RankedSentence => {
      const raw = said[index] ?? 0;
      const near = meant?.[index] ?? null;
      // Without one shared word every sentence has BM25 0, which must not count as the best.
      const words = raw > 0 ? scaleKeyword(raw) : 0;
      const meaning = scaleDense === null || near === null ? null : scaleDense(near);
      const both = meaning === null ? words : (1 - wordShare) * meaning + wordShare * words;
      const combined = elsewhere.has(sentence.chunkId) ? Math.max(both, meaning ?? 0) : both;
      const isOfKind =
        (kind !== null && holdsKind(kind, question, sentence.readable)) || givesReason(question, sentence.readable);
      const speaks = own === null ? 0 : ownCoverageShare * own.amongPassages.coverage(sentence.words);
      return {
        sentence,
        scored: {
          passage: sentence.passage,
          documentId: sentence.documentId,
          start: sentence.start,
          end: sentence.end,
          text: sentence.text,
          score: combined + passageShare * (best[sentence.passage]?.score ?? 0) + (isOfKind ? kindShare : 0) + speaks,
          dense: dense?.[index] ?? null,
          keyword: keyword[index] ?? 0,
          coverage: coverages[index] ?? 0,
        },
      };
    })
    .sort(({ scored: a }, { scored: b }) => b.score - a.score || a.passage - b.passage || a.start - b.start);
}

function hits(scores: readonly number[]): { id: string; score: number }[] {
  return scores.map((score, index) => ({ id: String(index), score }));
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function aborted(cause: unknown): PerseaError {
  return cause instanceof PerseaError
    ? cause
    : new PerseaError('aborted', 'The scoring was ended by its caller.', { cause });
}
