/** Whether the process lives, and whether it can answer. Asked by machines without a key, so no counts and no paths. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { healthResponse, readinessResponse } from '../schemas.ts';
import type { RouteContext } from './context.ts';

const refusedConfig = 'A changed configuration was refused and the old one stays in force; the log says why.';

export const healthRoutes: FastifyPluginAsyncZod<RouteContext> = async (server, { app }) => {
  server.get('/healthz', { schema: { summary: 'The process lives', response: { 200: healthResponse } } }, async () => ({
    status: 'ok' as const,
  }));

  server.get(
    '/readyz',
    {
      schema: {
        summary: 'The server can answer; `degraded`: it does so under an older configuration than the files hold',
        response: { 200: readinessResponse, 503: readinessResponse },
      },
    },
    async (_, reply) => {
      const found = await app.checks({ isQuick: true });
      const checks = found.map(({ name, ok }) => ({
        name,
        ok,
        ...(name === 'config' && !ok ? { detail: refusedConfig } : {}),
      }));
      const failed = checks.filter(({ ok }) => !ok);
      if (failed.some(({ name }) => name !== 'config')) {
        return reply.code(503).send({ status: 'unavailable', checks });
      }
      return { status: failed.length > 0 ? ('degraded' as const) : ('ready' as const), checks };
    },
  );
};
