/** How many questions may come: so many a minute from each key, and so many at a time from all. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LimitsConfig } from '../config.ts';
import { PerseaError } from '../core/errors.ts';
import { callerOf } from './caller.ts';

export type Admission = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** Limits are read at each request, because a running server takes a changed configuration. */
export function createAdmission(server: FastifyInstance, limits: () => LimitsConfig): Admission {
  const countQuestion = server.createRateLimit({
    max: () => limits().questionsPerMinute,
    timeWindow: 60_000,
    keyGenerator: (request) => callerOf(request).keyId,
  });
  let running = 0;

  return async (request, reply) => {
    const counted = await countQuestion(request);
    if (!counted.isAllowed && counted.isExceeded) {
      reply.header('retry-after', String(counted.ttlInSeconds));
      throw new PerseaError(
        'rate-limited',
        `More than ${counted.max} questions came within a minute. Wait ${counted.ttlInSeconds} s.`,
      );
    }
    const { queue } = limits();
    if (running >= queue) {
      throw new PerseaError('queue-full', `${queue} questions are being answered already. Try again a little later.`);
    }
    running++;
    reply.raw.once('close', () => {
      running--;
    });
  };
}
