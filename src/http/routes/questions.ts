/** Asking and searching, each within what the caller may see. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { SearchFilters } from '../../core/fact-filter.ts';
import type { AskRequest } from '../../query/question.ts';
import { clientSignal } from '../abort.ts';
import { callerOf } from '../caller.ts';
import { eventStream, eventStreamMediaType, sendEvents, wantsEvents } from '../event-stream.ts';
import { answerResponse, askBody, problems, searchBody, searchResponse } from '../schemas.ts';
import type { RouteContext } from './context.ts';

const config = { role: 'employee' } as const;
const failures = problems(400, 401, 403, 413, 415, 429, 502, 504);

export const questionRoutes: FastifyPluginAsyncZod<RouteContext> = async (server, context) => {
  const { app, stopping, clock, admitQuestion, report } = context;

  server.post(
    '/v1/ask',
    {
      config,
      onRequest: admitQuestion,
      schema: {
        summary: 'A grounded answer with checked citations',
        description:
          'With `Accept: text/event-stream` the answer comes as server-sent events: answer-start, text-delta, citation, answer-end, error, and draft where `include` asks for it.',
        body: askBody,
        response: {
          200: {
            description: 'An answer; answered, abstained and refused are all results.',
            content: {
              'application/json': { schema: answerResponse },
              [eventStreamMediaType]: { schema: z.string() },
            },
          },
          ...failures,
          ...problems(409),
        },
      },
    },
    async (request, reply) => {
      const scope = await app.scopeFor(callerOf(request).principal);
      const question = askRequestOf(request.body);
      const options = { signal: clientSignal(reply, stopping), traceId: request.id };
      if (!wantsEvents(request.headers.accept)) return app.ask(scope, question, options);
      const frames = eventStream({
        events: app.askStream(scope, question, options),
        traceId: request.id,
        onError: (thrown) => report(request, thrown),
        clock,
      });
      return sendEvents(reply, frames);
    },
  );

  server.post(
    '/v1/search',
    {
      config,
      onRequest: admitQuestion,
      schema: {
        summary: 'Passages that fit a query, without an answer',
        body: searchBody,
        response: { 200: searchResponse, ...failures },
      },
    },
    async (request, reply) => {
      const scope = await app.scopeFor(callerOf(request).principal);
      const { query, topK, mode, explain, filters, facets } = request.body;
      return app.search(
        scope,
        {
          query,
          ...(topK === undefined ? {} : { topK }),
          ...(mode === undefined ? {} : { mode }),
          ...(explain === undefined ? {} : { explain }),
          ...(filters === undefined ? {} : { filters: givenFilters(filters) }),
          ...(facets === undefined ? {} : { facets }),
        },
        { signal: clientSignal(reply, stopping) },
      );
    },
  );
};

function askRequestOf({
  question,
  conversationId,
  format,
  model,
  include,
  filters,
}: z.output<typeof askBody>): AskRequest {
  return {
    question,
    ...(conversationId === undefined ? {} : { conversationId }),
    ...(format === undefined ? {} : { format }),
    ...(model === undefined ? {} : { model }),
    ...(include?.includes('context') === true ? { includeContext: true } : {}),
    ...(include?.includes('draft') === true ? { includeDraft: true } : {}),
    ...(filters === undefined ? {} : { filters: givenFilters(filters) }),
  };
}

/** The schema's optional fields may be there and undefined; those of the request are left out. */
function givenFilters(filters: NonNullable<z.output<typeof searchBody>['filters']>): SearchFilters {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
}
