/** JSON, JSON Lines and notebooks: records as tables or sections, what is nested under its key as a heading. */
import { parseDocument } from 'yaml';
import type { ParsedDocument, Warning } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { decodeText } from './decode.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { markdownBlocks } from './markdown.ts';
import { parsedDocument } from './parsed-document.ts';
import { pipeTable } from './pipe-table.ts';
import { TextBuilder } from './text-builder.ts';

export const jsonLoader: Loader = {
  name: 'json',
  mediaTypes: ['application/json', 'application/x-ndjson', 'application/x-ipynb+json'],
  async load(input) {
    return loadJson(input);
  },
};

/** Numbers that a double cannot hold come as the text that stands in the file. */
type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

/** Deeper structure is shown as it is written. */
const maxDepth = 40;
const maxColumns = 30;
/** Longer values do not belong into a table's cell. */
const maxCellLength = 160;
/** A file of which more lines are broken than sound is no JSON Lines. */
const maxBrokenLines = 1_000;
const titleKeys = ['title', 'name', 'label', 'subject', 'id', '_id', 'key'];

async function loadJson(input: LoaderInput): Promise<ParsedDocument> {
  const { fileName, mediaType } = input;
  const decoded = decodeText(input.bytes, fileName);
  const builder = new TextBuilder();
  const warnings: Warning[] = [...decoded.warnings];
  let title: string | null = null;
  if (mediaType === 'application/x-ndjson') {
    const { records, broken } = parseLines(decoded.text, fileName);
    addValue(builder, records, 1);
    if (broken > 0) {
      warnings.push({
        code: 'lines-skipped',
        count: broken,
        message: `${broken} lines of ${fileName} are no JSON, left out.`,
      });
    }
  } else {
    const value = parseJson(decoded.text, fileName);
    if (mediaType === 'application/x-ipynb+json' && isObject(value)) await addNotebook(builder, value);
    else addValue(builder, value, 1);
    if (isObject(value)) title = titleOf(value);
  }
  const heading = builder.blocks.find((block) => block.kind === 'heading' && block.level === 1)?.title ?? null;
  return parsedDocument({
    title: title ?? (mediaType === 'application/x-ipynb+json' ? heading : null) ?? fileName,
    mediaType,
    body: builder,
    warnings,
  });
}

function parseJson(text: string, fileName: string): Json {
  try {
    return parseExactly(text);
  } catch (thrown) {
    if (thrown instanceof RangeError) {
      throw new PerseaError('archive-unsafe', `Parsed ${fileName} as JSON: it is nested too deep. Flatten it.`, {
        cause: thrown,
      });
    }
    const line = lineOfMistake(text);
    const place = line === null ? '' : ` in line ${line}`;
    throw new PerseaError('document-damaged', `Parsed ${fileName} as JSON: it is broken${place}. Correct it.`, {
      cause: thrown,
    });
  }
}

/** JSON is YAML, whose parser always says where it stopped; it is slow, so it looks at no large file. */
function lineOfMistake(text: string): number | null {
  if (text.length > 1_000_000) return null;
  return parseDocument(text, { logLevel: 'silent', schema: 'json' }).errors[0]?.linePos?.[0].line ?? null;
}

/** The language's own parser knows the source of each number, its types do not yet. */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: Json, context: { readonly source?: string }) => Json,
) => Json;

function parseExactly(text: string): Json {
  return parseWithSource(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? source : value,
  );
}

function parseLines(text: string, fileName: string): { readonly records: readonly Json[]; readonly broken: number } {
  const records: Json[] = [];
  let broken = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    try {
      records.push(parseExactly(line));
    } catch {
      broken += 1;
      if (broken >= maxBrokenLines && broken > records.length) break;
    }
  }
  if (records.length === 0 || (broken >= maxBrokenLines && broken > records.length)) {
    throw new PerseaError(
      'document-damaged',
      `Parsed ${fileName} as JSON Lines: most of its lines are no JSON. Correct it.`,
    );
  }
  return { records, broken };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: Json): value is null | boolean | number | string {
  return typeof value !== 'object' || value === null;
}

function scalarText(value: null | boolean | number | string): string {
  return value === null ? '' : String(value);
}

function titleOf(value: JsonObject): string | null {
  for (const key of titleKeys) {
    const candidate = value[key];
    if (typeof candidate === 'string' && candidate.trim() !== '' && candidate.length <= 120) return candidate.trim();
  }
  return null;
}

function addValue(builder: TextBuilder, value: Json, level: number): void {
  if (level > maxDepth) builder.add('paragraph', JSON.stringify(value));
  else if (isScalar(value)) builder.add('paragraph', scalarText(value));
  else if (isObject(value)) addObject(builder, value, level);
  else addArray(builder, value, level);
}

/** Short values as lines of one paragraph, long ones as paragraphs under their key, nested ones as sections. */
function addObject(builder: TextBuilder, value: JsonObject, level: number): void {
  const lines: string[] = [];
  const flush = () => {
    builder.add('paragraph', lines.join('\n'));
    lines.length = 0;
  };
  for (const [key, entry] of Object.entries(value)) {
    if (isScalar(entry)) {
      const text = scalarText(entry);
      if (text.length <= maxCellLength && !text.includes('\n')) {
        if (text !== '') lines.push(`${key}: ${text}`);
        continue;
      }
      flush();
      builder.add('paragraph', `${key}: ${text}`);
    } else if (Array.isArray(entry) && entry.every(isScalar)) {
      const texts = entry.map(scalarText);
      const line = `${key}: ${texts.join(', ')}`;
      if (line.length <= 2 * maxCellLength) lines.push(line);
      else {
        flush();
        builder.add('heading', key, { level });
        addValue(builder, entry, level + 1);
      }
    } else {
      flush();
      builder.add('heading', key, { level });
      addValue(builder, entry, level + 1);
    }
  }
  flush();
}

function addArray(builder: TextBuilder, values: readonly Json[], level: number): void {
  if (values.every(isScalar)) {
    builder.add('list', values.map((value) => `- ${scalarText(value).replace(/\s+/g, ' ')}`).join('\n'));
    return;
  }
  const rows = tableOf(values);
  if (rows !== null) {
    const table = pipeTable(rows, { hasHeader: true });
    builder.add('table', table.text, { headerLength: table.headerLength });
    return;
  }
  for (const [index, value] of values.entries()) {
    const title = isObject(value) ? titleOf(value) : null;
    builder.add('heading', title ?? `Item ${index + 1}`, { level });
    addValue(builder, value, level + 1);
  }
}

/** Null where the values are no records of about the same short fields. */
function tableOf(values: readonly Json[]): readonly (readonly string[])[] | null {
  const columns = new Set<string>();
  let cells = 0;
  for (const value of values) {
    if (!isObject(value)) return null;
    for (const [key, entry] of Object.entries(value)) {
      if (!isScalar(entry) || scalarText(entry).length > maxCellLength) return null;
      columns.add(key);
      cells += 1;
    }
  }
  const isSparse = cells < values.length * columns.size * 0.5;
  if (values.length < 2 || columns.size === 0 || columns.size > maxColumns || isSparse) return null;
  const names = [...columns];
  const cellOf = (value: Json, name: string) => scalarText(((value as JsonObject)[name] ?? null) as string | null);
  return [names, ...values.map((value) => names.map((name) => cellOf(value, name)))];
}

/** Jupyter: text cells are Markdown, code cells code, and of their results what is text. */
async function addNotebook(builder: TextBuilder, notebook: JsonObject): Promise<void> {
  const cells = Array.isArray(notebook.cells) ? (notebook.cells as readonly Json[]) : [];
  for (const cell of cells) {
    if (!isObject(cell)) continue;
    const source = linesOf(cell.source);
    if (cell.cell_type === 'markdown') builder.append(await markdownBlocks(source));
    else builder.add(cell.cell_type === 'code' ? 'code' : 'paragraph', source);
    for (const output of Array.isArray(cell.outputs) ? (cell.outputs as readonly Json[]) : []) {
      if (!isObject(output)) continue;
      const data = isObject(output.data) ? output.data['text/plain'] : undefined;
      builder.add('code', linesOf(output.text ?? data));
    }
  }
}

function linesOf(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.filter((line) => typeof line === 'string').join('') : '';
}
