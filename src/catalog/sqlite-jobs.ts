/** The queue of ingestion jobs: at most one open job a uri, whose id and attempts last until it is done or given up. */
import type { Clock } from '../core/async.ts';
import { PerseaError } from '../core/errors.ts';
import { randomId } from '../core/ids.ts';
import type { JobFilter, JobLease, JobLeaseRequest, JobOutcome, JobRecord, JobRequest, JobState } from './jobs.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

interface JobRow {
  readonly id: string;
  readonly source: string;
  readonly uri: string;
  readonly priority: number;
  readonly state: JobState;
  readonly attempts: number;
  readonly run_after: number;
  readonly lease_until: number | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly created_at: number;
  readonly updated_at: number;
}

/** Done jobs are kept this long for those who ask how theirs went; failures stay until they are repeated. */
const doneJobsKeptMs = 30 * 24 * 3_600_000;

const columns =
  'id, source, uri, priority, state, attempts, run_after, lease_until, code, message, created_at, updated_at';
const ofSources = 'source IN (SELECT value FROM json_each(:sources))';
const leaseOrder = 'ORDER BY priority DESC, attempts, created_at, rowid LIMIT :limit';
const dueJobs = `SELECT ${columns} FROM jobs WHERE state = :state AND run_after <= :now AND ${ofSources} ${leaseOrder}`;
/** One writer at a time has the lock of the data folder, and its number is higher than that of all before. */
const orphanedJobs = `SELECT ${columns} FROM jobs WHERE state = 'leased' AND lease < :lease AND ${ofSources} ${leaseOrder}`;

export class SqliteJobs {
  readonly #connection: SqliteConnection;
  readonly #clock: Clock;

  constructor(connection: SqliteConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  list(filter: JobFilter): readonly JobRecord[] {
    return this.#connection
      .all<JobRow>(
        `SELECT ${columns} FROM jobs WHERE (:state IS NULL OR state = :state) AND (:id IS NULL OR id = :id)
         ORDER BY updated_at DESC, id LIMIT :limit`,
        { state: filter.state ?? null, id: filter.id ?? null, limit: filter.limit ?? -1 },
      )
      .map((row) => ({
        id: row.id,
        source: row.source,
        uri: row.uri,
        priority: row.priority,
        state: row.state,
        attempts: row.attempts,
        runAfter: row.run_after,
        leasedUntil: row.lease_until,
        code: row.code,
        message: row.message,
        createdAt: row.created_at,
        updatedAt: row.updated_at,
      }));
  }

  enqueue(requests: readonly JobRequest[]): readonly string[] {
    const now = this.#clock.now();
    return this.#connection.transaction(() => {
      this.#connection.run(`DELETE FROM jobs WHERE state IN ('done', 'cancelled') AND updated_at < :before`, {
        before: now - doneJobsKeptMs,
      });
      return requests.map(({ source, uri, priority = 0 }) => {
        // One that was given up goes on under its id: the file or the rules may be others now.
        const open = this.#connection.get<{ id: string; state: JobState }>(
          `SELECT id, state FROM jobs WHERE uri = :uri AND state IN ('queued', 'leased', 'failed', 'dead')
           ORDER BY state = 'dead' LIMIT 1`,
          { uri },
        );
        if (open?.state === 'leased') {
          this.#connection.run('UPDATE jobs SET is_asked_again = 1 WHERE id = :id', { id: open.id });
          return open.id;
        }
        if (open !== undefined) {
          this.#connection.run(
            `UPDATE jobs SET state = 'queued', source = :source, priority = max(priority, :priority), attempts = 0,
             run_after = :now, updated_at = :now WHERE id = :id`,
            { id: open.id, source, priority, now },
          );
          return open.id;
        }
        const id = randomId('job');
        this.#connection.run(
          `INSERT INTO jobs (id, source, uri, priority, state, attempts, run_after, is_asked_again, created_at, updated_at)
           VALUES (:id, :source, :uri, :priority, 'queued', 0, :now, 0, :now, :now)`,
          { id, source, uri, priority, now },
        );
        return id;
      });
    });
  }

  lease({ lease, sources, limit, forMs }: JobLeaseRequest): readonly JobLease[] {
    const now = this.#clock.now();
    const wanted = { sources: JSON.stringify(sources), limit };
    return this.#connection.transaction(() => {
      const rows = [
        ...this.#connection.all<JobRow>(orphanedJobs, { ...wanted, lease }),
        ...this.#connection.all<JobRow>(dueJobs, { ...wanted, now, state: 'queued' }),
        ...this.#connection.all<JobRow>(dueJobs, { ...wanted, now, state: 'failed' }),
      ]
        .toSorted((a, b) => b.priority - a.priority || a.attempts - b.attempts || a.created_at - b.created_at)
        .slice(0, limit);
      for (const { id } of rows) {
        this.#connection.run(
          `UPDATE jobs SET state = 'leased', attempts = attempts + 1, lease = :lease, lease_until = :until,
           is_asked_again = 0, updated_at = :now WHERE id = :id`,
          { id, lease, until: now + forMs, now },
        );
      }
      return rows.map(({ id, source, uri, priority, attempts }) => ({
        id,
        source,
        uri,
        priority,
        attempts: attempts + 1,
      }));
    });
  }

  /** When the next job of these sources is due, leased ones not counted. */
  nextDue(sources: readonly string[]): number | undefined {
    const row = this.#connection.get<{ due: number | null }>(
      `SELECT min(run_after) AS due FROM jobs WHERE state IN ('queued', 'failed') AND ${ofSources}`,
      { sources: JSON.stringify(sources) },
    );
    return row?.due ?? undefined;
  }

  renew(lease: number, forMs: number): void {
    this.#connection.run(`UPDATE jobs SET lease_until = :until WHERE lease = :lease AND state = 'leased'`, {
      lease,
      until: this.#clock.now() + forMs,
    });
  }

  end(lease: number, outcomes: readonly JobOutcome[]): void {
    const now = this.#clock.now();
    this.#connection.repeatableTransaction(() => {
      for (const { id, state, code = null, message = null, runAfter = now } of outcomes) {
        // Asked for again meanwhile: whatever came of this attempt, there is another one to come.
        this.#connection.run(
          `UPDATE jobs SET
             state = CASE WHEN is_asked_again = 1 AND :state <> 'queued' THEN 'queued' ELSE :state END,
             attempts = CASE WHEN is_asked_again = 1 THEN 0 WHEN :state = 'queued' THEN attempts - 1 ELSE attempts END,
             run_after = :runAfter, code = :code, message = :message, lease = NULL, lease_until = NULL,
             is_asked_again = 0, updated_at = :now
           WHERE id = :id AND state = 'leased' AND lease = :lease`,
          { id, lease, state, code, message, runAfter, now },
        );
      }
    });
  }

  /** Makes a job that was given up or waits due at once; false where there is none to retry. */
  retry(id: string): boolean {
    const now = this.#clock.now();
    return this.#connection.transaction(() => {
      this.#known(id);
      const changed = this.#connection.run(
        `UPDATE jobs SET state = 'queued', attempts = 0, run_after = :now, updated_at = :now
         WHERE id = :id AND state IN ('failed', 'dead', 'cancelled')
         AND NOT EXISTS (SELECT 1 FROM jobs other WHERE other.uri = jobs.uri AND other.id <> jobs.id
           AND other.state IN ('queued', 'leased', 'failed'))`,
        { id, now },
      );
      return changed > 0;
    });
  }

  /** What is leased is under way and ends as it ends. */
  cancel(id: string): boolean {
    this.#known(id);
    const changed = this.#connection.run(
      `UPDATE jobs SET state = 'cancelled', updated_at = :now WHERE id = :id AND state IN ('queued', 'failed', 'dead')`,
      { id, now: this.#clock.now() },
    );
    return changed > 0;
  }

  #known(id: string): void {
    if (this.#connection.get('SELECT 1 FROM jobs WHERE id = :id', { id }) === undefined) {
      throw new PerseaError('job-absent', `There is no job ${id}. See \`persea jobs list\`.`);
    }
  }
}
