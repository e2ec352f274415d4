/** `persea jobs`: what ingest has to do, what it tries again, and what it gave up. */
import { systemScope } from '../../access/scope.ts';
import type { JobRecord, JobState } from '../../catalog/jobs.ts';
import { counted } from '../../core/counts.ts';
import { type ErrorCode, errorCodes } from '../../core/error-codes.ts';
import { PerseaError } from '../../core/errors.ts';
import { type CommandContext, parseCount, withApp } from '../context.ts';
import { alignedTable, oneLine, printableName } from '../text.ts';

const scope = systemScope('persea jobs');
/** On a screen; a load of years of files leaves a job for each of them. */
const shownJobs = 100;

export async function listJobs(
  context: CommandContext,
  options: { readonly state?: JobState; readonly limit?: string },
): Promise<undefined> {
  const limit = parseCount(options.limit, '--limit');
  const records = await withApp(context, (app) =>
    app.catalog.jobs(scope, {
      ...(options.state === undefined ? {} : { state: options.state }),
      ...(limit === undefined ? {} : { limit }),
    }),
  );
  const jobs = records.map(toEntry);
  context.output.result({ jobs }, () => {
    if (jobs.length === 0) return 'There are no such jobs.';
    const shown = jobs.slice(0, limit ?? shownJobs);
    const rows = shown.map(({ id, state, attempts, uri, code }) => [
      id,
      state,
      counted(attempts, 'attempt'),
      printableName(uri),
      code ?? '',
    ]);
    const rest = jobs.length - shown.length;
    const total = `${shown.length} of ${counted(jobs.length, 'job')}; --limit ${jobs.length} shows all.`;
    return [alignedTable(rows), ...(rest > 0 ? [context.output.paint('dim', total)] : [])].join('\n');
  });
  return undefined;
}

export async function showJob(context: CommandContext, id: string): Promise<undefined> {
  const job = toEntry(await withApp(context, (app) => jobWithId(app.catalog, id)));
  context.output.result(job, () =>
    alignedTable([
      ['job', job.id],
      ['uri', printableName(job.uri)],
      ['state', stateText(job)],
      ['attempts', String(job.attempts)],
      ['priority', String(job.priority)],
      ...(job.state === 'failed' ? [['next attempt', job.runAfter]] : []),
      ...(job.code === null ? [] : [['problem', `${job.code}: ${oneLine(job.message ?? '')}`]]),
      ...(job.remedy === null ? [] : [['remedy', job.remedy]]),
      ['updated', job.updatedAt],
    ]),
  );
  return undefined;
}

export async function retryJobs(
  context: CommandContext,
  options: { readonly dead?: boolean },
  id: string | undefined,
): Promise<undefined> {
  if ((id === undefined) === (options.dead !== true)) {
    throw new PerseaError('usage-invalid', '`persea jobs retry` takes either the id of a job or --dead.');
  }
  const retried = await withApp(context, async (app) => {
    if (id !== undefined) {
      if (await app.catalog.retryJob(id)) return [id];
      throw new PerseaError(
        'usage-invalid',
        `The job ${id} is done, under way, or another job of its document waits already.`,
      );
    }
    const ids: string[] = [];
    for (const job of await app.catalog.jobs(scope, { state: 'dead' })) {
      if (await app.catalog.retryJob(job.id)) ids.push(job.id);
    }
    return ids;
  });
  context.output.result(
    { retried },
    () => `${counted(retried.length, 'job')} due again: the next \`persea ingest\` tries.`,
  );
  return undefined;
}

export async function cancelJob(context: CommandContext, id: string): Promise<undefined> {
  const isCancelled = await withApp(context, (app) => app.catalog.cancelJob(id));
  if (!isCancelled) {
    throw new PerseaError('usage-invalid', `The job ${id} is done or under way; what is under way ends as it ends.`);
  }
  context.output.result(
    { id, cancelled: true },
    () => `Cancelled ${id}. The next ingest asks for its document again if its file is still new or changed.`,
  );
  return undefined;
}

async function jobWithId(
  catalog: { jobs(readScope: typeof scope, filter: { readonly id: string }): Promise<readonly JobRecord[]> },
  id: string,
): Promise<JobRecord> {
  const [job] = await catalog.jobs(scope, { id });
  if (job === undefined) throw new PerseaError('job-absent', `There is no job ${id}. See \`persea jobs list\`.`);
  return job;
}

function toEntry(job: JobRecord) {
  const { id, source, uri, state, attempts, priority, code, message } = job;
  return {
    id,
    uri,
    source,
    state,
    attempts,
    priority,
    code,
    message,
    remedy: code !== null && Object.hasOwn(errorCodes, code) ? errorCodes[code as ErrorCode].remedy : null,
    runAfter: new Date(job.runAfter).toISOString(),
    leasedUntil: job.leasedUntil === null ? null : new Date(job.leasedUntil).toISOString(),
    createdAt: new Date(job.createdAt).toISOString(),
    updatedAt: new Date(job.updatedAt).toISOString(),
  };
}

function stateText({ state, leasedUntil }: { readonly state: JobState; readonly leasedUntil: string | null }): string {
  switch (state) {
    case 'queued':
      return 'queued: the next ingest works on it';
    case 'leased':
      return leasedUntil !== null && Date.parse(leasedUntil) < Date.now()
        ? `leased: its process has not been heard of since ${leasedUntil}, so it ended or hangs; the next ingest takes the job over`
        : 'leased: a process works on it; should that end, the next ingest takes the job over';
    case 'failed':
      return 'failed: it is tried again';
    case 'dead':
      return 'dead: given up, until the file changes or `persea jobs retry`';
    default:
      return state;
  }
}
