/** What a run did, counted as it is told to whoever watches. */
import type { Warning } from '../src/core/document.ts';
import type {
  FormatSummary,
  IngestEvent,
  IngestPlan,
  IngestProblem,
  IngestReport,
  IngestWarning,
  ProblemSummary,
} from '../src/core/ingestor.ts';
import { remedyOf } from '../src/core/warning-remedies.ts';

export type Outcome = 'added' | 'updated' | 'moved' | 'relabelled' | 'unchanged' | 'removed';

/** Of a folder full of odd files each one warns: the first are kept whole, all are counted. */
const maxWarnings = 10_000;
const maxPlanned = 1_000;
const namedFiles = 5;

interface ProblemCount {
  readonly kind: ProblemSummary['kind'];
  count: number;
  documents: number;
  readonly uris: string[];
}

export class IngestTally {
  readonly #onEvent: ((event: IngestEvent) => void) | undefined;
  readonly #counts: Record<Outcome, number> = {
    added: 0,
    updated: 0,
    moved: 0,
    relabelled: 0,
    unchanged: 0,
    removed: 0,
  };
  readonly #planned: Record<Outcome, string[]> = {
    added: [],
    updated: [],
    moved: [],
    relabelled: [],
    unchanged: [],
    removed: [],
  };
  readonly #quarantined: IngestProblem[] = [];
  readonly #warnings: IngestWarning[] = [];
  readonly #problems = new Map<string, ProblemCount>();
  readonly #formats = new Map<string, { documents: number; chunks: number }>();
  #attachments = 0;
  #chunks = 0;

  constructor(onEvent: ((event: IngestEvent) => void) | undefined) {
    this.#onEvent = onEvent;
  }

  /** Each scanned file is counted once. */
  count(uri: string, outcome: Outcome, facts: { chunks?: number; tokens?: number; bytes?: number } = {}): void {
    this.#counts[outcome] += 1;
    const planned = this.#planned[outcome];
    if (outcome !== 'unchanged' && planned.length < maxPlanned) planned.push(uri);
    this.emit({ type: 'document-end', uri, outcome, chunks: 0, tokens: 0, ...facts });
  }

  quarantine({ uri, code, message }: IngestProblem, bytes?: number): void {
    const remedy = remedyOf(code);
    const problem = { uri, code, message, ...(remedy === undefined ? {} : { remedy }) };
    this.#quarantined.push(problem);
    this.#addProblem('quarantined', code, uri, 1);
    const size = bytes === undefined ? {} : { bytes };
    this.emit({ type: 'document-end', outcome: 'quarantined', chunks: 0, tokens: 0, ...size, ...problem });
  }

  warn(warning: Warning & { readonly uri?: string }): void {
    if (this.#warnings.length < maxWarnings) this.#warnings.push(warning);
    this.#addProblem('warning', warning.code, warning.uri, warning.count ?? 1);
    this.emit({ type: 'warning', ...warning });
  }

  /** A document was parsed and written. */
  addDocument(mediaType: string, chunks: number): void {
    const format = this.#formats.get(mediaType) ?? { documents: 0, chunks: 0 };
    this.#formats.set(mediaType, { documents: format.documents + 1, chunks: format.chunks + chunks });
    this.#chunks += chunks;
  }

  addAttachment(): void {
    this.#attachments += 1;
  }

  addChunks(count: number): void {
    this.#chunks += count;
  }

  emit(event: IngestEvent): void {
    this.#onEvent?.(event);
  }

  report(tokens: number, seconds: number): IngestReport {
    return {
      ...this.#counts,
      attachments: this.#attachments,
      quarantined: this.#quarantined,
      chunks: this.#chunks,
      tokens,
      seconds,
      warnings: this.#warnings,
      byFormat: this.#byFormat(),
      byProblem: this.#byProblem(),
    };
  }

  /** What a dry run found out; its lists are bounded, the counts of the report are not. */
  plan(): IngestPlan {
    const { added, updated, moved, relabelled, removed } = this.#planned;
    const refused = this.#quarantined.slice(0, maxPlanned).map(({ uri, code }) => ({ uri, code }));
    return { added, changed: updated, moved, relabelled, removed, refused };
  }

  #addProblem(kind: ProblemCount['kind'], code: string, uri: string | undefined, count: number): void {
    const key = `${kind}:${code}`;
    const problem = this.#problems.get(key) ?? { kind, count: 0, documents: 0, uris: [] };
    problem.count += count;
    if (uri !== undefined) problem.documents += 1;
    if (uri !== undefined && problem.uris.length < namedFiles) problem.uris.push(uri);
    this.#problems.set(key, problem);
  }

  #byFormat(): readonly FormatSummary[] {
    const formats = [...this.#formats].map(([mediaType, counts]) => ({ mediaType, ...counts }));
    return formats.sort((a, b) => b.documents - a.documents || a.mediaType.localeCompare(b.mediaType, 'en'));
  }

  /** What kept documents out comes first. */
  #byProblem(): readonly ProblemSummary[] {
    const problems = [...this.#problems].map(([key, { kind, count, documents, uris }]): ProblemSummary => {
      const code = key.slice(kind.length + 1);
      const remedy = remedyOf(code);
      return { code, kind, count, documents, ...(remedy === undefined ? {} : { remedy }), uris };
    });
    const rank = ({ kind }: ProblemSummary) => (kind === 'quarantined' ? 0 : 1);
    return problems.sort(
      (a, b) => rank(a) - rank(b) || b.documents - a.documents || a.code.localeCompare(b.code, 'en'),
    );
  }
}
