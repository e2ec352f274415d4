/**
 * One random history of a store, with crashes, compared with the model after each step. A crash is a store object that is left
 * behind without being closed, in the middle of an operation where there is one: its table refuses everything from then on.
 */
import { join } from 'node:path';
import type { Table } from '@lancedb/lancedb';
import { systemClock } from '../../src/core/async.ts';
import { systemScope } from '../../src/access/scope.ts';
import type { ChunkStore } from '../../src/store/chunk-store.ts';
import { openLanceChunkStore, type StoreEvent } from '../../src/store/lancedb.ts';
import { everyPartition } from '../../src/store/planner.ts';
import { tellingPlans } from '../support/lance-table.ts';
import { RandomNumbers } from '../support/random-numbers.ts';
import { compare, compareCutShort } from './compare.ts';
import { StoreModel } from './model.ts';
import { applyTo, asReplay, nextOperation, type Operation, perform, touchedBy } from './operations.ts';
import { dimensions, World } from './world.ts';

export interface HistoryReport {
  readonly leaks: string[];
  readonly differences: string[];
  /** By kind; a crash counts apart. */
  readonly operations: Map<string, number>;
  comparisons: number;
  /** Reads that were compared while indexes were being made or the table pruned. */
  duringMaintenance: number;
  readonly searches: Map<'all rows' | 'whole index' | 'parts of the index', number>;
  /** Of the nearest rows, while there was an index. */
  readonly indexed: { found: number; wanted: number };
}

/** Old versions may go at once in some histories: their clock is so far ahead. */
const aheadMs = 7_200_000;
const mutations = new Set(['add', 'delete', 'update', 'createIndex', 'dropIndex', 'optimize']);

/** Breaks before or after the next mutation but so many, and stays broken. */
interface Fuse {
  remaining: number;
  readonly isAfter: boolean;
  isBlown: boolean;
}

export async function runHistory(seed: number, steps: number, folder: string): Promise<HistoryReport> {
  const history = new History(seed, folder);
  try {
    await history.open();
    for (let step = 0; step < steps; step++) await history.step(step);
    return history.report;
  } finally {
    await history.close();
  }
}

class History {
  readonly report: HistoryReport = {
    leaks: [],
    differences: [],
    operations: new Map(),
    comparisons: 0,
    duringMaintenance: 0,
    searches: new Map(),
    indexed: { found: 0, wanted: 0 },
  };
  readonly #seed: number;
  readonly #random: RandomNumbers;
  readonly #world: World;
  readonly #folder: string;
  readonly #model = new StoreModel();
  readonly #opened: ChunkStore[] = [];
  readonly #chunkIds = new Set<string>();
  readonly #isAhead: boolean;
  #fuse: Fuse | null = null;
  #writer: ChunkStore | undefined;
  /** Stays open through all crashes, as another process would. */
  #reader: ChunkStore | undefined;
  #step = 0;
  #isIndexed = false;

  constructor(seed: number, folder: string) {
    this.#seed = seed;
    this.#random = new RandomNumbers(seed);
    this.#world = new World(this.#random);
    this.#folder = join(folder, `seed-${seed}`);
    this.#isAhead = this.#random.chance(0.4);
  }

  async open(): Promise<void> {
    this.#writer = await this.#openStore((table) => this.#fused(table));
    this.#reader = await this.#openStore((table) => tellingPlans(table, (plan) => this.#countPlan(plan)));
  }

  async close(): Promise<void> {
    for (const store of this.#opened) await store.close();
  }

  async step(number: number): Promise<void> {
    this.#step = number;
    const operation = nextOperation(this.#random, this.#world, this.#model);
    const isCrash = this.#random.chance(0.12);
    const before = new StoreModel(this.#model.rows);
    const count = (what: string) => this.report.operations.set(what, (this.report.operations.get(what) ?? 0) + 1);
    count(operation.kind);
    const { writer, reader } = this.#stores();
    const after = new StoreModel(this.#model.rows);
    applyTo(after, operation);
    for (const chunkId of after.rows.keys()) this.#chunkIds.add(chunkId);
    if (isCrash) {
      count('crash');
      await this.#crashIn(operation, before, after);
    } else if (operation.kind === 'prune' || (operation.kind === 'optimize' && !this.#isAhead)) {
      // What these do must not be noticed by those who read meanwhile, although a prune takes files away.
      const under = perform(operation, writer);
      const reads = await Promise.all([under, this.#compare(reader, false), this.#compare(reader, false)]);
      this.report.duringMaintenance += reads.length - 1;
    } else await perform(operation, writer);
    applyTo(this.#model, operation);
    const { indexes } = await this.#stores().writer.describe(systemScope('fuzz'));
    this.#isIndexed = indexes.some(({ kind }) => kind === 'IvfRq');
    await Promise.all([this.#compare(this.#stores().writer), this.#compare(reader)]);
  }

  async #crashIn(operation: Operation, before: StoreModel, after: StoreModel): Promise<void> {
    this.#fuse = { remaining: this.#random.below(5), isAfter: this.#random.chance(0.5), isBlown: false };
    await perform(operation, this.#stores().writer).catch((thrown: unknown) => {
      if (this.#fuse?.isBlown !== true) throw thrown;
    });
    this.#fuse = null;
    this.#writer = await this.#openStore((table) => this.#fused(table));
    const chunkIds = [...this.#chunkIds];
    for (const store of [this.#writer, this.#stores().reader]) {
      const isTouched = (documentId: string) => touchedBy(operation, documentId);
      const asked = { ...this.#world.person(), chunkIds };
      this.#note(await compareCutShort(store, before, after, isTouched, asked), 'crash');
    }
    await perform(asReplay(operation), this.#writer);
  }

  async #compare(store: ChunkStore, isAtRest = true): Promise<void> {
    const random = this.#random;
    const documentIds = [...new Set([...this.#model.rows.values()].map(({ documentId }) => documentId))];
    const comparison = await compare(store, this.#model, {
      ...this.#world.person(),
      isAtRest,
      question: this.#world.question(),
      limit: random.pick([1, 3, 10, 10, 25, this.#model.rows.size + 5]),
      documentId: random.pick([...documentIds, 'doc_absent']),
      chunkIds: [...this.#chunkIds],
    });
    this.report.comparisons += 1;
    this.#note(comparison, 'read');
    const { found, wanted } = comparison;
    if (this.#isIndexed) {
      this.report.indexed.found += found;
      this.report.indexed.wanted += wanted;
    } else if (found < wanted) {
      this.#note({ leaks: [], differences: [`vector: ${found} of the ${wanted} nearest rows`] }, 'read');
    }
  }

  #note(found: { readonly leaks: readonly string[]; readonly differences: readonly string[] }, where: string): void {
    const place = `seed ${this.#seed}, step ${this.#step}, ${where}`;
    this.report.leaks.push(...found.leaks.map((leak) => `${place}: ${leak}`));
    this.report.differences.push(...found.differences.map((difference) => `${place}: ${difference.slice(0, 400)}`));
  }

  #stores(): { readonly writer: ChunkStore; readonly reader: ChunkStore } {
    if (this.#writer === undefined || this.#reader === undefined) throw new Error('The history was not opened.');
    return { writer: this.#writer, reader: this.#reader };
  }

  async #openStore(wrapTable: (table: Table) => Table): Promise<ChunkStore> {
    const store = await openLanceChunkStore({
      directory: this.#folder,
      tableName: 'chunks',
      dimensions,
      ...this.#world.settings(),
      wrapTable,
      onEvent: (event) => this.#judge(event),
      clock: { ...systemClock, now: () => Date.now() + (this.#isAhead ? aheadMs : 0) },
    });
    this.#opened.push(store);
    return store;
  }

  /** A row that only the re-check stopped is a leak of the index all the same. */
  #judge(event: StoreEvent): void {
    if (event.type === 'leak-prevented') this.#note({ leaks: ['stopped by the re-check'], differences: [] }, 'event');
    // An index in the making goes down with its process, and may tell so after the next one was opened.
    const isOfTheDead =
      event.type === 'maintenance-failed' && String(event.error.cause).includes('The process is gone.');
    if (event.type === 'maintenance-failed' && this.#fuse?.isBlown !== true && !isOfTheDead) {
      this.#note({ leaks: [], differences: [`maintenance failed: ${String(event.error.cause)}`] }, 'event');
    }
  }

  #countPlan(plan: string): void {
    if (!plan.includes('KNN') && !plan.includes('ANN')) return;
    const ofIndex = plan.includes(`minimum_nprobes=${everyPartition}`) ? 'whole index' : 'parts of the index';
    const way = plan.includes('ANN') ? ofIndex : 'all rows';
    this.report.searches.set(way, (this.report.searches.get(way) ?? 0) + 1);
  }

  #fused(table: Table): Table {
    const own: { fuse: Fuse | null } = { fuse: null };
    return new Proxy(table, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        if (!mutations.has(String(name))) return value.bind(target);
        return async (...given: unknown[]) => {
          own.fuse ??= this.#fuse;
          const { fuse } = own;
          if (fuse === null) return value.apply(target, given);
          if (fuse.isBlown) throw new Error('The process is gone.');
          const isLast = fuse.remaining-- === 0;
          if (isLast) fuse.isBlown = true;
          const result: unknown = isLast && !fuse.isAfter ? undefined : await value.apply(target, given);
          if (isLast) throw new Error('The process is gone.');
          return result;
        };
      },
    });
  }
}
