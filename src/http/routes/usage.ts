/** What questions came to: one's own, or those of all for administrators. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { usageReport } from '../../query/usage-report.ts';
import { callerOf } from '../caller.ts';
import { problems, usageQuery, usageResponse } from '../schemas.ts';
import type { RouteContext } from './context.ts';

const failures = problems(400, 401, 403);

export const usageRoutes: FastifyPluginAsyncZod<RouteContext> = async (server, { app, clock }) => {
  server.get(
    '/v1/usage',
    {
      config: { role: 'employee' },
      schema: {
        summary: 'Tokens and cost of one’s own questions; of everybody’s for the role admin',
        querystring: usageQuery,
        response: { 200: usageResponse, ...failures },
      },
    },
    async (request) => {
      const scope = await app.scopeFor(callerOf(request).principal);
      const { by, since, until } = request.query;
      const wanted = {
        ...(by === undefined ? {} : { by }),
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
      };
      return usageReport(app.catalog, scope, wanted, clock.now());
    },
  );
};
