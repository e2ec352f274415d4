/** Bodies of the routes for traces and feedback. */
import { z } from 'zod';
import { attemptOutcomes } from '../core/answer.ts';
import { sidePurposes } from '../core/prompt-purposes.ts';
import { feedbackRatings, traceStages } from '../core/trace.ts';
import { zones } from '../core/zones.ts';

const count = z.number();
const withheldCount = count
  .nullable()
  .describe("Null for somebody else's question unless all of its passages may be seen.");
const rating = z.enum(feedbackRatings);
const support = z.enum(['verbatim', 'entailed', 'partial', 'none']);
const shownText = {
  text: z.string().optional().describe('Only where `traces.content` is full.'),
  hash: z.string().optional().describe('Keyed hash, where `traces.content` is hashes.'),
};
const shownDocument = { uri: z.string(), title: z.string(), documentId: z.string() };

export const traceParams = z.object({ id: z.string() });

export const feedbackBody = z.strictObject({
  traceId: z.string().min(1).max(100).describe('The `traceId` of an answer.'),
  rating,
  comment: z.string().max(2000).optional(),
});

export const feedbackResponse = z
  .object({ traceId: z.string(), rating, comment: z.string().nullable(), at: z.string() })
  .readonly();

const scorePart = z
  .object({
    source: z.string(),
    rank: z.int(),
    score: count,
    scaled: count.optional(),
    weight: count.optional(),
  })
  .readonly();

const passage = z
  .object({
    ...shownDocument,
    chunkId: z.string(),
    rank: z.int(),
    score: count.optional(),
    parts: z.array(scorePart).readonly().optional(),
  })
  .readonly();

const item = z
  .object({
    marker: z.int(),
    ...shownDocument,
    chunkIds: z.array(z.string()).readonly(),
    start: z.int(),
    end: z.int(),
    ...shownText,
  })
  .readonly();

const model = z
  .object({
    id: z.string(),
    provider: z.string(),
    zone: z.enum(zones),
    purpose: z.enum(sidePurposes).optional().describe('What it was asked for, where not for the answer.'),
    outcome: z.enum([...attemptOutcomes, 'cached']),
    code: z.string().nullable(),
    startMs: count,
    ms: count,
    firstTextMs: count.nullable(),
    inputTokens: withheldCount,
    outputTokens: withheldCount,
    costUsd: withheldCount.optional(),
    isEstimated: z.literal(true).optional().describe('Tokens and cost are not those that its server told.'),
  })
  .readonly();

export const traceResponse = z
  .object({
    traceId: z.string(),
    at: z.string(),
    as: z.string().describe('Who asked.'),
    status: z.enum(['answered', 'abstained', 'refused', 'failed']),
    reason: z.string().nullable(),
    cache: z.enum(['hit', 'miss']),
    contentKept: z.enum(['none', 'hashes', 'full']),
    question: z
      .object({
        characters: z.int(),
        injection: z
          .object({ probability: count, features: z.array(z.string()).readonly() })
          .readonly()
          .optional()
          .describe('Where it reads like orders to a language model.'),
        ...shownText,
      })
      .readonly(),
    answer: z.object(shownText).readonly(),
    stages: z
      .array(z.object({ name: z.enum(traceStages), startMs: count, ms: count }).readonly())
      .readonly()
      .describe('Milliseconds since the question came.'),
    retrieval: z
      .object({
        mode: z.string(),
        denseWeight: count,
        candidates: z.int().nullable(),
        passages: z.array(passage).readonly(),
      })
      .readonly()
      .nullable(),
    evidence: z
      .object({ features: z.record(z.string(), count).readonly(), fingerprint: z.string() })
      .readonly()
      .nullable(),
    window: z
      .object({
        format: z.string(),
        tokens: z.int().nullable(),
        items: z.array(item).readonly(),
        omitted: z.array(z.object({ uri: z.string(), reason: z.string() }).readonly()).readonly(),
      })
      .readonly()
      .nullable(),
    prompt: z
      .object({ id: z.string(), version: z.string(), hash: z.string(), sentHash: z.string().optional() })
      .readonly()
      .nullable(),
    models: z.array(model).readonly().describe('In the order in which they were asked.'),
    usage: z
      .object({
        inputTokens: withheldCount,
        outputTokens: withheldCount,
        costUsd: withheldCount,
        ms: z.object({ retrieve: count, rerank: count, generate: count, total: count }).readonly(),
      })
      .readonly(),
    citations: z
      .array(
        z
          .object({ marker: z.int(), chunkId: z.string(), start: z.int(), end: z.int(), support, ...shownDocument })
          .readonly(),
      )
      .readonly(),
    checks: z.array(z.object({ support, citations: z.array(z.int()).readonly(), ...shownText }).readonly()).readonly(),
    droppedClaims: z.array(z.object(shownText).readonly()).readonly(),
    warnings: z.array(z.object(shownText).readonly()).readonly(),
    feedback: z.object({ rating, comment: z.string().nullable(), at: z.string() }).readonly().nullable(),
  })
  .readonly();
