/** What the caller asked in conversations: to find one again, and to have it forgotten. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { clientSignal } from '../abort.ts';
import { callerOf } from '../caller.ts';
import {
  conversationParams,
  conversationRemoved,
  conversationsQuery,
  conversationsResponse,
} from '../conversation-schemas.ts';
import { problems } from '../schemas.ts';
import type { RouteContext } from './context.ts';

const failures = problems(400, 401, 403, 429);
const defaultLimit = 50;

export const conversationRoutes: FastifyPluginAsyncZod<RouteContext> = async (server, context) => {
  const { app, stopping, admitQuestion } = context;

  server.get(
    '/v1/conversations',
    {
      config: { role: 'employee' },
      // Titles may be made by a model, so a look at the list counts as a question.
      onRequest: admitQuestion,
      schema: {
        summary: 'Your own conversations, the latest first',
        querystring: conversationsQuery,
        response: { 200: conversationsResponse, ...failures },
      },
    },
    async (request, reply) => {
      const scope = await app.scopeFor(callerOf(request).principal);
      const { limit = defaultLimit } = request.query;
      return { conversations: await app.conversations.list(scope, { limit, signal: clientSignal(reply, stopping) }) };
    },
  );

  server.delete(
    '/v1/conversations/:id',
    {
      config: { role: 'employee' },
      schema: {
        summary: 'Forgets what you asked in a conversation; the same whether or not there is one',
        params: conversationParams,
        response: { 204: conversationRemoved, ...failures },
      },
    },
    async (request, reply) => {
      const scope = await app.scopeFor(callerOf(request).principal);
      await app.conversations.remove(scope, request.params.id);
      return reply.code(204).send(null);
    },
  );
};
