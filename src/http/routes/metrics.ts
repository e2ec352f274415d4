/** Metrics in the text format of Prometheus, for whom `server.metrics` lets read them. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { PerseaError } from '../../core/errors.ts';
import { authenticate } from '../caller.ts';
import { problems } from '../schemas.ts';
import type { RouteContext } from './context.ts';

const metricsMediaType = 'text/plain; version=0.0.4; charset=utf-8';

export const metricsRoutes: FastifyPluginAsyncZod<RouteContext> = async (server, { app }) => {
  server.get(
    '/metrics',
    {
      config: { role: 'admin' },
      schema: {
        summary:
          'Counts and times of questions, models and requests; by `server.metrics` for the role admin, everybody or nobody',
        security: [{ apiKey: [] }, {}],
        response: {
          200: { content: { 'text/plain': { schema: z.string() } } },
          ...problems(401, 403, 404),
        },
      },
    },
    async (request, reply) => {
      const who = app.config().server.metrics;
      if (who === 'off') throw new PerseaError('route-absent', 'There is no such route. See /openapi.json.');
      if (who === 'admin') await authenticate(app, request);
      return reply.header('cache-control', 'no-store').type(metricsMediaType).send(app.traces.metrics.text());
    },
  );
};
