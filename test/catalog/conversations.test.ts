import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SqliteConversations } from '../../src/catalog/sqlite-conversations.ts';
import { systemClock } from '../../src/core/async.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const dayMs = 86_400_000;

async function open(now = { ms: 100 * dayMs }) {
  const path = join(await temporaryFolder({}), 'conversations.db');
  const clock = { ...systemClock, now: () => now.ms };
  const conversations = new SqliteConversations({ path, retentionDays: () => 30, clock });
  onTestFinished(() => conversations.close());
  return { path, conversations, now };
}

const turn = (question: string) => ({ question, chunkIds: [`${question}#1#0`] });

describe('kept conversations', () => {
  it('give the last turns, oldest first', async () => {
    const { conversations } = await open();
    for (const question of ['a', 'b', 'c']) await conversations.record('bob', 'one', turn(question));
    expect(await conversations.turns('bob', 'one', 2)).toEqual([turn('b'), turn('c')]);
  });

  it('belong to one person: the same name is another conversation for somebody else', async () => {
    const { conversations } = await open();
    await conversations.record('bob', 'one', turn('secret'));
    expect(await conversations.turns('alice', 'one', 9)).toEqual([]);
    expect(await conversations.turns('bob', 'two', 9)).toEqual([]);
  });

  it('end with the days for which they are kept', async () => {
    const { conversations, now } = await open();
    await conversations.record('bob', 'one', turn('old'));
    now.ms += 31 * dayMs;
    expect(await conversations.turns('bob', 'one', 9)).toEqual([]);
    await conversations.record('bob', 'two', turn('new'));
    now.ms -= 31 * dayMs;
    expect(await conversations.turns('bob', 'one', 9)).toEqual([]);
  });

  it('are written when another process lets go of the file, and hold up nothing else until then', async () => {
    const { path, conversations } = await open();
    await conversations.record('bob', 'one', turn('a'));
    const other = new DatabaseSync(path);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    const writing = [
      conversations.record('bob', 'one', turn('b')),
      conversations.setTitle('bob', 'one', 'About a'),
      conversations.remove('bob', 'two'),
    ];
    expect(await conversations.turns('bob', 'one', 9)).toEqual([turn('a')]);
    // Only a process that goes on comes to this.
    other.exec('ROLLBACK');
    await Promise.all(writing);
    expect(await conversations.turns('bob', 'one', 9)).toEqual([turn('a'), turn('b')]);
    expect(await conversations.list('bob', 9)).toMatchObject([{ title: 'About a' }]);
  });

  it('are bounded', async () => {
    const { conversations } = await open();
    for (let index = 0; index < 60; index++) await conversations.record('bob', 'one', turn(String(index)));
    const kept = await conversations.turns('bob', 'one', 1_000);
    expect(kept).toHaveLength(50);
    expect(kept.at(-1)).toEqual(turn('59'));
  });

  it('are listed for their person alone, the latest first, with the first question that is kept and its title', async () => {
    const { conversations, now } = await open();
    for (const question of ['a', 'b']) await conversations.record('bob', 'one', turn(question));
    now.ms += dayMs;
    await conversations.record('bob', 'two', turn('c'));
    await conversations.record('alice', 'one', turn('secret'));
    await conversations.setTitle('bob', 'one', 'About a');
    await conversations.setTitle('bob', 'nowhere', 'About nothing');
    const one = {
      id: 'one',
      firstQuestion: 'a',
      title: 'About a',
      questions: 2,
      startedAt: 100 * dayMs,
      lastAt: 100 * dayMs,
    };
    const two = { id: 'two', firstQuestion: 'c', title: null, questions: 1, startedAt: now.ms, lastAt: now.ms };
    expect(await conversations.list('bob', 9)).toEqual([two, one]);
    expect(await conversations.list('bob', 1)).toEqual([two]);
    expect(await conversations.list('eve', 9)).toEqual([]);
  });

  it('lose their title with the question that it was made of, and are gone when they are removed', async () => {
    const { conversations, now } = await open();
    await conversations.record('bob', 'one', turn('first'));
    await conversations.setTitle('bob', 'one', 'About the first');
    now.ms += 20 * dayMs;
    await conversations.record('bob', 'one', turn('second'));
    now.ms += 15 * dayMs;
    expect(await conversations.list('bob', 9)).toMatchObject([{ firstQuestion: 'second', title: null, questions: 1 }]);
    await conversations.record('alice', 'one', turn('hers'));
    await conversations.remove('bob', 'one');
    expect(await conversations.list('bob', 9)).toEqual([]);
    expect(await conversations.turns('bob', 'one', 9)).toEqual([]);
    expect(await conversations.list('alice', 9)).toHaveLength(1);
  });
});
