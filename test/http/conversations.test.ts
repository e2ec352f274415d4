import { expect, it } from 'vitest';
import { openServer, useSharedApp } from './http-fixture.ts';

const shared = useSharedApp();

it('lists and forgets one’s own conversations, and nobody else’s', async () => {
  const { send, server, keys } = await openServer(shared());
  for (const person of ['bob', 'alice']) {
    const question = person === 'bob' ? 'How long is parental leave?' : 'What does the quibblefish band pay?';
    expect((await send(person, 'POST', '/v1/ask', { question, conversationId: 'c1' })).statusCode).toBe(200);
  }
  await send('bob', 'POST', '/v1/ask', { question: 'Who books hotels?', conversationId: 'c2' });
  const listed = async (person: string, query = '') => {
    const reply = await send(person, 'GET', `/v1/conversations${query}`);
    expect(reply.statusCode).toBe(200);
    return reply.json().conversations.map(({ id, title }: { id: string; title: string }) => [id, title]);
  };
  const first = ['c1', 'How long is parental leave?'];
  expect(await listed('bob')).toEqual([['c2', 'Who books hotels?'], first]);
  expect(await listed('bob', '?limit=1')).toHaveLength(1);
  expect(await listed('alice')).toEqual([['c1', 'What does the quibblefish band pay?']]);
  expect(await listed('eve')).toEqual([]);

  const forget = (person: string, id: string) =>
    server.inject({
      method: 'DELETE',
      url: `/v1/conversations/${id}`,
      headers: { authorization: `Bearer ${keys.get(person)}` },
    });
  const replies = [await forget('alice', 'c2'), await forget('bob', 'c2')];
  expect(replies.map(({ statusCode, body }) => [statusCode, body])).toEqual([
    [204, ''],
    [204, ''],
  ]);
  expect(await listed('bob')).toEqual([first]);
  expect((await forget('bob', '..')).statusCode).toBeGreaterThanOrEqual(400);
  expect((await send('walter', 'GET', '/v1/conversations')).statusCode).toBe(403);
  expect((await send(null, 'GET', '/v1/conversations')).statusCode).toBe(401);
  expect((await send('bob', 'GET', '/v1/conversations?limit=0')).json()).toMatchObject({ code: 'request-invalid' });
});
