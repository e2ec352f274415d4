import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Role } from '../../src/access/principal.ts';
import { type AccessScope, scopeOf, systemScope } from '../../src/access/scope.ts';
import { systemClock } from '../../src/core/async.ts';
import { sha256Hex } from '../../src/core/ids.ts';
import type { TraceRecord } from '../../src/core/trace.ts';
import { openSqliteTraces } from '../../src/traces/sqlite-traces.ts';
import type { ContentPolicy, TraceStore } from '../../src/traces/trace-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { traceOf } from '../support/traces.ts';

const operator = systemScope('test');
const dayMs = 86_400_000;

function person(id: string, ...roles: Role[]): AccessScope {
  return scopeOf({ id, groups: [], roles, heldTags: new Set() }, []);
}

interface Opened {
  readonly store: TraceStore;
  readonly folder: string;
  readonly clock: ManualClock;
  record(trace: Partial<TraceRecord>, policy?: ContentPolicy): Promise<void>;
}

async function open(retentionDays = 30): Promise<Opened> {
  const folder = await temporaryFolder();
  const clock = new ManualClock(100 * dayMs);
  const store = openSqliteTraces({ directory: folder, retentionDays: () => retentionDays, clock });
  onTestFinished(() => store.close());
  return {
    store,
    folder,
    clock,
    record: (trace, policy = 'hashes') => store.record(traceOf({ at: clock.now(), ...trace }), policy),
  };
}

/** Every byte of the folder, the write-ahead log included. */
function bytesOf(folder: string): string {
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('\n');
}

describe('what is kept of texts', () => {
  const texts = ['How long is parental leave?', 'Parental leave is 26 weeks.', 'is 26 weeks', 'pony'];

  it.each(['none', 'hashes'] as const)('is no word under %s', async (policy) => {
    const { folder, record } = await open();
    record({}, policy);
    const bytes = bytesOf(folder);
    for (const text of texts) expect(bytes).not.toContain(text);
  });

  it('is everything but the prompt under full', async () => {
    const { folder, store, record } = await open();
    record({}, 'full');
    const bytes = bytesOf(folder);
    for (const text of texts) expect(bytes).toContain(text);
    expect(bytes).not.toContain('Rules of the prompt');
    expect(store.find(operator, 'trace_1')?.content?.prompt).toMatch(/^hmac-sha256:[0-9a-f]{32}$/);
  });

  it('is under hashes what a list of questions cannot be held against', async () => {
    const question = 'How long is parental leave?';
    const [first, second] = [await open(), await open()];
    first.record({});
    first.record({ traceId: 'trace_2' });
    second.record({});
    const hashOf = ({ store }: Opened, id = 'trace_1') => store.find(operator, id)?.content?.question;
    expect(hashOf(first)).toMatch(/^hmac-sha256:[0-9a-f]{32}$/);
    expect(hashOf(first)).not.toContain(sha256Hex(question).slice(0, 32));
    // Repetitions can be told, but only within one data folder.
    expect(hashOf(first, 'trace_2')).toBe(hashOf(first));
    expect(hashOf(second)).not.toBe(hashOf(first));
    expect(statSync(join(first.folder, 'traces.key')).mode & 0o077).toBe(0);
    expect(readFileSync(join(first.folder, 'traces.db'), 'latin1')).not.toContain(
      readFileSync(join(first.folder, 'traces.key'), 'latin1'),
    );
  });

  it('is hashed with the same key by two processes that begin at once', async () => {
    const { folder, clock, record, store } = await open();
    const other = openSqliteTraces({ directory: folder, retentionDays: () => 30, clock });
    onTestFinished(() => other.close());
    record({});
    other.record(traceOf({ traceId: 'trace_2', at: clock.now() }), 'hashes');
    const [a, b] = ['trace_1', 'trace_2'].map((id) => store.find(operator, id)?.content?.question);
    expect(a).toBe(b);
  });
});

it('is written when another process lets go of the file, and holds up nothing else until then', async () => {
  const { folder } = await open();
  const store = openSqliteTraces({ directory: folder, retentionDays: () => 30, clock: systemClock });
  const other = new DatabaseSync(join(folder, 'traces.db'));
  onTestFinished(() => {
    other.close();
    store.close();
  });
  other.exec('BEGIN IMMEDIATE');
  const recorded = store.record(traceOf({ at: systemClock.now() }), 'hashes');
  expect(store.find(operator, 'trace_1')).toBeUndefined();
  // Only a process that goes on comes to this.
  other.exec('ROLLBACK');
  await recorded;
  expect(store.find(operator, 'trace_1')).toBeDefined();
});

describe('who may see a trace', () => {
  it('is its asker, an administrator and the operator', async () => {
    const { store, record } = await open();
    record({ principalId: 'bob' });
    expect(store.find(person('bob', 'employee'), 'trace_1')?.principalId).toBe('bob');
    expect(store.find(person('alice', 'employee', 'developer'), 'trace_1')).toBeUndefined();
    expect(store.find(person('ada', 'admin'), 'trace_1')).toBeDefined();
    expect(store.find(operator, 'trace_1')).toBeDefined();
    expect(store.list(person('alice', 'developer'))).toEqual([]);
    expect(store.list(person('ada', 'admin'))).toHaveLength(1);
  });

  it('needs a genuine scope', async () => {
    const { store, record } = await open();
    record({});
    const forged = { ...operator } as typeof operator;
    expect(() => store.find(forged, 'trace_1')).toThrow('genuine access scope');
    expect(() => store.list(forged)).toThrow('genuine access scope');
    expect(() => store.documentIds(person('ada', 'admin'))).toThrow('only for the system');
  });
});

describe('retention', () => {
  it('hides a trace at once when its time is over, and deletes it with its feedback at the next upkeep', async () => {
    const { store, clock, record } = await open(7);
    record({});
    expect(store.recordFeedback(person('bob'), { traceId: 'trace_1', rating: 'up' })).toBe(true);
    await clock.sleep(7 * dayMs + 1);
    expect(store.find(operator, 'trace_1')).toBeUndefined();
    expect(store.list(operator)).toEqual([]);
    expect(store.recordFeedback(person('bob'), { traceId: 'trace_1', rating: 'down' })).toBe(false);
    expect(store.expire()).toBe(1);
    expect(store.expire()).toBe(0);
  });

  it('is kept by a server that only answers', async () => {
    const { folder, store, clock, record } = await open(7);
    record({}, 'full');
    await clock.sleep(8 * dayMs);
    await record({ traceId: 'trace_2' }, 'none');
    store.compact();
    expect(bytesOf(folder)).not.toContain('parental leave');
  });
});

describe('feedback', () => {
  it('is its asker alone to give, and a later one replaces it', async () => {
    const { store, record } = await open();
    record({ principalId: 'bob' });
    const request = { traceId: 'trace_1', rating: 'down', comment: 'too short' } as const;
    for (const other of [person('alice'), person('ada', 'admin'), operator]) {
      expect(store.recordFeedback(other, request)).toBe(false);
    }
    expect(store.recordFeedback(person('bob'), { ...request, traceId: 'trace_9' })).toBe(false);
    expect(store.recordFeedback(person('bob'), request)).toBe(true);
    expect(store.find(operator, 'trace_1')?.feedback).toMatchObject({ rating: 'down', comment: 'too short' });
    expect(store.recordFeedback(person('bob'), { traceId: 'trace_1', rating: 'up' })).toBe(true);
    expect(store.find(operator, 'trace_1')?.feedback).toMatchObject({ rating: 'up', comment: null });
    expect(store.list(operator, { hasFeedback: true })).toHaveLength(1);
  });
});

describe('a removal', () => {
  it("takes one trace, or all of a person's, and only the operator may", async () => {
    const { folder, store, record } = await open();
    record({}, 'full');
    record({ traceId: 'trace_2' }, 'full');
    record({ traceId: 'trace_3', principalId: 'alice' }, 'none');
    expect(() => store.remove(person('bob', 'admin'), { principalId: 'bob' })).toThrow('only for the system');
    expect(store.remove(operator, { traceId: 'trace_9' })).toBe(0);
    expect(store.remove(operator, { traceId: 'trace_2' })).toBe(1);
    expect(store.remove(operator, { principalId: 'bob' })).toBe(1);
    store.compact();
    expect(bytesOf(folder)).not.toContain('parental leave');
    expect(store.list(operator).map(({ traceId }) => traceId)).toEqual(['trace_3']);
  });
});

describe('a purge', () => {
  it('finds what an answer names without a window, such as a list of documents', async () => {
    const { folder, store, clock, record } = await open();
    const { facts, content } = traceOf();
    record(
      { facts: { ...facts, window: null, retrieval: null }, content: { ...content, items: [] }, at: clock.now() },
      'full',
    );
    store.forgetDocuments(['doc_leave']);
    store.compact();
    expect(bytesOf(folder)).not.toContain('26 weeks');
  });

  it('leaves no byte of a document, nor of what was made of it, and the rest as it was', async () => {
    const { folder, store, clock, record } = await open();
    record({}, 'full');
    const other = traceOf({}, 'doc_other', 'Trains are second class.');
    record({ ...other, traceId: 'trace_2', at: clock.now() }, 'full');
    store.recordFeedback(person('bob'), { traceId: 'trace_1', rating: 'up', comment: '26 weeks, good to know' });
    expect(store.documentIds(operator)).toEqual(['doc_leave', 'doc_other']);
    store.forgetDocuments(['doc_leave']);
    store.compact();
    expect(bytesOf(folder)).not.toContain('26 weeks');
    expect(store.documentIds(operator)).toEqual(['doc_other']);
    expect(store.find(operator, 'trace_2')?.content?.answer).toBe('Trains are second class. [1]');
    const trace = store.find(operator, 'trace_1');
    expect(trace).toMatchObject({
      content: { question: 'How long is parental leave?', answer: '', items: [null], claims: [] },
      feedback: { rating: 'up', comment: null },
    });
  });
});
