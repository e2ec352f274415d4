/** Ingestion jobs: one open job a uri, whose id and attempts last until it is done or given up. */
import type { Clock } from '../core/async.ts';
import { PerseaError } from '../core/errors.ts';
import { randomId } from '../core/ids.ts';
import type { JobRecord, JobState } from './catalog.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

interface JobRow {
  readonly id: string;
  readonly uri: string;
  readonly state: JobState;
  readonly attempts: number;
  readonly code: string | null;
  readonly message: string | null;
  readonly created_at: number;
  readonly updated_at: number;
}

export interface JobOutcome {
  readonly state: 'done' | 'failed' | 'dead';
  readonly code?: string;
  readonly message?: string;
}

/** Done jobs are kept this long for those who ask how theirs went; failures stay until they are repeated. */
const doneJobsKeptMs = 30 * 24 * 3_600_000;

export class SqliteJobs {
  readonly #connection: SqliteConnection;
  readonly #clock: Clock;

  constructor(connection: SqliteConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  list(filter: { readonly state?: JobState; readonly limit?: number }): readonly JobRecord[] {
    return this.#connection
      .all<JobRow>(
        `SELECT id, uri, state, attempts, code, message, created_at, updated_at FROM jobs
         WHERE (:state IS NULL OR state = :state) ORDER BY updated_at DESC, id LIMIT :limit`,
        { state: filter.state ?? null, limit: filter.limit ?? -1 },
      )
      .map((row) => ({
        id: row.id,
        uri: row.uri,
        state: row.state,
        attempts: row.attempts,
        code: row.code,
        message: row.message,
        createdAt: row.created_at,
        updatedAt: row.updated_at,
      }));
  }

  enqueue(uri: string): string {
    const now = this.#clock.now();
    return this.#connection.transaction(() => {
      this.#connection.run(`DELETE FROM jobs WHERE state = 'done' AND updated_at < :before`, {
        before: now - doneJobsKeptMs,
      });
      const open = this.#connection.get<{ id: string }>(
        `SELECT id FROM jobs WHERE uri = :uri AND state IN ('queued', 'leased', 'failed')`,
        { uri },
      );
      if (open !== undefined) {
        this.#connection.run(`UPDATE jobs SET state = 'queued', updated_at = :now WHERE id = :id`, {
          id: open.id,
          now,
        });
        return open.id;
      }
      const id = randomId('job');
      this.#connection.run(
        `INSERT INTO jobs (id, uri, state, attempts, created_at, updated_at) VALUES (:id, :uri, 'queued', 0, :now, :now)`,
        { id, uri, now },
      );
      return id;
    });
  }

  start(jobId: string): void {
    this.#change(
      `UPDATE jobs SET state = 'leased', attempts = attempts + 1, updated_at = :now WHERE id = :jobId`,
      jobId,
    );
  }

  end(jobId: string, outcome: JobOutcome): void {
    this.#change(
      'UPDATE jobs SET state = :state, code = :code, message = :message, updated_at = :now WHERE id = :jobId',
      jobId,
      { state: outcome.state, code: outcome.code ?? null, message: outcome.message ?? null },
    );
  }

  #change(sql: string, jobId: string, parameters: Readonly<Record<string, string | null>> = {}): void {
    const changed = this.#connection.run(sql, { ...parameters, jobId, now: this.#clock.now() });
    if (changed === 0) throw new PerseaError('job-absent', `There is no job ${jobId} to change.`);
  }
}
