/** Sentences of the best passages, scored against the question: what the extractive model quotes and what abstention weighs. */
import type { Passage } from './chunk.ts';

export interface ScoredSentence {
  /** Index of its passage in the list that was scored. */
  readonly passage: number;
  readonly documentId: string;
  /** Half-open span in the parsed text of its document; `text` is its slice. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Combined score: arms scaled per question, plus a share of the passage's score. */
  readonly score: number;
  /** Cosine to the question; null without an embedding model. */
  readonly dense: number | null;
  /** BM25 with the statistics of the visible candidates. */
  readonly keyword: number;
  /** Share of the question's word weight (idf over the visible candidates) that the sentence covers, 0 to 1. */
  readonly coverage: number;
}

/** Features of the refusal model; each is a plain number so that fitting and use see the same. */
export interface EvidenceFeatures {
  readonly [name: string]: number;
}

/**
 * Marks of a fingerprint whose cosines were read on the scale of the reference model, since nothing was learned from its own: between texts in
 * one language, and between those in two, where words tell nothing.
 */
export const onReferenceScale = '+reference-scale';
export const acrossLanguages = '+across-languages';

/** How far the evidence speaks to what a follow-up says itself, without the words that it was completed with. */
export interface OwnMatch {
  /** Share of the weight of its own words that the best sentence covers, with its neighbours and headings, 0 to 1. */
  readonly inAnswer: number;
  /** The same of the best sentence's whole passage. */
  readonly inPassage: number;
  /** The highest cosine of a sentence to it; null without an embedding model. */
  readonly cosine: number | null;
  /** It names somebody or something that none of the candidates has a word of. */
  readonly isOfUnknown: boolean;
}

export interface Evidence {
  /** Best first. */
  readonly sentences: readonly ScoredSentence[];
  readonly features: EvidenceFeatures;
  /** Where `own` was given. */
  readonly own?: OwnMatch;
  /** Which coefficients apply: the embedder's fingerprint, perhaps with one of the marks above, or `keyword` without one. */
  readonly fingerprint: string;
}

export interface ScoreOptions {
  readonly signal?: AbortSignal;
  /** All visible candidates of the retrieval, for the word statistics; the passages themselves when absent. */
  readonly candidates?: readonly Passage[];
  /** What the question has text of besides the asker's own words. */
  readonly madeFrom?: readonly { readonly classification: string }[];
  /** What a follow-up says itself: sentences that speak to it come before others. The question itself changes no order. */
  readonly own?: string;
}

export interface SentenceScorer {
  /** Passages come best first; sentences are taken from them alone. */
  score(question: string, passages: readonly Passage[], options?: ScoreOptions): Promise<Evidence>;
}
