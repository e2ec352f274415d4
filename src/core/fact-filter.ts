/** Narrowing a search by facts that stand beside a document's text: as people write it down, checked, and as it is carried out. */
import { dayMs } from './dates.ts';
import { PerseaError } from './errors.ts';

/** As front doors take it. All that are given must hold; of several values of one, one must. */
export interface SearchFilters {
  /** Names of sources. */
  readonly source?: string | readonly string[];
  /** With what a document's uri begins, such as `handbook/hr/`. */
  readonly uriPrefix?: string;
  /** A media type, a group of them (`text/*`) or a short name such as `pdf`. */
  readonly mediaType?: string | readonly string[];
  /** BCP 47 tags; `de` also takes `de-AT`. */
  readonly language?: string | readonly string[];
  /** First and last day, as `2026-02-03`, in UTC; documents of no known date are then left out. */
  readonly since?: string;
  readonly until?: string;
}

/** Checked filters, in the terms of the catalogue. */
export interface FactFilter {
  readonly sources?: readonly string[];
  readonly uriPrefix?: string;
  /** Full media types, or the part of a group before its asterisk (`text/`). */
  readonly mediaTypes?: readonly string[];
  /** In lower case. */
  readonly languages?: readonly string[];
  /** Milliseconds since the epoch, half-open. */
  readonly fromMs?: number;
  readonly beforeMs?: number;
}

export const maxFilterValues = 50;
export const maxFilterLength = 1_000;

const office = 'application/vnd.openxmlformats-officedocument';
const openDocument = 'application/vnd.oasis.opendocument';
const shortNames: Readonly<Record<string, readonly string[]>> = {
  pdf: ['application/pdf'],
  docx: [`${office}.wordprocessingml.document`],
  xlsx: [`${office}.spreadsheetml.sheet`],
  pptx: [`${office}.presentationml.presentation`],
  odt: [`${openDocument}.text`],
  ods: [`${openDocument}.spreadsheet`],
  odp: [`${openDocument}.presentation`],
  rtf: ['application/rtf'],
  epub: ['application/epub+zip'],
  html: ['text/html'],
  md: ['text/markdown'],
  markdown: ['text/markdown'],
  txt: ['text/plain'],
  text: ['text/plain'],
  csv: ['text/csv', 'text/tab-separated-values'],
  json: ['application/json', 'application/x-ndjson'],
  xml: ['application/xml'],
  mail: ['message/rfc822', 'application/mbox'],
  code: ['text/x-source'],
  notebook: ['application/x-ipynb+json'],
  transcript: ['text/vtt', 'application/x-subrip'],
  calendar: ['text/calendar'],
};

const mediaTypePattern = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/(?:\*|[a-z0-9][a-z0-9!#$&^_.+-]{0,126})$/;
const languagePattern = /^[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,8}$/;
const dayPattern = /^\d{4}-\d{2}-\d{2}$/;

/** Undefined where nothing is narrowed. Throws `request-invalid` naming the filter and what it takes. */
export function factFilterOf(filters: SearchFilters | undefined): FactFilter | undefined {
  if (filters === undefined) return undefined;
  const { source, uriPrefix, mediaType, language, since, until, ...unknown } = filters;
  const [misspelt] = Object.keys(unknown);
  if (misspelt !== undefined) {
    throw refusal(misspelt, 'is unknown; there are source, uriPrefix, mediaType, language, since and until');
  }
  const fromMs = since === undefined ? undefined : dayStart('since', since);
  const lastMs = until === undefined ? undefined : dayStart('until', until);
  if (fromMs !== undefined && lastMs !== undefined && fromMs > lastMs) {
    throw refusal('since', `is ${since}, after until, which is ${until}`);
  }
  const filter: FactFilter = {
    ...(source === undefined ? {} : { sources: valuesOf('source', source) }),
    ...(uriPrefix === undefined ? {} : { uriPrefix: checkedText('uriPrefix', uriPrefix) }),
    ...(mediaType === undefined ? {} : { mediaTypes: valuesOf('mediaType', mediaType).flatMap(mediaTypesOf) }),
    ...(language === undefined ? {} : { languages: valuesOf('language', language).map(languageOf) }),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(lastMs === undefined ? {} : { beforeMs: lastMs + dayMs }),
  };
  return Object.keys(filter).length === 0 ? undefined : filter;
}

function valuesOf(name: string, given: string | readonly string[]): readonly string[] {
  const values = typeof given === 'string' ? [given] : given;
  if (!Array.isArray(values) || values.length === 0 || values.length > maxFilterValues) {
    throw refusal(name, `must be one value or a list of 1 to ${maxFilterValues}`);
  }
  return values.map((value) => checkedText(name, value));
}

function checkedText(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.length > maxFilterLength) {
    throw refusal(name, `must be text of 1 to ${maxFilterLength} characters`);
  }
  if (!value.isWellFormed() || /\p{Cc}/u.test(value)) {
    throw refusal(name, 'has control characters or half a character in it');
  }
  return value.normalize('NFC');
}

function mediaTypesOf(value: string): readonly string[] {
  const name = value.toLowerCase();
  const known = Object.hasOwn(shortNames, name) ? shortNames[name] : undefined;
  if (known !== undefined) return known;
  if (!mediaTypePattern.test(name)) {
    const names = Object.keys(shortNames).join(', ');
    throw refusal('mediaType', `must be a media type such as application/pdf or text/*, or one of ${names}`);
  }
  return [name.endsWith('/*') ? name.slice(0, -1) : name];
}

function languageOf(value: string): string {
  const tag = value.toLowerCase().replaceAll('_', '-');
  if (!languagePattern.test(tag)) throw refusal('language', 'must be a language tag such as de or pt-BR');
  return tag;
}

function dayStart(name: string, value: unknown): number {
  const day = typeof value === 'string' && dayPattern.test(value) ? Date.parse(value) : Number.NaN;
  // The parser turns the 31st of February into a day of March.
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== value) {
    throw refusal(name, 'must be a day such as 2026-02-03');
  }
  return day;
}

function refusal(name: string, problem: string): PerseaError {
  return new PerseaError('request-invalid', `The filter ${name.slice(0, 64)} ${problem}.`, {
    details: { field: `filters.${name.slice(0, 64)}` },
  });
}
