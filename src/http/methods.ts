/** A route that is asked with a method it does not have tells which ones it has, instead of that it does not exist. */
import type { FastifyInstance } from 'fastify';
import { PerseaError } from '../core/errors.ts';

/** Before the routes are added; what it gives is for when all of them are. */
export function watchMethods(server: FastifyInstance): { refuseOthers(): void } {
  const methodsOf = new Map<string, Set<string>>();
  server.addHook('onRoute', ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    methodsOf.set(url, methods);
  });
  return {
    refuseOthers: () => {
      for (const [url, methods] of [...methodsOf]) {
        const allow = [...methods].join(', ');
        const refuse = async (method: string): Promise<never> => {
          throw new PerseaError(
            'method-not-allowed',
            `This route does not take ${method}, but ${allow}. See /openapi.json.`,
          );
        };
        server.route({
          url,
          method: server.supportedMethods.filter((name) => !methods.has(name)),
          schema: { hide: true },
          onRequest: async ({ method }, reply) => {
            reply.header('allow', allow);
            return refuse(method);
          },
          handler: ({ method }) => refuse(method),
        });
      }
    },
  };
}
