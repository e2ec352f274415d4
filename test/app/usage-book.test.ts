/** What questions used up while it cannot be written down: nobody waits for it, budgets know of it, and it is written later. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { UsageBook } from '../../src/app/usage-book.ts';
import { forgottenPerson, type UsageRecord } from '../../src/catalog/catalog.ts';
import type { ErrorCode } from '../../src/core/error-codes.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { openTestApp } from '../support/test-app.ts';

const system = systemScope('test');
const noon = Date.UTC(2026, 1, 3, 12);
const usage: UsageRecord = {
  traceId: 'trace_1',
  principalId: 'bob',
  at: noon,
  status: 'answered',
  reason: null,
  modelId: 'main',
  zone: 'local',
  inputTokens: 100,
  outputTokens: 10,
  costUsd: 0.5,
  totalMs: 5,
  groups: ['staff'],
};

/** Over a catalogue that fails so many times, or as long as it is told to. */
function bookOver(failure: ErrorCode, failures: number, clock = new ManualClock(noon)) {
  const [written, warnings]: [UsageRecord[], string[]] = [[], []];
  const [known, state] = [new Set(['bob']), { failures, unwritable: null as ErrorCode | null }];
  const book = new UsageBook({
    catalog: {
      assertWritable: async () => {
        if (state.unwritable !== null) throw new PerseaError(state.unwritable, `It is ${state.unwritable}.`);
      },
      recordUsage: async (record) => {
        if (state.failures-- > 0) throw new PerseaError(failure, `It is ${failure}.`);
        written.push(record);
      },
      usageTotals: async () => [{ key: null, questions: 1, inputTokens: 7, outputTokens: 0, costUsd: 1 }],
    },
    isKnown: (id) => known.has(id),
    onWarning: (message) => void warnings.push(message),
    clock,
  });
  return { book, clock, written, warnings, known, state };
}

/** Sleeps until it is told to go on. */
class WaitingClock extends ManualClock {
  wake: () => void = () => undefined;
  #passed = 0;

  override now(): number {
    return super.now() + this.#passed;
  }

  pass(milliseconds: number): void {
    this.#passed += milliseconds;
  }

  override async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      this.wake = resolve;
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    await super.sleep(milliseconds, signal);
  }
}

it('takes no answer away while another process holds the catalogue, and is written when that lets go', async () => {
  const model = new FakeLanguageModel({ reply: () => 'Parental leave is twelve weeks. [1]' });
  const { app, folder, ingest, warnings, reopen } = await openTestApp({
    documents: { 'leave.md': '# Leave\n\nParental leave is twelve weeks at full pay.\n' },
    models: [{ model, maxOutputTokens: 50 }],
  });
  await ingest();
  const other = new DatabaseSync(join(folder, '.persea/catalog.db'));
  onTestFinished(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  const scope = await app.scopeFor(app.principal('bob'));
  const answer = await app.ask(scope, { question: 'How many weeks is parental leave?' });
  expect(answer).toMatchObject({ status: 'answered', warnings: [] });
  expect(await app.catalog.usage(system)).toEqual([]);
  other.exec('ROLLBACK');
  await app.close();
  const recorded = await (await reopen()).catalog.usage(system);
  expect(recorded).toMatchObject([{ traceId: answer.traceId, principalId: 'bob', modelId: 'fake' }]);
  expect(warnings).toEqual([]);
});

it('is tried again at growing distances, and told once where that goes on for long', async () => {
  const short = bookOver('store-busy', 4);
  await short.book.record(usage);
  await short.book.close();
  expect(short.written).toEqual([usage]);
  expect(short.warnings).toEqual([]);

  const clock = new WaitingClock(noon);
  const long = bookOver('store-busy', Number.POSITIVE_INFINITY, clock);
  await long.book.record(usage);
  for (let tries = 0; tries < 12; tries++) {
    clock.wake();
    await new Promise(setImmediate);
  }
  expect(clock.sleeps.slice(0, 8)).toEqual([25, 50, 100, 200, 400, 800, 1_000, 1_000]);
  expect(long.warnings).toEqual([
    'The usage of a question could not be recorded yet and is tried again: It is store-busy.',
  ]);
  long.state.failures = 0;
  clock.wake();
  await new Promise(setImmediate);
  expect(long.written).toEqual([usage]);
});

it('is written also where it comes just as all that waited was', async () => {
  for (let later = 0; later < 12; later++) {
    const clock = new WaitingClock(noon);
    const { book, written } = bookOver('store-busy', 1, clock);
    await book.record(usage);
    await new Promise(setImmediate);
    clock.wake();
    for (let step = 0; step < later; step++) await Promise.resolve();
    await book.record({ ...usage, traceId: 'trace_2' });
    await new Promise(setImmediate);
    expect(written.map(({ traceId }) => traceId)).toEqual(['trace_1', 'trace_2']);
  }
});

it('counts for budgets while it waits, and leaves nothing more to be spent where too much does', async () => {
  const { book, clock } = bookOver('store-busy', Number.POSITIVE_INFINITY, new WaitingClock(noon));
  await book.record(usage);
  await book.record({ ...usage, traceId: 'trace_2', principalId: 'alice', groups: [] });
  await book.record({ ...usage, traceId: 'trace_3', at: noon - 86_400_000 });
  const sinceMs = noon - 43_200_000;
  const recorded = { inputTokens: 7, outputTokens: 0, costUsd: 1 };
  const spent = (questions: number) => ({
    inputTokens: recorded.inputTokens + questions * usage.inputTokens,
    outputTokens: questions * usage.outputTokens,
    costUsd: recorded.costUsd + questions * usage.costUsd,
  });
  expect(await book.spentBy(system, { sinceMs })).toEqual(spent(2));
  expect(await book.spentBy(system, { sinceMs, principalId: 'alice' })).toEqual(spent(1));
  expect(await book.spentBy(system, { sinceMs, group: 'staff' })).toEqual(spent(1));
  expect(await book.spentBy(system, { sinceMs: clock.now() + 1 })).toEqual(spent(0));
  for (let more = 0; more < 9_000; more++) await book.record({ ...usage, traceId: `more_${more}` });
  expect(await book.spentBy(system, { sinceMs })).toBeNull();
});

it('leaves nothing to be spent that an end of the process would lose', async () => {
  const sinceMs = noon - 43_200_000;
  const clock = new WaitingClock(noon);
  const full = bookOver('disk-full', 1, clock);
  await full.book.record(usage);
  expect(await full.book.spentBy(system, { sinceMs })).toBeNull();
  clock.wake();
  await new Promise(setImmediate);
  expect(await full.book.spentBy(system, { sinceMs })).toMatchObject({ costUsd: 1 });

  const busyClock = new WaitingClock(noon);
  const busy = bookOver('store-busy', Number.POSITIVE_INFINITY, busyClock);
  await busy.book.record(usage);
  busyClock.pass(59_999);
  expect(await busy.book.spentBy(system, { sinceMs })).toMatchObject({ costUsd: 1.5 });
  busyClock.pass(1);
  expect(await busy.book.spentBy(system, { sinceMs })).toBeNull();
});

it('leaves nothing to be spent where it is known beforehand that it could not be written', async () => {
  const { book, state, warnings } = bookOver('disk-full', 0);
  const spent = () => book.spentBy(system, { sinceMs: 0 });
  state.unwritable = 'disk-full';
  expect([await spent(), await spent()]).toEqual([null, null]);
  expect(warnings).toEqual([
    'What questions come to cannot be recorded, so that nothing is asked on a budget: It is disk-full.',
  ]);
  state.unwritable = 'store-busy';
  expect(await spent()).toMatchObject({ costUsd: 1 });
  state.unwritable = null;
  expect(await spent()).toMatchObject({ costUsd: 1 });
  expect(warnings).toHaveLength(1);
});

it('names nobody who was forgotten while it waited', async () => {
  const { book, written, known } = bookOver('disk-full', 1, new WaitingClock(noon));
  await book.record(usage);
  known.delete('bob');
  await book.close();
  expect(written).toMatchObject([{ principalId: forgottenPerson, costUsd: usage.costUsd }]);
  expect(JSON.stringify(written)).not.toMatch(/bob|staff|trace_1/);
});

it('is told as lost where it cannot be written until the end', async () => {
  const { book, warnings } = bookOver('disk-full', Number.POSITIVE_INFINITY, new WaitingClock(noon));
  await book.record(usage);
  await book.record({ ...usage, traceId: 'trace_2' });
  await book.close();
  expect(warnings).toEqual([
    'The usage of a question could not be recorded yet and is tried again: It is disk-full.',
    'The usage of 2 questions could not be recorded and is missing in all sums and budgets (220 tokens, 1 USD). It is disk-full.',
  ]);
});
