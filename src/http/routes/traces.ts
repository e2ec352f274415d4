/** How an answer came about, within what the caller may see now, and what its asker thinks of it. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { callerOf } from '../caller.ts';
import { problems } from '../schemas.ts';
import { feedbackBody, feedbackResponse, traceParams, traceResponse } from '../trace-schemas.ts';
import type { RouteContext } from './context.ts';

const failures = problems(400, 401, 403, 404);

export const traceRoutes: FastifyPluginAsyncZod<RouteContext> = async (server, { app }) => {
  server.get(
    '/v1/traces/:id',
    {
      config: { role: 'developer' },
      schema: {
        summary: 'How an answer came about: one of your own, or, with the role admin too, of anybody',
        description:
          'Passages and what was made of them are shown only where you may see the documents now, in the revision that was used.',
        params: traceParams,
        response: { 200: traceResponse, ...failures },
      },
    },
    async (request) => {
      const scope = await app.scopeFor(callerOf(request).principal);
      return app.traces.show(scope, request.params.id);
    },
  );

  server.post(
    '/v1/feedback',
    {
      config: { role: 'employee' },
      schema: {
        summary: 'What you think of an answer to a question of yours; a later one replaces it',
        body: feedbackBody,
        response: { 200: feedbackResponse, ...failures, ...problems(413, 415) },
      },
    },
    async (request) => {
      const scope = await app.scopeFor(callerOf(request).principal);
      const { traceId, rating, comment } = request.body;
      const feedback = app.traces.recordFeedback(scope, {
        traceId,
        rating,
        ...(comment === undefined ? {} : { comment }),
      });
      return { traceId, ...feedback, at: new Date(feedback.at).toISOString() };
    },
  );
};
