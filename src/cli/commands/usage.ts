/** `persea usage`: what questions came to, in tokens and money. */
import { systemScope } from '../../access/scope.ts';
import { grouped } from '../../core/counts.ts';
import { PerseaError } from '../../core/errors.ts';
import { systemClock } from '../../core/async.ts';
import { type UsageReport, type UsageRequest, usageReport } from '../../query/usage-report.ts';
import { type CommandContext, scopeAs, withApp } from '../context.ts';
import { alignedTable, printable } from '../text.ts';

export interface UsageCommandOptions extends UsageRequest {
  readonly as?: string;
}

export async function usage(context: CommandContext, options: UsageCommandOptions): Promise<undefined> {
  const { as, ...request } = options;
  const report = await withApp(context, async (app) => {
    const scope = as === undefined ? systemScope('persea usage') : await scopeAs(app, as);
    return usageReport(app.catalog, scope, pickRequest(request), systemClock.now()).catch(asUsageError);
  });
  context.output.result(report, () => rendered(report));
  return undefined;
}

/** Options of every command stand beside these. */
function pickRequest({ by, since, until }: UsageRequest): UsageRequest {
  return {
    ...(by === undefined ? {} : { by }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}

function asUsageError(thrown: unknown): never {
  if (!(thrown instanceof PerseaError) || thrown.code !== 'request-invalid') throw thrown;
  throw new PerseaError('usage-invalid', `--${thrown.message}`);
}

function rendered({ by, since, until, rows, total }: UsageReport): string {
  if (rows.length === 0) return `Nobody asked anything from ${since} to ${until}.`;
  const cells = [...rows, { ...total, key: 'all' }].map((row) => [
    printable(row.key),
    grouped(row.questions),
    grouped(row.inputTokens),
    grouped(row.outputTokens),
    `$${row.costUsd.toFixed(4)}`,
  ]);
  const table = [[by, 'questions', 'tokens in', 'tokens out', 'cost'], ...cells];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const [head = [], ...body] = table.map((row) =>
    row.map((cell, column) => (column === 0 ? cell : cell.padStart(widths[column] ?? 0))),
  );
  return alignedTable([head, ...body]);
}
