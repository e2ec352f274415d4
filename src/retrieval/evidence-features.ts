/**
 * What the refusal model weighs: plain numbers by name. The coefficients in `src/answer/coefficients` use these very
 * names, so a change here needs them to be fitted again.
 */

import { answerKindOf, holdsKind } from '../core/answer-kind.ts';
import type { Passage } from '../core/chunk.ts';
import type { EvidenceFeatures, ScoredSentence } from '../core/evidence.ts';
import { matchOf } from './question-match.ts';
import type { WordStatistics } from './word-statistics.ts';

export interface FeatureInput {
  readonly question: string;
  readonly questionWords: ReadonlySet<string>;
  /** Content words of a text, as the question reads it. */
  readonly wordsIn: (text: string) => readonly string[];
  readonly passages: readonly Passage[];
  /** Content words of each passage, its heading path included. */
  readonly passageWords: readonly (readonly string[])[];
  /** Best first. */
  readonly sentences: readonly ScoredSentence[];
  /** Words of the best sentence, its neighbours and the heading path above them. */
  readonly windowWords: readonly string[];
  /** The best sentence, and it with its neighbours, as they read. */
  readonly bestText: string;
  readonly windowText: string;
  readonly statistics: WordStatistics;
  /** A cosine to the passage of this index as the coefficients take it; as it is when absent. */
  readonly readCosine?: (cosine: number, passage: number) => number;
}

const negation =
  /(?:\b(?:not|never|no|without|except|cannot|nicht|kein\p{L}*|nie|ohne|jamais|aucune?|sans)\b|n['’]t\b)/iu;

export function evidenceFeatures(input: FeatureInput): EvidenceFeatures {
  const { questionWords, passages, passageWords, sentences, statistics, readCosine = (cosine) => cosine } = input;
  const top = sentences[0];
  const topPassage = top?.passage ?? 0;
  const topCosine = passages[topPassage]?.parts.find((part) => part.source === 'vector')?.score;
  const averageLength = passageWords.reduce((sum, words) => sum + words.length, 0) / Math.max(1, passageWords.length);
  const dense = sentences.flatMap((sentence) =>
    sentence.dense === null ? [] : [readCosine(sentence.dense, sentence.passage)],
  );
  const sentenceDense = highest(dense);
  const windowCoverage = statistics.coverage(input.windowWords);
  const inWindow = matchOf(input, input.windowWords);
  const inPassage = matchOf(input, passageWords[topPassage] ?? []);
  const kind = answerKindOf(input.question);
  const lacksKind = (text: string) => (kind === null || holdsKind(kind, input.question, text) ? 0 : 1);
  const other = passages.find((passage) => passage.chunk.documentId !== passages[0]?.chunk.documentId);
  return {
    // A passage that the vector arm did not find is at most as near as its best sentence.
    passageDense: topCosine === undefined ? sentenceDense : readCosine(topCosine, topPassage),
    sentenceDense,
    passageKeyword: highest(passageWords.map((words) => statistics.bm25(words, averageLength))),
    sentenceKeyword: highest(sentences.map((sentence) => sentence.keyword)),
    sentenceCoverage: top?.coverage ?? 0,
    windowCoverage,
    passageCoverage: statistics.coverage(passageWords[topPassage] ?? []),
    bestPassageCoverage: highest(passageWords.map((words) => statistics.coverage(words))),
    // Off-topic questions are low in both; a product tells them from those that are low in one.
    denseCoverage: sentenceDense * windowCoverage,
    windowCoverageSquared: windowCoverage ** 2,
    passageMargin: (passages[0]?.score ?? 0) - (other?.score ?? 0),
    sentenceMargin: (top?.score ?? 0) - (sentences[1]?.score ?? 0),
    negationMismatch: negation.test(input.question) && !negation.test(top?.text ?? '') ? 1 : 0,
    questionLength: Math.log(1 + questionWords.size),
    // How far the best sentence stands out among those it was read with.
    denseContrast: dense.length === 0 ? 0 : sentenceDense - mean(dense),
    specificsMissed: inWindow.specificsMissed,
    specificsMissedInPassage: inPassage.specificsMissed,
    focusMissed: inWindow.focusMissed,
    focusMissedInPassage: inPassage.focusMissed,
    pairsMatched: inWindow.pairsMatched,
    pairsMatchedInPassage: inPassage.pairsMatched,
    rarestMissed: inWindow.rarestMissed,
    // A question that does not tell what kind of value it asks for misses none.
    kindMissed: lacksKind(input.bestText),
    kindMissedInWindow: lacksKind(input.windowText),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function highest(values: readonly number[]): number {
  return values.reduce((best, value) => Math.max(best, value), 0);
}
