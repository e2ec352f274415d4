/** How much questions used, for whoever may know: one's own, or that of all for operators and administrators. */
import type { AccessScope } from '../access/scope.ts';
import type { CatalogReader, UsageFilter, UsageTotal } from '../catalog/catalog.ts';
import { dayMs } from '../core/dates.ts';
import { PerseaError } from '../core/errors.ts';

export interface UsageRequest {
  /** By day when absent. */
  readonly by?: UsageFilter['by'];
  /** First and last day, by UTC; the last 30 when absent. */
  readonly since?: string;
  readonly until?: string;
}

export interface UsageReport {
  readonly by: NonNullable<UsageFilter['by']>;
  readonly since: string;
  readonly until: string;
  /** By key; a question that several models were asked stands in the row of each of them. */
  readonly rows: readonly (UsageTotal & { readonly key: string })[];
  readonly total: Omit<UsageTotal, 'key'>;
}

const defaultDays = 30;

/** Throws `request-invalid` for days that are none. */
export async function usageReport(
  catalog: Pick<CatalogReader, 'usageTotals'>,
  scope: AccessScope,
  request: UsageRequest,
  now: number,
): Promise<UsageReport> {
  const { by = 'day', until = dayOf(now) } = request;
  const untilMs = startOf(until, 'until') + dayMs;
  const since = request.since ?? dayOf(untilMs - defaultDays * dayMs);
  const sinceMs = startOf(since, 'since');
  if (sinceMs >= untilMs) throw new PerseaError('request-invalid', `since (${since}) lies after until (${until}).`);
  const rows = await catalog.usageTotals(scope, { by, sinceMs, untilMs });
  const [{ key: _, ...total } = nothing] = await catalog.usageTotals(scope, { sinceMs, untilMs });
  return { by, since, until, rows: rows.map((row) => ({ ...row, key: row.key ?? '' })), total };
}

const nothing: UsageTotal = { key: null, questions: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };

function dayOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

function startOf(day: string, name: string): number {
  const start = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(day) : Number.NaN;
  if (!Number.isNaN(start) && dayOf(start) === day) return start;
  throw new PerseaError('request-invalid', `${name} must be a day such as 2026-02-03.`);
}
