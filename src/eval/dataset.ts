/**
 * A folder of evaluation data, recognised by its files: a BEIR corpus with judged queries, a corpus with questions and
 * answers, or cases that are asked as people over a configured store.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { PerseaError } from '../core/errors.ts';
import type { HistoryTurn } from '../query/question.ts';
import type { Judgements } from './metrics.ts';
import { judgedQueries } from './ranked-documents.ts';

export interface CorpusDocument {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

export interface Corpus {
  readonly documents: readonly CorpusDocument[];
  /** `sha256:` and the hash of corpus.jsonl. */
  readonly hash: string;
}

export interface RetrievalDataset {
  readonly kind: 'retrieval';
  readonly name: string;
  readonly corpus: Corpus;
  readonly queries: readonly { readonly id: string; readonly text: string }[];
  readonly judgements: ReadonlyMap<string, Judgements>;
  /** `sha256:` and the hash of the files that queries, judgements and histories were read from. */
  readonly questionsHash: string;
  /** What was said before a query, by its id; of follow-ups only. */
  readonly histories?: ReadonlyMap<string, readonly HistoryTurn[]>;
}

export interface AnswerQuestion {
  readonly id: string;
  readonly question: string;
  readonly isAnswerable: boolean;
  readonly answers: readonly string[];
  /** The paragraph that holds the answer; null where there is none. */
  readonly goldDocument: string | null;
}

export interface AnswersDataset {
  readonly kind: 'answers';
  readonly name: string;
  readonly corpus: Corpus;
  readonly questions: readonly AnswerQuestion[];
  /** `sha256:` and the hash of qa.jsonl. */
  readonly questionsHash: string;
}

export interface EvaluationCase {
  readonly id: string;
  readonly question: string;
  /** Principal id. */
  readonly as: string;
  readonly isAnswerable: boolean;
  readonly answers: readonly string[];
  readonly relevant: readonly {
    readonly uri: string;
    /** Of the ranking: 0 is not relevant. */
    readonly grade: number;
    readonly page: number | null;
    readonly quote: string | null;
  }[];
  readonly mustNotCite: readonly string[];
  /** What was said before. */
  readonly history?: readonly HistoryTurn[];
  readonly tags: readonly string[];
}

export interface CasesDataset {
  readonly kind: 'cases';
  readonly name: string;
  readonly cases: readonly EvaluationCase[];
  /** `sha256:` and the hash of cases.jsonl. */
  readonly hash: string;
}

export type Dataset = RetrievalDataset | AnswersDataset | CasesDataset;
export type EvaluationTask = 'retrieval' | 'answers';

/** With something to read in it. */
const words = z.string().regex(/\S/, 'it is empty');
const documentLine = z.object({ _id: z.string().min(1), title: z.string().default(''), text: z.string() });
const queryLine = z.object({ _id: z.string().min(1), text: words });
const questionLine = z.object({
  _id: z.string().min(1),
  question: words,
  answerable: z.boolean(),
  answers: z.array(z.union([words, z.object({ answer: words })])).default([]),
  paragraph: z.string().nullish(),
  gold_passage: z.string().nullish(),
});
const historyTurn = z.object({ role: z.enum(['user', 'assistant']), text: z.string() });
const conversationLine = z.object({ _id: z.string().min(1), history: z.array(historyTurn) });
const caseLine = z.object({
  id: z.string().min(1),
  question: words,
  as: z.string().min(1),
  answerable: z.boolean(),
  answers: z.array(words).default([]),
  relevant: z
    .array(
      z.object({
        uri: z.string().min(1),
        grade: z.number().min(0).default(1),
        page: z.number().nullish(),
        quote: z.string().nullish(),
      }),
    )
    .default([]),
  mustNotCite: z.array(z.string()).default([]),
  history: z.array(historyTurn).default([]),
  tags: z.array(z.string()).default([]),
});

/** Under which a document of a corpus is indexed. */
export function corpusUri(corpusName: string, id: string): string {
  return `${corpusName}/${id}`;
}

/** Where judgements lie, the first that is there: beside the corpus, or where BEIR puts those of its parts. */
const judgementFiles = ['qrels.tsv', 'qrels/test.tsv', 'qrels/dev.tsv', 'qrels/train.tsv'] as const;

/** What a folder without any of the layouts lacks, by what it was read for. */
const layouts: Readonly<Record<EvaluationTask | 'any', string>> = {
  retrieval: 'neither cases.jsonl, nor corpus.jsonl with queries.jsonl and qrels.tsv or qrels/test.tsv',
  answers: 'neither cases.jsonl, nor corpus.jsonl with qa.jsonl',
  any:
    'neither cases.jsonl, nor corpus.jsonl with queries.jsonl and qrels.tsv or qrels/test.tsv (retrieval) or with ' +
    'qa.jsonl (answers)',
};

/**
 * Throws `dataset-invalid` with file and line for anything malformed, and when the folder has none of the layouts.
 * `task` chooses where a folder holds both; retrieval otherwise.
 */
export async function loadDataset(folder: string, options: { readonly task?: EvaluationTask } = {}): Promise<Dataset> {
  const name = basename(resolve(folder));
  const has = (file: string) => isFile(join(folder, file));
  if (await has('cases.jsonl')) return loadCases(folder, name);
  if (await has('corpus.jsonl')) {
    const judgements = (await has('queries.jsonl')) ? await judgementsFile(folder) : null;
    const isAnswers = await has('qa.jsonl');
    if (judgements !== null && options.task !== 'answers') return loadRetrieval(folder, name, judgements);
    if (isAnswers && options.task !== 'retrieval') return loadAnswers(folder, name);
  }
  throw new PerseaError(
    'dataset-invalid',
    `${folder} was read as evaluation data${options.task === undefined ? '' : ` for the task ${options.task}`}, but it ` +
      `has ${layouts[options.task ?? 'any']}.`,
    { details: { folder } },
  );
}

/** Questions of a folder without its corpus, to be asked where they are off-topic. */
export async function loadQuestions(
  folder: string,
): Promise<readonly { readonly id: string; readonly question: string }[]> {
  if (await isFile(join(folder, 'qa.jsonl')))
    return (await readQuestions(folder)).questions.map(({ id, question }) => ({ id, question }));
  if (await isFile(join(folder, 'queries.jsonl'))) {
    return (await readQueries(folder)).queries.map(({ id, text }) => ({ id, question: text }));
  }
  throw new PerseaError('dataset-invalid', `${folder} has neither qa.jsonl nor queries.jsonl to take questions from.`, {
    details: { folder },
  });
}

/** Null where none is there. */
async function judgementsFile(folder: string): Promise<string | null> {
  for (const file of judgementFiles) {
    const path = join(folder, file);
    if (await isFile(path)) return path;
  }
  return null;
}

async function loadRetrieval(folder: string, name: string, judgementsPath: string): Promise<RetrievalDataset> {
  const [corpus, { queries, content: ofQueries }, { judgements, content: ofJudgements }] = await Promise.all([
    readCorpus(folder),
    readQueries(folder),
    readJudgements(judgementsPath),
  ]);
  if (judgedQueries({ queries, judgements }).length === 0) {
    throw new PerseaError(
      'dataset-invalid',
      `${judgementsPath} names no relevant document (a grade above 0) for any query of queries.jsonl, so there is nothing to measure. ` +
        'Do both files use the same ids?',
      { details: { path: judgementsPath } },
    );
  }
  const conversations = await readHistories(folder);
  return {
    kind: 'retrieval',
    name,
    corpus,
    queries,
    judgements,
    questionsHash: hashOf(JSON.stringify([ofQueries, ofJudgements, conversations?.content ?? null])),
    ...(conversations === null ? {} : { histories: conversations.histories }),
  };
}

async function loadAnswers(folder: string, name: string): Promise<AnswersDataset> {
  const [corpus, { questions, content }] = await Promise.all([readCorpus(folder), readQuestions(folder)]);
  return { kind: 'answers', name, corpus, questions, questionsHash: hashOf(content) };
}

async function loadCases(folder: string, name: string): Promise<CasesDataset> {
  const path = join(folder, 'cases.jsonl');
  const content = await readText(path);
  const lines = parseLines(path, content, caseLine);
  refuseDuplicates(path, lines, ({ value }) => value.id);
  return {
    kind: 'cases',
    name,
    hash: hashOf(content),
    cases: lines.map(({ value }) => ({
      id: value.id,
      question: value.question,
      as: value.as,
      isAnswerable: value.answerable,
      answers: value.answers,
      relevant: value.relevant.map(({ uri, grade, page, quote }) => ({
        uri,
        grade,
        page: page ?? null,
        quote: quote ?? null,
      })),
      mustNotCite: value.mustNotCite,
      ...(value.history.length === 0 ? {} : { history: value.history }),
      tags: value.tags,
    })),
  };
}

async function readCorpus(folder: string): Promise<Corpus> {
  const path = join(folder, 'corpus.jsonl');
  const content = await readText(path);
  const lines = parseLines(path, content, documentLine);
  refuseDuplicates(path, lines, ({ value }) => value._id);
  return {
    documents: lines.map(({ value }) => ({ id: value._id, title: value.title, text: value.text })),
    hash: hashOf(content),
  };
}

async function readQueries(folder: string): Promise<Pick<RetrievalDataset, 'queries'> & Read> {
  const path = join(folder, 'queries.jsonl');
  const content = await readText(path);
  const lines = parseLines(path, content, queryLine);
  refuseDuplicates(path, lines, ({ value }) => value._id);
  return { queries: lines.map(({ value }) => ({ id: value._id, text: value.text })), content };
}

/** Null for a folder without conversations. */
async function readHistories(
  folder: string,
): Promise<({ readonly histories: ReadonlyMap<string, readonly HistoryTurn[]> } & Read) | null> {
  const path = join(folder, 'conversations.jsonl');
  if (!(await isFile(path))) return null;
  const content = await readText(path);
  const lines = parseLines(path, content, conversationLine);
  refuseDuplicates(path, lines, ({ value }) => value._id);
  return { histories: new Map(lines.map(({ value }) => [value._id, value.history])), content };
}

async function readQuestions(folder: string): Promise<Pick<AnswersDataset, 'questions'> & Read> {
  const path = join(folder, 'qa.jsonl');
  const content = await readText(path);
  const lines = parseLines(path, content, questionLine);
  refuseDuplicates(path, lines, ({ value }) => value._id);
  const questions = lines.map(({ value }) => ({
    id: value._id,
    question: value.question,
    isAnswerable: value.answerable,
    answers: value.answers.map((answer) => (typeof answer === 'string' ? answer : answer.answer)),
    goldDocument: value.paragraph ?? value.gold_passage ?? null,
  }));
  return { questions, content };
}

async function readJudgements(path: string): Promise<Pick<RetrievalDataset, 'judgements'> & Read> {
  const judgements = new Map<string, Map<string, number>>();
  const content = await readText(path);
  content.split('\n').forEach((line, index) => {
    if (line.trim() === '') return;
    const columns = line.trimEnd().split('\t');
    const [query = '', document = '', score = ''] = columns;
    const grade = Number(score);
    const isWhole = columns.length === 3 && columns.every((column) => column.trim() !== '');
    // The first line may name the columns; a grade there is a judgement already.
    if (index === 0 && isWhole && !Number.isFinite(grade)) return;
    if (!isWhole || !Number.isFinite(grade)) {
      throw malformed(path, index + 1, 'is not query-id, corpus-id and a number, separated by tabs');
    }
    const ofQuery = judgements.get(query) ?? new Map<string, number>();
    const known = ofQuery.get(document);
    if (known !== undefined && known !== grade) {
      throw malformed(
        path,
        index + 1,
        `grades ${JSON.stringify(document)} for ${JSON.stringify(query)} ${grade}, a line before it ${known}`,
      );
    }
    ofQuery.set(document, grade);
    judgements.set(query, ofQuery);
  });
  return { judgements, content };
}

/** With the file as it was read, for its hash. */
interface Read {
  readonly content: string;
}

interface ParsedLine<T> {
  readonly line: number;
  readonly value: T;
}

function parseLines<T>(path: string, content: string, schema: z.ZodType<T>): readonly ParsedLine<T>[] {
  const parsed: ParsedLine<T>[] = [];
  content.split('\n').forEach((text, index) => {
    if (text.trim() === '') return;
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      throw malformed(path, index + 1, 'is not valid JSON');
    }
    const result = schema.safeParse(json);
    if (!result.success) {
      const [issue] = result.error.issues;
      throw malformed(
        path,
        index + 1,
        issue === undefined || issue.path.length === 0
          ? 'is no JSON object'
          : `has an invalid \`${issue.path.join('.')}\`: ${issue.message}`,
      );
    }
    parsed.push({ line: index + 1, value: result.data });
  });
  if (parsed.length === 0) throw malformed(path, 1, 'holds nothing');
  return parsed;
}

function refuseDuplicates<T>(
  path: string,
  lines: readonly ParsedLine<T>[],
  idOf: (line: ParsedLine<T>) => string,
): void {
  const seen = new Set<string>();
  for (const line of lines) {
    const id = idOf(line);
    if (seen.has(id)) throw malformed(path, line.line, `repeats the id ${JSON.stringify(id)}`);
    seen.add(id);
  }
}

function malformed(path: string, line: number, problem: string): PerseaError {
  return new PerseaError('dataset-invalid', `${path}:${line} ${problem}.`, { details: { path, line } });
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function readText(path: string): Promise<string> {
  let problem = 'could not be read';
  try {
    const bytes = await readFile(path);
    problem = 'is not UTF-8 text';
    // Editors and spreadsheets on Windows write a byte order mark, which the decoder takes off.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (thrown) {
    throw new PerseaError('dataset-invalid', `${path} ${problem}.`, { details: { path }, cause: thrown });
  }
}

function hashOf(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
