/** What a run did, counted as it is told to whoever watches. */
import type { Warning } from '../src/core/document.ts';
import type { IngestEvent, IngestProblem, IngestReport } from '../src/core/ingestor.ts';

export type Outcome = 'added' | 'updated' | 'moved' | 'relabelled' | 'unchanged' | 'removed';

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
  readonly #quarantined: IngestProblem[] = [];
  readonly #warnings: (Warning & { readonly uri?: string })[] = [];
  #attachments = 0;
  #chunks = 0;

  constructor(onEvent: ((event: IngestEvent) => void) | undefined) {
    this.#onEvent = onEvent;
  }

  /** Each scanned file is counted once. */
  count(uri: string, outcome: Outcome, chunks = 0, tokens = 0): void {
    this.#counts[outcome] += 1;
    this.emit({ type: 'document-end', uri, outcome, chunks, tokens });
  }

  quarantine(problem: IngestProblem): void {
    this.#quarantined.push(problem);
    this.emit({ type: 'document-end', outcome: 'quarantined', chunks: 0, tokens: 0, ...problem });
  }

  warn(warning: Warning & { readonly uri?: string }): void {
    this.#warnings.push(warning);
    this.emit({ type: 'warning', ...warning });
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
    };
  }
}
