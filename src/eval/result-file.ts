/** Results of `persea eval run` as they are read back, from this version or an older one. */
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { PerseaError } from '../core/errors.ts';
import { rankingMetricNames } from './metrics.ts';

/** A question of either kind: its measures are numbers under their names. */
export type ResultQuery = z.output<typeof queryShape>;
export type ResultFile = z.output<typeof resultShape>;

/** A hundred thousand questions with what they found; a larger file is something else. */
const maxBytes = 512 * 1024 * 1024;

const found = z.object({ id: z.string(), title: z.string().default(''), grade: z.number().optional() });
const queryShape = z.looseObject({
  id: z.string(),
  question: z.string().optional(),
  document: z.string().optional(),
  isAnswerable: z.boolean().optional(),
  status: z.string().optional(),
  ms: z.number().optional(),
  found: z.array(found).default([]),
  wanted: z.array(found.extend({ rank: z.number().nullable() })).default([]),
});
const resultShape = z.looseObject({
  dataset: z.string(),
  kind: z.enum(['retrieval', 'answers']),
  documents: z.number().nullable(),
  queries: z.number(),
  // Results of before the questions had a hash are still read.
  fingerprint: z.object({
    embedding: z.string(),
    retrieval: z.string(),
    corpus: z.string(),
    questions: z.string().optional(),
    // Of answers, from the version on that tells their settings.
    model: z.string().optional(),
    format: z.string().optional(),
    answering: z.string().optional(),
  }),
  seconds: z.object({ ingest: z.number(), search: z.number() }),
  latencyMs: z.object({ p50: z.number(), p95: z.number() }),
  metrics: z.record(z.string(), z.unknown()),
  perQuery: z.array(queryShape).min(1),
});

/** Measures of a single question, the one that decides first. */
const namesOfKind: Readonly<Record<ResultFile['kind'], readonly [string, ...string[]]>> = {
  retrieval: rankingMetricNames,
  answers: ['correct', 'containsAnswer', 'f1'],
};

/** Throws `result-invalid` for a file that is missing, too large or no result. */
export async function readResultFile(path: string): Promise<ResultFile> {
  const refuse = (problem: string, cause?: unknown) =>
    new PerseaError('result-invalid', `${path} was read as a result of \`persea eval run --out\`, but ${problem}.`, {
      details: { path },
      cause,
    });
  let content: string;
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw refuse(`it has ${size} bytes, more than ${maxBytes}`);
    content = await readFile(path, 'utf8');
  } catch (thrown) {
    throw thrown instanceof PerseaError ? thrown : refuse('it could not be read', thrown);
  }
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (thrown) {
    throw refuse('it is not valid JSON', thrown);
  }
  const parsed = resultShape.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`its \`${issue?.path.join('.') ?? ''}\` is invalid: ${issue?.message ?? 'unknown'}`);
  }
  const repeated = repeatedId(parsed.data.perQuery);
  if (repeated !== null) throw refuse(`the question ${JSON.stringify(repeated)} stands in it twice`);
  return parsed.data;
}

/** The measures that questions of the result have, the one that decides first. */
export function measuresOf({ kind, perQuery }: ResultFile): readonly string[] {
  return namesOfKind[kind].filter((name) => perQuery.some((query) => measuredValue(query, name) !== null));
}

/** Null where the question has no say in the measure: what a text contains is measured on answerable questions. */
export function measuredValue(query: ResultQuery, measure: string): number | null {
  if (query.isAnswerable === false && measure !== 'correct') return null;
  const value = query[measure];
  return typeof value === 'number' ? value : null;
}

/** The document that the question is about, where there is one; else the question stands for itself. */
export function groupOf({ id, document }: ResultQuery): string {
  return document === undefined ? `question ${id}` : `document ${document}`;
}

function repeatedId(queries: readonly ResultQuery[]): string | null {
  const seen = new Set<string>();
  for (const { id } of queries) {
    if (seen.has(id)) return id;
    seen.add(id);
  }
  return null;
}
