/** The context lab, for developers and within what they may see themselves. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { clientSignal } from '../abort.ts';
import { callerOf } from '../caller.ts';
import { labBody, labResponse, problems } from '../schemas.ts';
import type { RouteContext } from './context.ts';

const failures = problems(400, 401, 403, 409, 413, 415, 429, 502, 504);

export const labRoutes: FastifyPluginAsyncZod<RouteContext> = async (server, { app, stopping, admitQuestion }) => {
  server.post(
    '/v1/lab',
    {
      config: { role: 'developer' },
      onRequest: admitQuestion,
      schema: {
        summary: 'The same evidence in several context formats, for several models',
        body: labBody,
        response: { 200: labResponse, ...failures },
      },
    },
    async (request, reply) => {
      const scope = await app.scopeFor(callerOf(request).principal);
      const { question, formats, models } = request.body;
      const wanted = { ...(formats === undefined ? {} : { formats }), ...(models === undefined ? {} : { models }) };
      const { failed, ...result } = await app.lab(
        scope,
        { question, ...wanted },
        { signal: clientSignal(reply, stopping) },
      );
      if (failed === undefined) return result;
      // Why names addresses of the installation.
      for (const { message, ...run } of failed) request.log.warn(run, message);
      return { ...result, failed: failed.map(({ message: _, ...run }) => run) };
    },
  );
};
