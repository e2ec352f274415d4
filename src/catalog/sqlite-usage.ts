/** Cost and tokens of questions. */
import type { Zone } from '../core/zones.ts';
import type { UsageRecord } from './catalog.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

interface UsageRow {
  readonly trace_id: string;
  readonly principal_id: string;
  readonly at: number;
  readonly status: string;
  readonly reason: string | null;
  readonly model_id: string | null;
  readonly zone: Zone | null;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
  readonly total_ms: number;
}

export class SqliteUsage {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  /** Newest first. */
  list(filter: { readonly sinceMs?: number; readonly limit?: number }): readonly UsageRecord[] {
    return this.#connection
      .all<UsageRow>(
        `SELECT trace_id, principal_id, at, status, reason, model_id, zone, input_tokens, output_tokens, cost_usd, total_ms
         FROM usage WHERE at >= :sinceMs ORDER BY at DESC, trace_id LIMIT :limit`,
        { sinceMs: filter.sinceMs ?? 0, limit: filter.limit ?? -1 },
      )
      .map((row) => ({
        traceId: row.trace_id,
        principalId: row.principal_id,
        at: row.at,
        status: row.status,
        reason: row.reason,
        modelId: row.model_id,
        zone: row.zone,
        inputTokens: row.input_tokens,
        outputTokens: row.output_tokens,
        costUsd: row.cost_usd,
        totalMs: row.total_ms,
      }));
  }

  record(usage: UsageRecord): void {
    this.#connection.run(
      `INSERT OR REPLACE INTO usage (trace_id, principal_id, at, status, reason, model_id, zone, input_tokens, output_tokens, cost_usd, total_ms)
       VALUES (:traceId, :principalId, :at, :status, :reason, :modelId, :zone, :inputTokens, :outputTokens, :costUsd, :totalMs)`,
      {
        traceId: usage.traceId,
        principalId: usage.principalId,
        at: usage.at,
        status: usage.status,
        reason: usage.reason,
        modelId: usage.modelId,
        zone: usage.zone,
        inputTokens: usage.inputTokens,
        outputTokens: usage.outputTokens,
        costUsd: usage.costUsd,
        totalMs: usage.totalMs,
      },
    );
  }
}
