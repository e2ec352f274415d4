/** Cost and tokens of questions. */
import type { Clock } from '../core/async.ts';
import { dayMs, startOfDay } from '../core/dates.ts';
import type { Zone } from '../core/zones.ts';
import { forgottenPerson, type UsageCall, type UsageFilter, type UsageRecord, type UsageTotal } from './catalog.ts';
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
  readonly groups: string;
  readonly calls: string;
}

interface TotalRow {
  readonly key: string | null;
  readonly questions: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
}

/** Nobody asked for the title of a conversation; what it came to counts, and it is no question. */
const asQuestion = `CASE status WHEN 'titled' THEN NULL ELSE trace_id END AS question`;
const ofQuestions = `SELECT ${asQuestion}, at, principal_id, input_tokens, output_tokens, cost_usd FROM usage`;
/** Questions of before calls were kept apart count for the model that answered. */
const ofCalls = (conditions: string) => `
  SELECT ${asQuestion}, json_extract(call.value, '$.modelId') AS model_id,
    COALESCE(json_extract(call.value, '$.purpose'), 'answer') AS purpose, json_extract(call.value, '$.inputTokens') AS input_tokens,
    json_extract(call.value, '$.outputTokens') AS output_tokens, json_extract(call.value, '$.costUsd') AS cost_usd
  FROM usage, json_each(usage.calls) AS call WHERE ${conditions}
  UNION ALL
  SELECT ${asQuestion}, model_id, 'answer' AS purpose, input_tokens, output_tokens, cost_usd FROM usage
  WHERE calls = '[]' AND model_id IS NOT NULL AND ${conditions}`;
const keys = {
  person: 'principal_id',
  model: 'model_id',
  purpose: 'purpose',
  day: "date(at / 1000, 'unixepoch')",
} as const;

export class SqliteUsage {
  readonly #connection: SqliteConnection;
  readonly #clock: Clock;
  /** The last one on which groups of forgotten people were dropped. */
  #droppedOn: number | undefined;

  constructor(connection: SqliteConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Newest first. */
  list(filter: { readonly sinceMs?: number; readonly limit?: number }): readonly UsageRecord[] {
    return this.#connection
      .all<UsageRow>(
        `SELECT trace_id, principal_id, at, status, reason, model_id, zone, input_tokens, output_tokens, cost_usd, total_ms, groups, calls
         FROM usage WHERE at >= :sinceMs ORDER BY at DESC, trace_id LIMIT :limit`,
        { sinceMs: filter.sinceMs ?? 0, limit: filter.limit ?? -1 },
      )
      .map((row) => {
        const groups = JSON.parse(row.groups) as readonly string[];
        const calls = JSON.parse(row.calls) as readonly UsageCall[];
        return {
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
          ...(groups.length === 0 ? {} : { groups }),
          ...(calls.length === 0 ? {} : { calls }),
        };
      });
  }

  /** By key; one row, also of nothing, where they are not told apart. */
  totals({ sinceMs, untilMs, principalId, group, by }: UsageFilter): readonly UsageTotal[] {
    const conditions = [
      'at >= :sinceMs',
      'at < :untilMs',
      ...(principalId === undefined ? [] : ['principal_id = :principalId']),
      ...(group === undefined
        ? []
        : ['EXISTS (SELECT 1 FROM json_each(usage.groups) AS held WHERE held.value = :group)']),
    ].join(' AND ');
    const source = by === 'model' || by === 'purpose' ? ofCalls(conditions) : `${ofQuestions} WHERE ${conditions}`;
    const key = by === undefined ? 'NULL' : keys[by];
    return this.#connection
      .all<TotalRow>(
        `SELECT ${key} AS key, COUNT(DISTINCT question) AS questions, COALESCE(SUM(input_tokens), 0) AS input_tokens,
           COALESCE(SUM(output_tokens), 0) AS output_tokens, COALESCE(SUM(cost_usd), 0.0) AS cost_usd
         FROM (${source}) ${by === undefined ? '' : 'GROUP BY 1 ORDER BY 1'}`,
        {
          sinceMs: sinceMs ?? 0,
          untilMs: untilMs ?? Number.MAX_SAFE_INTEGER,
          ...(principalId === undefined ? {} : { principalId }),
          ...(group === undefined ? {} : { group }),
        },
      )
      .map((row) => ({
        key: row.key,
        questions: row.questions,
        inputTokens: row.input_tokens,
        outputTokens: row.output_tokens,
        costUsd: row.cost_usd,
      }));
  }

  /** What stays counts in sums of days, and of groups until the day is over; it belongs to no trace. Returns how many questions. */
  forget(principalId: string): number {
    const asked = this.#connection.get<{ questions: number }>(
      `SELECT COUNT(*) AS questions FROM usage WHERE principal_id = :principalId AND status <> 'titled'`,
      { principalId },
    );
    this.#connection.run(
      `UPDATE usage SET trace_id = lower(hex(randomblob(16))), principal_id = :forgotten, at = at - at % ${dayMs}
       WHERE principal_id = :principalId`,
      { principalId, forgotten: forgottenPerson },
    );
    this.#dropGroups(this.#today());
    return asked?.questions ?? 0;
  }

  #today(): number {
    return startOfDay(this.#clock.now());
  }

  /** Budgets of groups look at this day alone; of an earlier one the groups would only tell who it was. */
  #dropGroups(today: number): void {
    this.#connection.run(
      `UPDATE usage SET groups = '[]' WHERE principal_id = :forgotten AND at < :today AND groups <> '[]'`,
      { forgotten: forgottenPerson, today },
    );
    this.#droppedOn = today;
  }

  record(usage: UsageRecord): void {
    const today = this.#today();
    if (today !== this.#droppedOn) this.#dropGroups(today);
    this.#connection.run(
      `INSERT OR REPLACE INTO usage (trace_id, principal_id, at, status, reason, model_id, zone, input_tokens, output_tokens, cost_usd, total_ms, groups, calls)
       VALUES (:traceId, :principalId, :at, :status, :reason, :modelId, :zone, :inputTokens, :outputTokens, :costUsd, :totalMs, :groups, :calls)`,
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
        groups: JSON.stringify(usage.groups ?? []),
        calls: JSON.stringify(usage.calls ?? []),
      },
    );
  }
}
