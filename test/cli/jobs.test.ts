import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { runCommand, runForJson } from '../support/command-line.ts';
import { openTestApp } from '../support/test-app.ts';

interface Job {
  readonly id: string;
  readonly uri: string;
  readonly state: string;
  readonly attempts: number;
  readonly code: string | null;
  readonly remedy: string | null;
}

async function folderWithDeadJob() {
  const { app, folder, ingest } = await openTestApp({
    embedder: null,
    documents: { 'good.md': '# Leave\n\nParental leave is 26 weeks.', 'bad.pdf': 'no PDF at all \u0000\u0001\u0002' },
  });
  expect(await ingest()).toMatchObject({ added: 1, quarantined: [{ uri: 'docs/bad.pdf' }] });
  const options = ['--config', join(folder, 'persea.yaml')];
  const list = async (...more: string[]) =>
    (await runForJson<{ jobs: readonly Job[] }>(['jobs', 'list', ...more, ...options])).value.jobs;
  return { app, ingest, options, list };
}

describe('persea jobs', () => {
  it('shows the latest of many, and all when asked', async () => {
    const { app, options, list } = await folderWithDeadJob();
    await app.catalog.enqueueJobs(
      Array.from({ length: 150 }, (_, index) => ({ source: 'docs', uri: `docs/${index}.md` })),
    );
    const lines = async (...more: string[]) =>
      (await runCommand(['jobs', 'list', ...more, ...options])).stdout.trimEnd().split('\n');
    const shown = await lines();
    expect(shown).toHaveLength(101);
    expect(shown.at(-1)).toBe('100 of 152 jobs; --limit 152 shows all.');
    expect(await lines('--limit', '152')).toHaveLength(152);
    expect(await list()).toHaveLength(152);
  });

  it('lists jobs and shows one with its remedy', async () => {
    const { options, list } = await folderWithDeadJob();
    expect((await list()).map(({ uri, state }) => [uri, state]).toSorted()).toEqual([
      ['docs/bad.pdf', 'dead'],
      ['docs/good.md', 'done'],
    ]);
    const [dead] = await list('--state', 'dead');
    expect(dead).toMatchObject({ uri: 'docs/bad.pdf', attempts: 1, code: 'document-damaged' });
    const { value } = await runForJson<Job>(['jobs', 'show', dead?.id ?? '', ...options]);
    expect(value).toMatchObject({ uri: 'docs/bad.pdf', remedy: expect.stringContaining('own program') });
    const text = (await runCommand(['jobs', 'show', dead?.id ?? '', ...options])).stdout;
    expect(text).toMatch(/state\s+dead: given up/);
  });

  it('makes what was given up due again, and the next ingest tries it', async () => {
    const { options, list, ingest } = await folderWithDeadJob();
    const { value } = await runForJson<{ retried: readonly string[] }>(['jobs', 'retry', '--dead', ...options]);
    expect(value.retried).toHaveLength(1);
    expect((await list('--state', 'queued')).map((job) => job.uri)).toEqual(['docs/bad.pdf']);
    await ingest();
    expect((await list('--state', 'dead')).map((job) => job.uri)).toEqual(['docs/bad.pdf']);
  });

  it('cancels what waits', async () => {
    const { app, options, list } = await folderWithDeadJob();
    const [id = ''] = await app.catalog.enqueueJobs([{ source: 'docs', uri: 'docs/good.md' }]);
    expect((await runForJson(['jobs', 'cancel', id, ...options])).value).toEqual({ id, cancelled: true });
    expect((await list('--state', 'cancelled')).map((job) => job.uri)).toEqual(['docs/good.md']);
  });

  it('says what cannot be', async () => {
    const { options, list } = await folderWithDeadJob();
    const done = (await list('--state', 'done'))[0]?.id ?? '';
    const error = async (...args: string[]) =>
      (await runForJson<{ error: { code: string } }>([...args, ...options])).value.error.code;
    expect(await error('jobs', 'show', 'job_x')).toBe('job-absent');
    expect(await error('jobs', 'retry', 'job_x')).toBe('job-absent');
    expect(await error('jobs', 'retry', done)).toBe('usage-invalid');
    expect(await error('jobs', 'cancel', done)).toBe('usage-invalid');
    expect(await error('jobs', 'retry')).toBe('usage-invalid');
  });

  it('works on what another process asked for', async () => {
    const { app, ingest, list } = await folderWithDeadJob();
    await app.catalog.enqueueJobs([
      { source: 'docs', uri: 'docs/good.md', priority: 5 },
      { source: 'docs', uri: 'docs/gone.md' },
      { source: 'other', uri: 'other/x.md' },
    ]);
    expect(await ingest()).toMatchObject({ added: 0, updated: 0, unchanged: 1 });
    expect((await list('--state', 'queued')).map((job) => job.uri)).toEqual(['other/x.md']);
    expect(await app.catalog.countDocuments(systemScope('test'), { source: 'docs' })).toBe(1);
  });
});
