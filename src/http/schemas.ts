/** Bodies in and out: what requests are checked against, and what /openapi.json shows. */
import { z } from 'zod';
import { attemptOutcomes } from '../core/answer.ts';
import { maxFilterLength, maxFilterValues } from '../core/fact-filter.ts';
import { sidePurposes } from '../core/prompt-purposes.ts';
import { conversationIdPattern } from '../query/question.ts';
import { classifications, zones } from '../core/zones.ts';
import { problemMediaType } from './problem.ts';

/** A misspelt field would otherwise be ignored in silence. */
const strictBody = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape);

const filterValue = z.string().min(1).max(maxFilterLength);
const filterValues = z.union([filterValue, z.array(filterValue).min(1).max(maxFilterValues)]);

const filters = strictBody({
  source: filterValues.optional().describe('Names of sources.'),
  uriPrefix: filterValue.optional().describe('With what the uri of a document begins.'),
  mediaType: filterValues.optional().describe('Such as application/pdf or text/*, or a short name such as pdf.'),
  language: filterValues.optional().describe('Language tags; `de` also takes `de-AT`.'),
  since: z.iso.date().optional().describe('First day of a document, such as 2026-02-03.'),
  until: z.iso.date().optional().describe('Last day of a document.'),
}).describe('Only documents of which all of these hold, and of each list one.');

export const askBody = strictBody({
  question: z
    .string()
    .min(1)
    .describe('In words; a question over the limit is refused with the reason input-too-long.'),
  conversationId: z
    .string()
    .regex(conversationIdPattern)
    .optional()
    .describe('Your own name for a conversation: follow-ups are read with what you asked in it before.'),
  format: z.string().min(1).max(64).optional().describe('Context format; the configured one when absent.'),
  model: z.string().min(1).max(64).optional().describe('Id of a configured model: only this one is asked.'),
  include: z
    .array(z.enum(['context', 'draft']))
    .max(8)
    .optional()
    .describe(
      '`context`: the answer also shows the window exactly as a model gets it. `draft`: a stream also shows what a model writes before it is checked.',
    ),
  filters: filters.optional(),
});

export const searchBody = strictBody({
  query: z.string().min(1),
  topK: z.int().min(1).optional().describe('Number of passages; the configured one when absent.'),
  mode: z.enum(['hybrid', 'vector', 'keyword']).optional(),
  explain: z.boolean().optional().describe('Adds rank and raw score of each arm; only for the role developer.'),
  filters: filters.optional(),
  facets: z
    .boolean()
    .optional()
    .describe('Also counts the documents that one may see and the filters leave, by source, type, language and year.'),
});

const names = (what: string) => z.array(z.string().min(1).max(64)).min(1).max(24).optional().describe(what);

export const labBody = strictBody({
  question: z.string().min(1),
  formats: names('Context formats; all when absent.'),
  models: names('Ids of configured models; the first of the route when absent.'),
});

const usageKeys = ['person', 'model', 'purpose', 'day'] as const;

export const usageQuery = z.strictObject({
  by: z.enum(usageKeys).optional().describe('One row for each; by day when absent.'),
  since: z.iso.date().optional().describe('First day, by UTC; 30 days when absent.'),
  until: z.iso.date().optional().describe('Last day; today when absent.'),
});

const usageSum = {
  questions: z.int(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  costUsd: z.number(),
};

export const usageResponse = z
  .object({
    by: z.enum(usageKeys),
    since: z.string(),
    until: z.string(),
    rows: z
      .array(z.object({ key: z.string().describe('Person, model, purpose or day.'), ...usageSum }).readonly())
      .readonly(),
    total: z.object(usageSum).readonly(),
  })
  .readonly();

export const documentParams = z.object({ id: z.string() });

const offset = z.int().min(0);

const documentFacts = {
  date: z.string().optional().describe('Day of the document, such as 2026-02-03.'),
  owner: z.string().optional().describe('Who is responsible for it.'),
  url: z.string().optional().describe('Where people open it.'),
  status: z.literal('superseded').optional().describe('It says of itself that it is no longer in force.'),
  validUntil: z.string().optional().describe('Last day on which it is in force, as it says itself.'),
};

const locator = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('page'), number: z.int() }).readonly(),
  z.object({ kind: z.enum(['slide', 'sheet']), number: z.int(), name: z.string().optional() }).readonly(),
  z.object({ kind: z.literal('time'), seconds: z.number().describe('From the start of the recording.') }).readonly(),
]);

const citation = z
  .object({
    marker: z.int().min(1),
    uri: z.string(),
    title: z.string(),
    headingPath: z.array(z.string()).readonly(),
    page: z.int().nullable(),
    documentId: z.string(),
    chunkId: z.string(),
    start: offset.describe('Half-open span in UTF-16 units of the parsed text.'),
    end: offset,
    quote: z.string().describe('The parsed text from start to end, verbatim.'),
    support: z.enum(['verbatim', 'entailed', 'partial', 'none']),
    locator: locator.optional().describe('Where in the document the quote begins, in the terms of its format.'),
    ...documentFacts,
  })
  .readonly();

const claim = z
  .object({
    text: z.string(),
    citations: z.array(z.int()).readonly(),
    support: z.enum(['verbatim', 'entailed', 'partial', 'none']),
  })
  .readonly();

const contextItem = z
  .object({
    marker: z.int(),
    uri: z.string(),
    chunkIds: z.array(z.string()).readonly(),
    start: offset,
    end: offset,
    text: z.string(),
  })
  .readonly();

const answerShape = {
  text: z.string(),
  citations: z.array(citation).readonly(),
  claims: z.array(claim).readonly(),
  warnings: z.array(z.string()).readonly(),
  model: z
    .object({ id: z.string(), provider: z.string(), zone: z.enum(zones) })
    .readonly()
    .nullable(),
  prompt: z.object({ id: z.string(), version: z.string(), hash: z.string() }).readonly().nullable(),
  context: z
    .object({
      format: z.string(),
      tokens: z.int(),
      passages: z.int(),
      omitted: z.array(z.object({ uri: z.string(), reason: z.string() }).readonly()).readonly(),
      text: z.string().optional(),
      items: z.array(contextItem).readonly().optional(),
    })
    .readonly(),
  usage: z
    .object({
      inputTokens: z.number(),
      outputTokens: z.number(),
      costUsd: z.number(),
      ms: z.object({ retrieve: z.number(), rerank: z.number(), generate: z.number(), total: z.number() }).readonly(),
    })
    .readonly(),
  attempts: z
    .array(
      z
        .object({
          model: z.string(),
          provider: z.string(),
          zone: z.enum(zones),
          purpose: z.enum(sidePurposes).optional().describe('What it was asked for, where not for the answer.'),
          outcome: z.enum(attemptOutcomes),
          code: z.string().nullable().describe('Of the error, where it failed.'),
          inputTokens: z.number(),
          outputTokens: z.number(),
          costUsd: z.number(),
          isEstimated: z
            .literal(true)
            .optional()
            .describe('Tokens and cost are not those that its server told, for it told none.'),
          firstTokenMs: z.number().nullable().describe('Until its first word.'),
          startMs: z.number().describe('When it was asked, after the question came.'),
          ms: z.number(),
        })
        .readonly(),
    )
    .readonly()
    .optional()
    .describe('The models that were asked, in order; usage is of all of them together.'),
  cache: z.enum(['hit', 'miss']),
  traceId: z.string(),
};

export const answerResponse = z.discriminatedUnion('status', [
  z.object({ status: z.literal('answered'), reason: z.null(), ...answerShape }).readonly(),
  z
    .object({
      status: z.literal('abstained'),
      reason: z.enum(['no-evidence', 'insufficient-evidence', 'unsupported-claims', 'whole-collection']),
      searchedFor: z.string().optional().describe('What a follow-up was read as.'),
      nearest: z.array(z.object({ uri: z.string(), title: z.string() }).readonly()).readonly(),
      ...answerShape,
    })
    .readonly(),
  z
    .object({
      status: z.literal('refused'),
      reason: z.enum(['egress', 'input-too-long', 'budget', 'policy']),
      ...answerShape,
    })
    .readonly(),
]);

export const labResponse = z
  .object({
    question: z.string(),
    runs: z
      .array(
        z
          .object({
            format: z.string(),
            model: z.string(),
            promptTokens: z.number().describe('Of the whole prompt; 0 where no model was asked.'),
            context: z.string().describe('The window exactly as the model got it.'),
            answer: answerResponse,
          })
          .readonly(),
      )
      .readonly(),
    failed: z
      .array(z.object({ format: z.string(), model: z.string(), code: z.string() }).readonly())
      .readonly()
      .optional()
      .describe('Without an answer, because the model failed; why, the log of the server says.'),
  })
  .readonly();

const scorePart = z
  .object({
    source: z.string().describe('vector, keyword, words, nearness, smoothing or exact.'),
    rank: z.int(),
    score: z.number().describe('Raw.'),
    scaled: z.number().optional().describe('As it was fused.'),
    weight: z.number().optional(),
  })
  .readonly();

const explanation = z
  .object({
    mode: z.enum(['hybrid', 'vector', 'keyword']),
    denseWeight: z.number().describe('Share of the vector arm; the keyword arm has the rest.'),
    vectorRows: z.int(),
    keywordRows: z.int(),
    hasSimilarWords: z.boolean().describe('No word was found, so words spelled like them were searched.'),
    exactTerms: z.array(z.string()).readonly(),
    smoothing: z.object({ depth: z.number(), neighbours: z.number(), share: z.number() }).readonly().nullable(),
    hasCandidateWords: z.boolean().describe('Whether words were counted over what was found, too.'),
    hasNearness: z.boolean().describe('Whether passages were read for how near the words of the question stand.'),
    dropped: z
      .array(
        z
          .object({
            reason: z.enum(['absent', 'revision', 'label', 'duplicate', 'per-document', 'rank']),
            passages: z.int(),
            uris: z.array(z.string()).readonly(),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly();

const hit = z
  .object({
    uri: z.string(),
    documentId: z.string(),
    title: z.string(),
    chunkId: z.string(),
    headingPath: z.array(z.string()).readonly(),
    page: z.int().nullable(),
    start: offset,
    end: offset,
    text: z.string(),
    score: z.number().describe('Scaled within this result, the best is 1; raw for the role developer.'),
    parts: z.array(scorePart).readonly().optional(),
    duplicates: z
      .array(z.object({ uri: z.string(), title: z.string() }).readonly())
      .readonly()
      .optional()
      .describe('Near-duplicates that say the same here and are no hits of their own.'),
    ...documentFacts,
  })
  .readonly();

const factCounts = z.array(z.object({ value: z.string(), count: z.int() }).readonly()).readonly();

export const searchResponse = z
  .object({
    hits: z.array(hit).readonly(),
    ms: z.number(),
    warnings: z.array(z.string()).readonly(),
    facets: z
      .object({ source: factCounts, mediaType: factCounts, language: factCounts, year: factCounts })
      .readonly()
      .optional(),
    explanation: explanation.optional(),
  })
  .readonly();

export const documentResponse = z
  .object({
    uri: z.string(),
    documentId: z.string(),
    title: z.string(),
    revision: z.int(),
    mediaType: z.string(),
    classification: z.enum(classifications),
    label: z
      .object({
        clauses: z.array(z.array(z.string()).readonly()).readonly(),
        classification: z.enum(classifications),
      })
      .readonly()
      .optional()
      .describe('Only for the role admin.'),
    chunks: z.int(),
    tokens: z.int(),
    pages: z.int().nullable(),
    modifiedAt: z.string().nullable(),
    updatedAt: z.string(),
    author: z.string().optional(),
    language: z.string().optional(),
    ...documentFacts,
    date: z.string().optional().describe('ISO 8601, as the document or its source states it.'),
  })
  .readonly();

export const contentResponse = z.object({ documentId: z.string(), revision: z.int(), text: z.string() }).readonly();

export const problemResponse = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  traceId: z.string(),
});

/** For `response` of a route: what it answers with where it fails, besides what every route may (500, 503). */
export function problems<const Status extends number>(...statuses: readonly Status[]) {
  const problem = {
    description: 'A problem document (RFC 9457).',
    content: { [problemMediaType]: { schema: problemResponse } },
  };
  const entries = [...statuses, 500, 503].map((status) => [status, problem] as const);
  return Object.fromEntries(entries) as Record<Status | 500 | 503, typeof problem>;
}

export const healthResponse = z.object({ status: z.literal('ok') });

export const readinessResponse = z.object({
  status: z.enum(['ready', 'degraded', 'unavailable']),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().optional() })),
});
