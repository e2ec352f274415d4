/**
 * Who calls. Looked up anew at each request: a revoked key ends at once, and a person who is taken out of the policy is out
 * with the next request.
 */
import type { FastifyRequest } from 'fastify';
import { hashApiKey } from '../access/api-key.ts';
import type { Principal, Role } from '../access/principal.ts';
import type { App } from '../app.ts';
import { PerseaError } from '../core/errors.ts';

export interface Caller {
  readonly keyId: string;
  readonly principal: Principal;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before anything else of a route that needs a caller. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** Which role a caller needs. */
    role?: Role;
  }
}

const bearerPattern = /^Bearer +(\S{1,200})$/i;

/** Throws `unauthenticated` or `forbidden`. */
export async function authenticate(app: Pick<App, 'catalog' | 'policy'>, request: FastifyRequest): Promise<Caller> {
  const sent = bearerPattern.exec(request.headers.authorization ?? '')?.[1];
  if (sent === undefined) {
    throw new PerseaError(
      'unauthenticated',
      'The request carries no API key. Send one as `Authorization: Bearer KEY`; make one with `persea keys create`.',
    );
  }
  const hash = hashApiKey(sent);
  const key = hash === null ? undefined : await app.catalog.apiKeyByHash(hash);
  if (key === undefined) {
    throw new PerseaError(
      'unauthenticated',
      'The API key is unknown or revoked. Ask an administrator for another one.',
    );
  }
  const principal = app.policy().principal(key.principalId);
  if (principal === undefined) {
    throw new PerseaError('forbidden', 'The owner of this API key is no longer known. Ask an administrator.');
  }
  const { role } = request.routeOptions.config;
  if (role === undefined || !principal.roles.includes(role)) {
    throw new PerseaError(
      'forbidden',
      `This route needs the role ${role ?? 'of nobody'}. Ask an administrator for it.`,
    );
  }
  return { keyId: key.id, principal };
}

/** The caller of a route behind `authenticate`; a route that was left outside fails here instead of answering. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) {
    throw new PerseaError('internal', 'A route that needs a caller was reached without one; nothing was read.');
  }
  return request.caller;
}
