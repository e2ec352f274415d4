/** Several processes on one data folder: one writes, and whoever comes after a dead one goes on where it was. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import type { IngestEvent, IngestReport } from '../../src/core/ingestor.ts';
import { RecordingStream } from '../support/command-line.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';

type Message =
  | IngestEvent
  | { readonly type: 'embed'; readonly text: string }
  | { readonly type: 'report'; readonly report: IngestReport }
  | { readonly type: 'failure'; readonly code: string };

const scope = systemScope('test');
const support = join(import.meta.dirname, '../support');
const documents = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`note-${index}.md`, `# Note ${index}\n\nLeave number ${index}.\n`]),
  );

class HeldUpIngest {
  readonly messages: Message[] = [];
  readonly process: ChildProcess;
  #arrived = Promise.withResolvers<void>();

  constructor({ folder }: TestApp) {
    this.process = fork(join(support, 'ingest-process.ts'), [join(folder, 'persea.yaml')], { execArgv: [] });
    this.process.on('message', (message: Message) => {
      this.messages.push(message);
      this.#arrived.resolve();
      this.#arrived = Promise.withResolvers();
    });
    onTestFinished(() => void this.process.kill('SIGKILL'));
  }

  of<Type extends Message['type']>(type: Type): Extract<Message, { type: Type }>[] {
    return this.messages.filter((message): message is Extract<Message, { type: Type }> => message.type === type);
  }

  async until(isThere: () => boolean): Promise<void> {
    while (!isThere()) await this.#arrived.promise;
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const exit = once(this.process, 'exit');
    this.process.kill(signal);
    await exit;
  }
}

async function untilTrue(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('several processes', () => {
  it('take over at once what a killed one was working on', async () => {
    const test = await openTestApp({ documents: documents(20), config: 'ingest: { concurrency: 2 }' });
    const first = new HeldUpIngest(test);
    // Some are written, some under way, some not begun.
    for (let count = 1; count <= 4; count += 1) {
      await first.until(() => first.of('embed').length >= 2 * count);
      first.process.send('go');
    }
    await first.until(() => first.of('document-end').length >= 4);
    await first.kill('SIGKILL');
    const held = await test.app.catalog.jobs(scope, { state: 'leased' });
    expect(held.length).toBeGreaterThan(0);

    const before = first.of('document-end').length;
    expect(await test.ingest()).toMatchObject({ quarantined: [], warnings: [] });
    const uris = (await test.app.catalog.documents(scope, { source: 'docs' })).map(({ uri }) => uri);
    expect(uris).toHaveLength(20);
    expect(new Set(uris).size).toBe(20);
    const jobs = await test.app.catalog.jobs(scope);
    expect(jobs).toHaveLength(20);
    expect(new Set(jobs.map(({ state }) => state))).toEqual(new Set(['done']));
    const attempts = new Map(jobs.map((job) => [job.id, job.attempts]));
    for (const { id } of held) expect(attempts.get(id)).toBe(2);
    expect(before).toBeGreaterThanOrEqual(4);
    expect(await test.ingest()).toMatchObject({ added: 0, updated: 0, unchanged: 20, tokens: 0 });
  });

  it('wait for the one that writes, and say for which', async () => {
    const test = await openTestApp({ documents: documents(3) });
    const first = new HeldUpIngest(test);
    await first.until(() => first.of('embed').length > 0);
    const other = await test.reopen();
    await expect(other.ingestor.ingest()).rejects.toMatchObject({
      code: 'store-busy',
      details: { pid: first.process.pid, purpose: 'ingest' },
    });

    const events: IngestEvent[] = [];
    const second = other.ingestor.ingest({ waitMs: 60_000, onEvent: (event) => events.push(event) });
    await untilTrue(async () => events.length > 0);
    expect(events).toEqual([{ type: 'writer-wait', holder: expect.stringContaining(`Process ${first.process.pid} `) }]);
    first.process.send('all');
    expect(await second).toMatchObject({ added: 0, unchanged: 3 });
    await first.until(() => first.of('report').length > 0);
    expect(first.of('report')[0]?.report).toMatchObject({ added: 3, quarantined: [] });
  });

  it('are refused at once with --no-wait, and after as many seconds as --wait says', async () => {
    const test = await openTestApp({ documents: documents(3) });
    const first = new HeldUpIngest(test);
    await first.until(() => first.of('embed').length > 0);
    for (const wait of [['--no-wait'], ['--wait', '0'], ['--wait', '1']]) {
      const [stdout, stderr] = [new RecordingStream(), new RecordingStream()];
      const argv = ['ingest', '--config', join(test.folder, 'persea.yaml'), ...wait];
      expect(await runCommandLine(argv, { stdout, stderr })).toBe(1);
      expect(stderr.text).toMatch(new RegExp(`Process ${first.process.pid} on .*\\(store-busy\\)`));
      expect(stderr.text.includes('waiting for it')).toBe(wait.at(-1) === '1');
    }
  });

  it('let a small upload overtake a bulk load of another one', async () => {
    const test = await openTestApp({ documents: documents(40), config: 'ingest: { concurrency: 1 }' });
    const bulk = new HeldUpIngest(test);
    await bulk.until(() => bulk.of('embed').length > 0);
    await test.write({ 'urgent.md': '# Urgent\n\nLeave of the urgent kind.\n' });
    const [id = ''] = await test.app.catalog.enqueueJobs([{ source: 'docs', uri: 'docs/urgent.md', priority: 10 }]);
    await bulk.until(() => bulk.of('document-start').some(({ uri }) => uri === 'docs/urgent.md'));
    bulk.process.send('go');
    await bulk.until(() => bulk.of('embed').length > 1);
    expect(bulk.of('embed')[1]?.text).toContain('urgent');
    bulk.process.send('all');
    await bulk.until(() => bulk.of('report').length > 0);
    expect(bulk.of('report')[0]?.report).toMatchObject({ added: 41, quarantined: [] });
    expect(await test.app.catalog.jobs(scope, { id })).toMatchObject([{ state: 'done', attempts: 1 }]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('hand back on %s what they were working on', async (signal) => {
    const test = await openTestApp({ documents: documents(400), embedder: null });
    const argv = ['--max-semi-space-size=8', join(import.meta.dirname, '../../src/cli/main.ts'), 'ingest', '--json'];
    const child = spawn(process.execPath, [...argv, '--config', join(test.folder, 'persea.yaml')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let stdout = '';
    child.stdout.on('data', (piece) => {
      stdout += String(piece);
    });
    let isSignalled = false;
    for await (const piece of child.stderr) {
      // Once: a second signal ends the process at once.
      if (!isSignalled && String(piece).includes('document-start')) isSignalled = child.kill(signal);
    }
    if (child.exitCode === null) await once(child, 'exit');
    expect([child.exitCode, child.signalCode]).toEqual([1, null]);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'aborted' } });
    expect(await test.app.catalog.jobs(scope, { state: 'leased' })).toEqual([]);
    const waiting = await test.app.catalog.jobs(scope, { state: 'queued' });
    expect(waiting.length).toBeGreaterThan(0);
    expect(Math.max(...waiting.map(({ attempts }) => attempts))).toBe(0);

    const { added, unchanged, quarantined } = await test.ingest();
    expect([added + unchanged, quarantined]).toEqual([400, []]);
    expect(added).toBe(waiting.length);
  });
});
