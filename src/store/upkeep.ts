/** When the writing process keeps its table up: indexes after the first rows, the tail in the middle of a long ingest, the rest when asked. */
import type { Table } from '@lancedb/lancedb';
import type { Clock } from '../core/async.ts';
import type { PerseaError } from '../core/errors.ts';
import { toStoreError } from './engine-error.ts';
import {
  createMissingIndexes,
  createVectorIndex,
  isCrowded,
  type MaintenancePolicy,
  optimizeTable,
} from './maintenance.ts';
import type { RowLayout } from './rows.ts';
import { tableFiles } from './table-files.ts';

export interface TableUpkeepOptions {
  readonly layout: RowLayout;
  readonly policy: MaintenancePolicy;
  readonly clock: Clock;
  readonly tableFolder: string;
  readonly onFailure: (error: PerseaError) => void;
}

export class TableUpkeep {
  readonly #options: TableUpkeepOptions;
  #hasCheckedIndexes = false;
  /** Rows that this process wrote since the indexes last took rows in. */
  #rowsSinceOptimize = 0;
  /** When the indexes may take rows in again in the middle of an ingest. */
  #nextTakeInAt = 0;
  /** Goes on beside writing; whoever compacts or prunes waits for it. */
  #training: Promise<void> | null = null;

  constructor(options: TableUpkeepOptions) {
    this.#options = options;
  }

  /** The rows are written: an index that is not up to date must not make the document fail that they belong to. */
  async afterWrite(table: Table, rowCount: number): Promise<void> {
    this.#rowsSinceOptimize += rowCount;
    try {
      await this.#ensureIndexes(table);
      await this.#takeInTail(table);
    } catch (thrown) {
      // Not again with the very next write.
      this.#rowsSinceOptimize = 0;
      this.#options.onFailure(toStoreError(thrown, 'be optimized'));
    }
  }

  /** Ends when the index of the vectors is being made, if it has to be; see `trained`. */
  async optimize(table: Table, onlyOverdue: boolean): Promise<void> {
    // A failure was heard of by whoever asked for that one.
    await this.trained().catch(() => undefined);
    const { layout, policy, clock, tableFolder } = this.#options;
    const files = await tableFiles(tableFolder);
    const mayTrain = await optimizeTable(table, policy, clock, {
      onlyOverdue,
      isCrowded: isCrowded(files, (await table.stats()).totalBytes, policy, clock.now()),
    });
    this.#rowsSinceOptimize = 0;
    if (!mayTrain) return;
    const training = createVectorIndex(table, layout, policy, clock);
    this.#training = training;
    // Whoever waits for it hears of a failure.
    training.catch(() => undefined);
  }

  /** Resolves when no index is being made, and rejects where the last one could not be. */
  async trained(): Promise<void> {
    const training = this.#training;
    try {
      await training;
    } finally {
      if (this.#training === training) this.#training = null;
    }
  }

  /** The table is gone; the next one has no indexes. */
  startAnew(): void {
    this.#hasCheckedIndexes = false;
    this.#rowsSinceOptimize = 0;
  }

  /** Once per process after the first rows: later ones are searched even before an index knows them. */
  async #ensureIndexes(table: Table): Promise<void> {
    if (this.#hasCheckedIndexes) return;
    await createMissingIndexes(table, this.#options.clock);
    this.#hasCheckedIndexes = (await table.countRows()) > 0;
  }

  /** Words of rows that no index knows are searched one by one; a long ingest would make every question slow. */
  async #takeInTail(table: Table): Promise<void> {
    const { policy, clock } = this.#options;
    if (this.#rowsSinceOptimize <= policy.tailRows) return;
    const startedAt = clock.now();
    if (startedAt < this.#nextTakeInAt || this.#training !== null) return;
    if (this.#rowsSinceOptimize <= policy.tailShare * (await table.countRows())) return;
    try {
      await this.optimize(table, false);
    } finally {
      const endedAt = clock.now();
      this.#nextTakeInAt = endedAt + (endedAt - startedAt) * policy.writingPerTakeIn;
    }
    this.trained().catch((thrown: unknown) => this.#options.onFailure(toStoreError(thrown, 'be optimized')));
  }
}
