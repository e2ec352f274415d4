/** The shown part of an answer as it grows. Text, claims and citations are added together, so that they never disagree. */
import type { Citation, Claim } from '../core/answer.ts';
import { escapeMarkers } from '../core/markers.ts';
import { plainText } from '../core/readable.ts';
import { CitationList } from './citations.ts';
import type { SupportingSpan } from './candidates.ts';
import type { ClaimCheck } from './verify.ts';

/** As src/guard/output.ts makes it. */
export interface SentenceGuard {
  /** A sentence as it may be shown; null where it must not be. */
  sentence(text: string): string | null;
  /** One that no source supports, with nothing in it but words. */
  plain(text: string): string;
  /** What may stand of `addition` between `before` and `suffix`; null for nothing. */
  joined(before: string, addition: string, suffix: string): string | null;
}

/** A sentence with its markers, white space before it included: released texts, joined, are the answer's text. */
export interface ReleasedSentence {
  readonly text: string;
  readonly claim: Claim;
  /** Citations that this sentence is the first to use. */
  readonly newCitations: readonly Citation[];
}

/** The names of a table's columns with the rule below them; the rows of one table share it. */
export interface TableHead {
  readonly text: string;
}

/** Stands for the markers of a sentence before they are known. */
const anyMarker = ' [1]';
const unsupportedNote = ' (not supported by the sources)';

export class AnswerText {
  readonly #guard: SentenceGuard | undefined;
  readonly #citations = new CitationList();
  readonly #claims: Claim[] = [];
  #text = '';
  #separator = '';
  /** Of the table that the text ends with. */
  #table: TableHead | undefined;

  constructor(guard: SentenceGuard | undefined) {
    this.#guard = guard;
  }

  get text(): string {
    return this.#text;
  }

  get claims(): readonly Claim[] {
    return this.#claims;
  }

  get citations(): readonly Citation[] {
    return this.#citations.all;
  }

  cites(span: SupportingSpan): boolean {
    return this.#citations.has(span);
  }

  /** Before a sentence that is not shown. */
  leaveOut(separator: string): void {
    this.#separator = longerBreak(this.#separator, separator);
  }

  /**
   * @param check null for what no source supports
   * @param table for a row that stands in one
   * @returns null where the guard lets nothing of it through
   */
  add(sentence: string, separator: string, check: ClaimCheck | null, table?: TableHead): ReleasedSentence | null {
    this.leaveOut(separator);
    const before = this.#text === '' ? '' : this.#breakBefore(table);
    this.#separator = '';
    const guard = this.#guard;
    const shown = check === null && guard !== undefined ? guard.plain(sentence) : sentence;
    const head = table === undefined || table === this.#table ? '' : `${table.text}\n`;
    // In the last cell, for what stands behind a row no program shows.
    const closing = table === undefined ? '' : ' |';
    const open = table === undefined ? shown : shown.replace(/\s*\|$/, '');
    const addition = before + escapeMarkers(head + open);
    const suffix = (check === null ? unsupportedNote : anyMarker) + closing;
    const safe = guard === undefined ? addition : guard.joined(this.#text, addition, suffix);
    if (safe === null) return null;
    const cited = (check?.spans ?? []).map((span) => this.#citations.cite(span, check?.support ?? 'none'));
    const markers = [...new Set(cited.map(({ citation }) => citation.marker))].sort((a, b) => a - b);
    const claim: Claim = { text: plainText(sentence), citations: markers, support: check?.support ?? 'none' };
    const text = safe + (check === null ? unsupportedNote : ` ${markers.map((n) => `[${n}]`).join('')}`) + closing;
    this.#text += text;
    this.#table = table;
    this.#claims.push(claim);
    const newCitations = cited.filter(({ isNew }) => isNew).map(({ citation }) => citation);
    return { text, claim, newCitations };
  }

  /** A table begins a paragraph, and goes on without a gap. */
  #breakBefore(table: TableHead | undefined): string {
    if (table !== undefined) return table === this.#table ? '\n' : '\n\n';
    if (this.#table !== undefined) return '\n\n';
    return this.#separator === '' ? ' ' : this.#separator;
  }
}

/** Of the white space around sentences that were left out, the strongest break stays. */
export function longerBreak(a: string, b: string): string {
  const lines = (text: string) => text.split('\n').length;
  return lines(b) > lines(a) || (a === '' && b !== '') ? b : a;
}
