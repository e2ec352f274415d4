/**
 * Reads a YAML file that people write against a strict schema. Every problem is reported with file, line and column, all
 * of them at once; values are never repeated in messages, because a secret may stand in the wrong place.
 */
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import type { ErrorCode } from './error-codes.ts';
import { PerseaError } from './errors.ts';

export interface YamlText {
  /** As it shall stand in messages. */
  readonly path: string;
  readonly text: string;
  readonly code: Extract<ErrorCode, 'config-invalid' | 'access-invalid'>;
}

/** One place that is wrong; `key` names a key of the mapping at `path`, whose own position is meant. */
interface Problem {
  readonly path: readonly PropertyKey[];
  readonly key?: string;
  readonly message: string;
}

/** A mapping that refuses keys it does not know, and says which it knows. */
export function strictMapping<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? `known here: ${known}` : undefined),
  });
}

const maxTextLength = 2_000_000;
const maxProblemsShown = 10;

/** The checked value, defaults filled in. An empty file counts as an empty mapping. */
export function parseYaml<Schema extends z.ZodType>(file: YamlText, schema: Schema): z.output<Schema> {
  if (file.text.length > maxTextLength) {
    throw new PerseaError(file.code, `Read ${file.path}: it has more than ${maxTextLength} characters.`);
  }
  const lines = new LineCounter();
  const document = parseDocument(file.text, {
    lineCounter: lines,
    prettyErrors: false,
    // The parser's own check compares each key with all others: 20,000 people took it 18 s. `unclearKeys` does it.
    uniqueKeys: false,
  });
  const fail = (problems: readonly (readonly [offset: number, message: string])[]): never => {
    throw invalidFile(
      file,
      problems.map(([offset, message]) => ({ ...lines.linePos(offset), message })),
    );
  };

  // A warning is a tag that the parser does not know: what was meant is not what would be read.
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) fail(broken.map((error) => [error.pos[0], firstLine(error.message)]));
  const unclear = unclearKeys(document);
  const result = schema.safeParse(plainValue(document, (message) => fail([[0, message]])));
  if (result.success && unclear.length === 0) return result.data;
  const problems = result.error?.issues.flatMap((issue) => problemsOf(issue, document)) ?? [];
  return fail([...unclear, ...problems.map((problem) => [offsetOf(document, problem), sentenceOf(problem)] as const)]);
}

function plainValue(document: Document, fail: (message: string) => never): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    return fail('it repeats aliases too often');
  }
}

/**
 * Keys that stand twice, keys that would be read as another name than the one written (`007` as `7`), and the one name that
 * objects reserve.
 */
function unclearKeys(document: Document): (readonly [number, string])[] {
  const found: (readonly [number, string])[] = [];
  visit(document, {
    Map(_, map) {
      const names = new Set<string>();
      for (const { key } of map.items) {
        const problem = problemOfKey(key, names);
        if (problem !== undefined) found.push([rangeStart(key), problem]);
        if (isScalar(key)) names.add(String(key.value));
      }
    },
  });
  return found;
}

function problemOfKey(key: unknown, earlier: ReadonlySet<string>): string | undefined {
  if (!isScalar(key)) return 'a key must be a plain name';
  const name = String(key.value);
  if (earlier.has(name)) return `the key "${name}" stands here twice`;
  if (name === '__proto__') return 'unknown key "__proto__"';
  if (typeof key.value !== 'string' && key.source !== name)
    return 'this key would be read as another name; put it in quotes';
  return undefined;
}

function problemsOf(issue: z.core.$ZodIssue, document: Document): readonly Problem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = /known here: .*/.exec(issue.message)?.[0];
    return issue.keys.map((key) => ({
      path: issue.path,
      key,
      message: `unknown key "${key}"${known === undefined ? '' : `; ${known}`}`,
    }));
  }
  // What is wrong with the key of a record stands at the key, not at its value.
  if (issue.code === 'invalid_key') {
    const key = issue.path.at(-1);
    return [{ path: issue.path.slice(0, -1), key: String(key), message: issue.issues[0]?.message ?? issue.message }];
  }
  const expected = issue.message.replace(/^Invalid (?:input|option): /, '') + unitHint(issue);
  const isMissing = issue.code !== 'custom' && !document.hasIn(issue.path);
  return [
    {
      path: issue.path,
      message: isMissing ? `is missing: ${expected.replace(/, received undefined$/, '')}` : expected,
    },
  ];
}

const units: readonly (readonly [RegExp, string])[] = [
  [/Ms$/, 'a number of milliseconds, such as 30000 for 30 seconds'],
  [/Bytes$/, 'a number of bytes, such as 10485760 for 10 MB'],
  [/Minutes$/, 'a number of minutes'],
  [/Days$/, 'a number of days'],
  [/Tokens$/, 'a number of tokens, such as 32000'],
];

/** `30s` and `50MB` are easily written where the unit stands in the name of the key. */
function unitHint(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type' || (issue.expected !== 'number' && issue.expected !== 'int')) return '';
  const key = String(issue.path.at(-1));
  const unit = units.find(([pattern]) => pattern.test(key))?.[1];
  return `; write ${unit ?? 'a number'}, without a unit and without quotes`;
}

function sentenceOf({ path, message }: Problem): string {
  const place = path.map((part, index) =>
    typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`,
  );
  return place.length === 0 ? message : `${place.join('')}: ${message}`;
}

/** Where the value at the path starts; for a value that is missing, where the innermost mapping around it starts. */
function offsetOf(document: Document, problem: Problem): number {
  let node: unknown = document.contents;
  let offset = rangeStart(node);
  for (const part of problem.path) {
    const step = stepInto(node, part);
    if (step === undefined) return offset;
    node = step.value;
    // An empty value has no place of its own worth pointing at.
    offset = isScalar(node) && node.value === null ? rangeStart(step.key) : rangeStart(node ?? step.key);
  }
  if (problem.key === undefined) return offset;
  const step = stepInto(node, problem.key);
  return step === undefined ? offset : rangeStart(step.key);
}

function stepInto(node: unknown, part: PropertyKey): { readonly key: unknown; readonly value: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
    return pair === undefined ? undefined : { key: pair.key, value: pair.value };
  }
  if (isSeq(node) && typeof part === 'number') {
    const item = node.items[part];
    return item === undefined ? undefined : { key: item, value: item };
  }
  return undefined;
}

function rangeStart(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}

interface PlacedProblem {
  readonly line: number;
  readonly col: number;
  readonly message: string;
}

function invalidFile({ path, code }: YamlText, problems: readonly PlacedProblem[]): PerseaError {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.col - b.col);
  const shown = sorted.slice(0, maxProblemsShown).map(({ line, col, message }) => `${path}:${line}:${col}: ${message}`);
  const rest = sorted.length - shown.length;
  const what = sorted.length === 1 ? 'one problem' : `${sorted.length} problems`;
  return new PerseaError(
    code,
    `Read ${path} and found ${what}; correct the file.\n${shown.join('\n')}${rest > 0 ? `\nand ${rest} more` : ''}`,
    { details: { path, problems: sorted.slice(0, maxProblemsShown) } },
  );
}
