/**
 * From the candidates of both arms to an order: fusion, the question's words among the candidates, their nearness, smoothing, and what
 * the question names literally. Each step can be switched off, and says in the passages' parts what it did.
 */
import type { DocumentRecord } from '../catalog/catalog.ts';
import type { Passage, ScorePart, StoredChunk } from '../core/chunk.ts';
import { documentDate } from '../core/dates.ts';
import { dotProduct } from '../core/vectors.ts';
import { atLeastByMeaning, inOtherLanguages } from './across-languages.ts';
import type { Arm } from './arms.ts';
import { scoreCandidateWords } from './candidate-words.ts';
import { type ExactScores, withExactShare } from './exact-terms.ts';
import { fuseConvex, scalerOf } from './fusion.ts';
import { scoreNearness, withNearness } from './nearness.ts';
import { inOrderOfScore } from './order.ts';
import { defaultSmoothing, type SmoothingOptions, smoothScores } from './smoothing.ts';

export interface Candidate {
  readonly chunk: StoredChunk;
  readonly document: DocumentRecord;
  /** Of the document, as of a passage: what decides between equal scores is asked for again and again. */
  readonly uri: string;
  readonly date: number | null;
  readonly vector: Float32Array | null;
  readonly parts: ScorePart[];
}

export function candidateOf(chunk: StoredChunk, document: DocumentRecord, vector: Float32Array | null): Candidate {
  return { chunk, document, uri: document.uri, date: documentDate(document), vector, parts: [] };
}

export interface RankingSettings {
  /** Of the vector arm, 0 to 1. */
  readonly denseWeight: number;
  /** Null switches it off. */
  readonly smoothing: SmoothingOptions | null;
  readonly hasNearness: boolean;
  readonly hasCandidateWords: boolean;
}

export interface RankingOptions extends RankingSettings {
  readonly question: string;
  /** Null where there is no vector arm. */
  readonly queryVector: Float32Array | null;
  /** That the vector arm's model was made for. */
  readonly languages: readonly string[] | undefined;
  /** Over how many of an arm's best scores these are scaled. */
  readonly depth: number;
  readonly exact: ExactScores | null;
}

/** The switches of the configuration. */
export function rankingSettings(retrieval: {
  readonly candidateWords: boolean;
  readonly nearness: boolean;
  readonly smoothing: boolean;
}) {
  return {
    hasCandidateWords: retrieval.candidateWords,
    hasNearness: retrieval.nearness,
    smoothing: retrieval.smoothing ? defaultSmoothing : null,
  };
}

/** Best first. */
export function rankCandidates(
  candidates: ReadonlyMap<string, Candidate>,
  options: RankingOptions,
): readonly Passage[] {
  const { question, queryVector, denseWeight, depth, smoothing, hasNearness, hasCandidateWords, exact } = options;
  const hits = { vector: hitsOf(candidates, 'vector'), keyword: hitsOf(candidates, 'keyword') };
  const hasBothArms = hits.vector.length > 0 && hits.keyword.length > 0;
  const later = new Map<string, ScorePart[]>([...candidates.keys()].map((id) => [id, []]));
  const note = (source: string, weight: number, given: ReadonlyMap<string, number>) => {
    const descending = [...given.values()].sort((a, b) => b - a);
    const ranks = new Map<number, number>();
    for (const [better, score] of descending.entries()) if (!ranks.has(score)) ranks.set(score, better + 1);
    for (const [id, score] of given) {
      // What smoothing gives is the score as it then is, and no part of one.
      const scaled = source === 'smoothing' ? {} : { scaled: score };
      later.get(id)?.push({ source, rank: ranks.get(score) ?? 1, score, ...scaled, weight });
    }
  };

  const arms = { ...hits, denseWeight, depth, knownCosines: cosinesOf(candidates, queryVector) };
  let scores = fuseConvex(arms);
  // The keyword arm alone found nothing but texts with the words, over which each of them looks frequent.
  const words =
    hasCandidateWords && hasBothArms ? scoreCandidateWords(question, chunksInOrder(candidates, scores)) : null;
  if (words !== null) {
    scores = fuseConvex({ ...arms, candidateWords: words });
    note('words', (1 - denseWeight) * words.share, words.scores);
  }
  const nearness =
    hasNearness && hits.keyword.length > 0 ? scoreNearness(question, chunksInOrder(candidates, scores)) : null;
  if (nearness !== null) {
    scores = new Map([...scores].map(([id, score]) => [id, withNearness(score, nearness, id)]));
    note('nearness', nearness.weight, nearness.scores);
  }
  const languages = hits.vector.length > 0 ? options.languages : undefined;
  const others = inOtherLanguages(question, chunksOf(candidates), languages);
  const across = atLeastByMeaning(scores, others, () => fuseConvex({ ...arms, denseWeight: 1 }));
  scores = across.scores;
  for (const id of across.lifted) later.set(id, []);
  const hasVectors = [...candidates.values()].some(({ vector }) => vector !== null);
  if (smoothing !== null && hasBothArms && hasVectors) {
    const before = scores;
    const ordered = inOrder(candidates, scores);
    scores = smoothScores(
      ordered.map(({ chunk: { chunkId: id }, vector }) => ({ id, vector, score: before.get(id) ?? 0 })),
      smoothing,
    );
    note('smoothing', smoothing.share, scores);
  }
  if (exact !== null) {
    scores = new Map([...scores].map(([id, score]) => [id, withExactShare(score, exact, id)]));
    note('exact', exact.weight, exact.held);
  }

  const fusedWeights = { vector: denseWeight, keyword: (1 - denseWeight) * (1 - (words?.share ?? 0)) };
  const scale = { vector: scalerOf(hits.vector, depth), keyword: scalerOf(hits.keyword, depth) };
  return inOrder(candidates, scores).map((candidate) => {
    const { chunkId } = candidate.chunk;
    const weights = across.lifted.has(chunkId) ? { vector: 1, keyword: 0 } : fusedWeights;
    const found = candidate.parts.map((part) => {
      const source = part.source === 'vector' ? 'vector' : 'keyword';
      return { ...part, scaled: scale[source](part.score), weight: weights[source] };
    });
    const parts = [...found, ...(later.get(chunkId) ?? [])];
    return toPassage({ ...candidate, parts }, scores.get(chunkId) ?? 0);
  });
}

function hitsOf(candidates: ReadonlyMap<string, Candidate>, source: Arm['source']) {
  return [...candidates.values()].flatMap(({ chunk, parts }) =>
    parts.filter((part) => part.source === source).map((part) => ({ id: chunk.chunkId, score: part.score })),
  );
}

/** Of what only the keyword arm found: those of the others are their scores. */
function cosinesOf(
  candidates: ReadonlyMap<string, Candidate>,
  queryVector: Float32Array | null,
): ReadonlyMap<string, number> {
  const cosines = new Map<string, number>();
  if (queryVector === null) return cosines;
  for (const [id, { vector, parts }] of candidates) {
    if (vector === null || parts.some(({ source }) => source === 'vector')) continue;
    cosines.set(id, dotProduct(queryVector, vector));
  }
  return cosines;
}

function inOrder(candidates: ReadonlyMap<string, Candidate>, scores: ReadonlyMap<string, number>): Candidate[] {
  return inOrderOfScore(candidates.values(), ({ chunk }) => scores.get(chunk.chunkId) ?? 0);
}

function chunksOf(candidates: ReadonlyMap<string, Candidate>) {
  return [...candidates.values()].map(({ chunk }) => chunk);
}

function chunksInOrder(candidates: ReadonlyMap<string, Candidate>, scores: ReadonlyMap<string, number>) {
  return inOrder(candidates, scores).map(({ chunk }) => chunk);
}

function toPassage({ chunk, document, uri, date, parts }: Candidate, score: number): Passage {
  const { url, owner, status, validUntil } = document.properties;
  return {
    chunk,
    uri,
    title: document.title,
    classification: document.label.classification,
    date,
    ...(url === undefined ? {} : { url }),
    ...(owner === undefined ? {} : { owner }),
    ...(status === undefined ? {} : { status }),
    ...(validUntil === undefined ? {} : { validUntil }),
    score: Math.min(1, Math.max(0, score)),
    parts,
  };
}
