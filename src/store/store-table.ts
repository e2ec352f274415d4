/**
 * One table and who works on it: any number of reads, one write after another. The table is made by the first write, perhaps of another
 * process, and may be made anew by one; a read that comes upon that looks again.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection, Table } from '@lancedb/lancedb';
import { SerialQueue } from '../core/serial-queue.ts';
import { isFileGone, toStoreError } from './engine-error.ts';
import type { RowLayout } from './rows.ts';
import type { Columns } from './ranked-rows.ts';
import { loadFacts, type TableFacts } from './table-queries.ts';

export interface StoreTableOptions {
  readonly directory: string;
  readonly tableName: string;
  readonly layout: RowLayout;
  readonly assertMayWrite?: () => void;
  readonly wrapTable?: (table: Table) => Table;
}

export class StoreTable {
  readonly #connection: Connection;
  readonly #options: StoreTableOptions;
  readonly #writes = new SerialQueue();
  /** Under way: the engine refuses to close a table that is being read. */
  readonly #reads = new Set<Promise<unknown>>();
  #table: Table | undefined;
  #facts: { readonly version: number; readonly read: Promise<TableFacts> } | undefined;

  constructor(connection: Connection, options: StoreTableOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  get folder(): string {
    return this.#folderOf(this.#options.tableName);
  }

  /** Undefined where nobody has made it yet. */
  async open(): Promise<Table | undefined> {
    if (this.#table !== undefined) return this.#table;
    const names = await this.#connection.tableNames();
    if (!names.includes(this.#options.tableName)) return undefined;
    return this.#keep(await this.#connection.openTable(this.#options.tableName));
  }

  async create(data: Parameters<Connection['createTable']>[1]): Promise<Table> {
    return this.#keep(await this.#connection.createTable(this.#options.tableName, data));
  }

  /** Of the version that is there now. */
  async facts(table: Table): Promise<TableFacts> {
    const version = await table.version();
    // The two arms of one question ask at the same time.
    if (this.#facts?.version !== version) this.#facts = { version, read: loadFacts(table, this.#options.layout) };
    const current = this.#facts;
    try {
      return await current.read;
    } catch (thrown) {
      if (this.#facts === current) this.#facts = undefined;
      throw thrown;
    }
  }

  /** As they were last read of any version: a table may get the column of places, and what stands for it until then holds on. */
  async columns(table: Table): Promise<Columns> {
    const { columns } = await (this.#facts?.read ?? this.facts(table));
    return columns;
  }

  /** @param attempted for errors: what could not be done */
  async read<T>(attempted: string, read: () => Promise<T>): Promise<T> {
    const result = read().catch((thrown: unknown) => {
      if (!isFileGone(thrown)) throw thrown;
      // Of a table that was made anew the old handle knows nothing; it is left to the other reads that still use it.
      this.#table = undefined;
      this.#facts = undefined;
      return read();
    });
    this.#reads.add(result);
    try {
      return await result;
    } catch (thrown) {
      throw toStoreError(thrown, attempted);
    } finally {
      this.#reads.delete(result);
    }
  }

  async write<T>(attempted: string, write: () => Promise<T>): Promise<T> {
    return this.#writes.run(async () => {
      this.#options.assertMayWrite?.();
      try {
        return await write();
      } catch (thrown) {
        throw toStoreError(thrown, attempted);
      }
    });
  }

  /** A write that has nothing to do where there is no table. */
  async change(attempted: string, change: (table: Table) => Promise<void>): Promise<void> {
    await this.write(attempted, async () => {
      const table = await this.open();
      if (table !== undefined) await change(table);
    });
  }

  /** Within a write. */
  async drop(): Promise<void> {
    const names = await this.#connection.tableNames();
    if (!names.includes(this.#options.tableName)) return;
    this.#table?.close();
    this.#table = undefined;
    this.#facts = undefined;
    await this.#dropNamed(this.#options.tableName);
  }

  /** Those of former embedding models, or left by a repair. */
  async others(): Promise<readonly string[]> {
    return (await this.#connection.tableNames()).filter((name) => name !== this.#options.tableName);
  }

  /** Within a write. */
  async dropOthers(): Promise<void> {
    for (const name of await this.others()) await this.#dropNamed(name);
  }

  /** Once the writes that were asked for are done. */
  async written(): Promise<void> {
    await this.#writes.drain();
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#reads);
    this.#table?.close();
    this.#connection.close();
  }

  #keep(table: Table): Table {
    this.#table ??= this.#options.wrapTable?.(table) ?? table;
    return this.#table;
  }

  /** A damaged table may be refused by the engine; its folder goes all the same. */
  async #dropNamed(name: string): Promise<void> {
    await this.#connection.dropTable(name).catch(() => rm(this.#folderOf(name), { recursive: true, force: true }));
  }

  #folderOf(name: string): string {
    return join(this.#options.directory, `${name}.lance`);
  }
}
