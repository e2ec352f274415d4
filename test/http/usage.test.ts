import { describe, expect, it } from 'vitest';
import { usageResponse } from '../../src/http/schemas.ts';
import { openServer, useSharedApp } from './http-fixture.ts';

const shared = useSharedApp();

describe('GET /v1/usage', () => {
  it('shows a person their own questions, and those of all to an administrator', async () => {
    const { send } = await openServer(shared());
    for (const person of ['bob', 'bob', 'dora']) {
      const reply = await send(person, 'POST', '/v1/ask', { question: 'How long is parental leave?' });
      expect(reply.statusCode).toBe(200);
    }
    const usageOf = async (person: string) => {
      const reply = await send(person, 'GET', '/v1/usage?by=person');
      expect(reply.statusCode).toBe(200);
      return usageResponse.parse(reply.json());
    };
    expect(await usageOf('bob')).toMatchObject({ rows: [{ key: 'bob', questions: 2 }], total: { questions: 2 } });
    expect(await usageOf('eve')).toMatchObject({ rows: [], total: { questions: 0 } });
    expect((await usageOf('alice')).rows.map(({ key, questions }) => [key, questions])).toEqual([
      ['bob', 2],
      ['dora', 1],
    ]);
  });

  it.each(['?by=secret', '?since=yesterday', '?since=2026-03-02&until=2026-03-01', '?person=alice'])(
    'refuses %s',
    async (query) => {
      const { send } = await openServer(shared());
      expect((await send('bob', 'GET', `/v1/usage${query}`)).json()).toMatchObject({ code: 'request-invalid' });
    },
  );

  it('needs a key and the role', async () => {
    const { send } = await openServer(shared());
    expect((await send(null, 'GET', '/v1/usage')).statusCode).toBe(401);
    expect((await send('walter', 'GET', '/v1/usage')).statusCode).toBe(403);
  });
});
