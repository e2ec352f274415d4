import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SqliteConversations } from '../../src/catalog/sqlite-conversations.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const dayMs = 86_400_000;

async function open(now = { ms: 100 * dayMs }) {
  const path = join(await temporaryFolder({}), 'conversations.db');
  const conversations = new SqliteConversations({ path, retentionDays: () => 30, now: () => now.ms });
  onTestFinished(() => conversations.close());
  return { conversations, now };
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

  it('are bounded', async () => {
    const { conversations } = await open();
    for (let index = 0; index < 60; index++) await conversations.record('bob', 'one', turn(String(index)));
    const kept = await conversations.turns('bob', 'one', 1_000);
    expect(kept).toHaveLength(50);
    expect(kept.at(-1)).toEqual(turn('59'));
  });
});
