/**
 * YAML front matter of Markdown. It may state access rights, so a front matter that cannot be read is refused rather than
 * ignored as soon as it may speak of access: ignoring it could show the document to more people than its author allowed.
 */
import { parseDocument } from 'yaml';
import type { DocumentProperties, Warning } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { documentNamed, statusNamed } from '../in-force.ts';

export interface FrontMatter {
  readonly values: Readonly<Record<string, unknown>> | null;
  readonly warnings: readonly Warning[];
}

const mentionsAccess = /\b(?:access|any_?of|all_?of)\b/i;
/** An alias can multiply its anchor; real front matter hardly uses any. */
const maxAliasCount = 20;

export function parseFrontMatter(source: string, fileName: string): FrontMatter {
  const document = parseDocument(source, { logLevel: 'silent' });
  const problem = document.errors[0];
  let values: unknown;
  let cause: unknown = problem;
  if (problem === undefined) {
    try {
      values = document.toJS({ maxAliasCount });
    } catch (thrown) {
      cause = thrown;
    }
  }
  if (cause !== undefined) {
    if (mentionsAccess.test(source)) throw unreadable(fileName, problem?.linePos?.[0].line ?? null, cause);
    return {
      values: readLines(source),
      warnings: [
        {
          code: 'front-matter-invalid',
          message: `The front matter of ${fileName} is no valid YAML; only its plain \`key: value\` lines were read.`,
        },
      ],
    };
  }
  if (!isRecord(values)) {
    if (mentionsAccess.test(source)) throw unreadable(fileName, null, undefined);
    return { values: null, warnings: [] };
  }
  return { values, warnings: [] };
}

/** A front matter that is opened and never closed, or begins in a way that is not read, would leave its rights unread and stand in the text. */
export function refuseUnreadFrontMatter(text: string, fileName: string): void {
  const head = text.split('\n', 60).join('\n');
  if (!/^[\s{]*["']?access["']?\s*[:=]/im.test(head)) return;
  const isOpen = /^(?:---|\+\+\+)[^\S\n]*\n/.test(head);
  if (isOpen || (likeFrontMatter.test(head) && /\b(?:anyOf|allOf|classification)\b/i.test(head))) {
    throw unreadable(fileName, 1, undefined);
  }
}

/** After spaces or invisible characters, with a language, of more characters or of other ones. */
const likeFrontMatter = /^[\s\p{Cf}]*(?:-{3,}|\+{3,}|;{3,})[^\S\n]*(?:ya?ml|json|toml)?[^\S\n]*\n/iu;

export function unreadable(fileName: string, line: number | null, cause: unknown): PerseaError {
  const place = line === null ? '' : ` (line ${line + 1} of the file)`;
  return new PerseaError(
    'front-matter-invalid',
    `Read the front matter of ${fileName}, which speaks of access: it is no valid YAML mapping${place}. ` +
      'Correct it, so that nobody sees more than its author allowed.',
    { cause },
  );
}

export function propertiesOf(values: Readonly<Record<string, unknown>> | null): DocumentProperties {
  if (values === null) return {};
  const author = asText(values.author ?? values.authors);
  const date = asDate(
    firstOf(values, [
      'date',
      'updated',
      'last_updated',
      'modified',
      'effective',
      'effective-date',
      'effective_date',
      'effectiveDate',
    ]),
  );
  const language = asText(values.language ?? values.lang);
  const owner = asText(values.owner ?? values.owners ?? values.maintainer);
  const url = asText(values.url ?? values.canonical_url ?? values.source_url);
  const supersedes = asText(values.supersedes ?? values.replaces);
  const supersededBy = asText(
    firstOf(values, ['superseded-by', 'superseded_by', 'supersededBy', 'replaced-by', 'replaced_by', 'replacedBy']),
  );
  const validUntil = asDate(firstOf(values, ['valid-until', 'valid_until', 'validUntil', 'expires']))?.slice(0, 10);
  return {
    ...(author === null ? {} : { author }),
    ...(date === null ? {} : { date }),
    ...(language === null ? {} : { language }),
    ...(owner === null ? {} : { owner }),
    ...(url === null ? {} : { url }),
    ...(supersedes === null ? {} : { supersedes: documentNamed(supersedes) }),
    ...(supersededBy === null ? {} : { supersededBy: documentNamed(supersededBy) }),
    ...statusNamed(asText(values.status) ?? ''),
    ...(validUntil === undefined ? {} : { validUntil }),
  };
}

function firstOf(values: Readonly<Record<string, unknown>>, keys: readonly string[]): unknown {
  return keys.map((key) => values[key]).find((value) => value !== undefined && value !== null);
}

export function asText(value: unknown): string | null {
  if (typeof value === 'string') return value.trim() === '' ? null : value.trim().normalize('NFC');
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) {
    const parts = value.map(asText).filter((part) => part !== null);
    return parts.length === 0 ? null : parts.join(', ');
  }
  return null;
}

/** ISO 8601 or null; a date keeps its day whatever the time zone of this machine. */
export function asDate(value: unknown): string | null {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  const text = asText(value);
  if (text === null) return null;
  const iso = /^(\d{4}-\d{2}-\d{2})(?:$|[T ])/.exec(text);
  if (iso?.[1] !== undefined && text.length === 10) return Number.isNaN(Date.parse(text)) ? null : text;
  const milliseconds = Date.parse(text);
  return /\d{4}/.test(text) && !Number.isNaN(milliseconds) ? new Date(milliseconds).toISOString() : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readLines(source: string): Readonly<Record<string, unknown>> {
  const values: [string, string][] = [];
  for (const line of source.split('\n')) {
    const match = /^([A-Za-z_][\w-]*):\s*(.+)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined)
      values.push([match[1], match[2].replace(/^(["'])(.*)\1$/, '$2')]);
  }
  return Object.fromEntries(values);
}
