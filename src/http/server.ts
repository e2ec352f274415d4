/** The HTTP server over an app: checks who calls, checks what they send, and hands both on. */
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { jsonSchemaTransform, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { DestinationStream } from 'pino';
import { type Clock, systemClock } from '../core/async.ts';
import { PerseaError } from '../core/errors.ts';
import { randomId } from '../core/ids.ts';
import { createAdmission } from './admission.ts';
import { answerBrokenRequest } from './broken-request.ts';
import { authenticate } from './caller.ts';
import { watchConnections } from './connections.ts';
import { readJsonBodies } from './json-body.ts';
import { watchMethods } from './methods.ts';
import { concernsInstallation, errorOf, type Problem, problemMediaType, problemOf } from './problem.ts';
import { createLog, logRequest, onceEnded } from './request-log.ts';
import type { RouteContext, ServedApp } from './routes/context.ts';
import { conversationRoutes } from './routes/conversations.ts';
import { documentRoutes } from './routes/documents.ts';
import { healthRoutes } from './routes/health.ts';
import { labRoutes } from './routes/lab.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { questionRoutes } from './routes/questions.ts';
import { traceRoutes } from './routes/traces.ts';
import { usageRoutes } from './routes/usage.ts';

export interface ServerOptions {
  /** Where the log goes; standard output when absent. */
  readonly logTo?: DestinationStream;
  /** Aborts what is still running when the server cannot wait for it any longer. */
  readonly stopping?: AbortSignal;
  /** How long a client may take nothing of what is ready for it before its connection is closed. */
  readonly stalledMs?: number;
  readonly clock?: Clock;
}

/** Long enough for a slow client, short enough that one which sends nothing does not hold a connection. */
const requestTimeoutMs = 30_000;
/**
 * Longer than the minute after which most proxies give an idle connection up: of the two it must not be the server that closes it,
 * perhaps just when the next request comes. Clients take off a second or more, and under two would not keep it at all.
 */
const keepAliveTimeoutMs = 72_000;
/** Of an answer that is ready, a client on the slowest line takes something within this; one that takes nothing would hold it in memory. */
const defaultStalledMs = 120_000;
/** While the server stops, it waits for nothing but the answers that are under way. */
const stoppingKeepAliveTimeoutMs = 1;

/** Ready to listen, or for `inject()`. */
export async function createServer(app: ServedApp, options: ServerOptions = {}): Promise<FastifyInstance> {
  const { bodyBytes } = app.config().limits;
  const log = createLog(options.logTo);
  const noteEnd = (request: FastifyRequest, reply: FastifyReply) =>
    onceEnded(reply, (status) => {
      logRequest(request, reply, status);
      const { method, routeOptions } = request;
      const seconds = reply.elapsedTime / 1000;
      app.traces.metrics.noteRequest({ method, route: routeOptions.url ?? 'none', status, seconds });
    });
  const server = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'traceId' }),
    bodyLimit: bodyBytes,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    genReqId: () => randomId('trace'),
    // An id of ours only: what a client calls a request must not get into the log.
    requestIdHeader: false,
    // What comes on an open connection while the server stops is still answered, and by us.
    return503OnClosing: false,
    // Ids are opaque; one that is too long does not exist either.
    routerOptions: { maxParamLength: 500 },
    clientErrorHandler: (error, socket) => {
      // Within an answer that is under way, another one would be read as its next part.
      if (connections.isAnswering(socket)) socket.destroy();
      else answerBrokenRequest(error, socket, log);
    },
    frameworkErrors: (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => {
      noteEnd(request, reply);
      const error = errorOf(thrown, bodyBytes);
      request.failureCode = error.code;
      sendProblem(reply, problemOf(error, request.id));
    },
  }).withTypeProvider<ZodTypeProvider>();

  const report = (request: FastifyRequest, thrown: unknown): PerseaError => {
    const error = isCutOff(request, thrown) ? cutOff(thrown) : errorOf(thrown, bodyBytes);
    request.failureCode = error.code;
    if (error.kind === 'internal') request.log.error({ err: thrown }, 'failed');
    else if (error.kind === 'unavailable' || concernsInstallation(error)) request.log.warn({ err: thrown }, 'failed');
    return error;
  };

  server.setValidatorCompiler(validatorCompiler);
  // Responses are ours: their schemas are for /openapi.json, and a field that they lack must not vanish.
  server.setSerializerCompiler(() => (value) => JSON.stringify(value));
  readJsonBodies(server);
  const methods = watchMethods(server);
  server.decorateRequest('caller', null);
  server.decorateRequest('failureCode', null);

  server.setErrorHandler((thrown, request, reply) => {
    const error = report(request, thrown);
    if (error.kind === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
    // Closed by the framework while the body still comes, it would take the answer from the client. The rest is thrown away as it comes.
    if (reply.hasHeader('connection')) reply.removeHeader('connection');
    return sendProblem(reply, problemOf(error, request.id));
  });
  server.setNotFoundHandler(() => {
    throw new PerseaError('route-absent', 'There is no such route. See /openapi.json.');
  });
  server.addHook('onRequest', async (request, reply) => {
    noteEnd(request, reply);
    reply.raw.setTimeout(options.stalledMs ?? defaultStalledMs, () => {
      // While a model thinks nothing moves either, but nothing waits to be taken.
      if (reply.raw.writableLength > 0) reply.raw.destroy();
    });
  });

  const connections = watchConnections(server.server);
  server.addHook('preClose', async () => {
    server.server.keepAliveTimeout = stoppingKeepAliveTimeoutMs;
    connections.dropUnused();
  });

  // Whether there is TLS is known to the proxy in front, which then also says so.
  await server.register(helmet, {
    strictTransportSecurity: false,
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  });
  await server.register(rateLimit, { global: false });
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Persea',
        version: '1',
        description: "Answers from a company's own documents, with access rights and checked citations.",
      },
      components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } } },
    },
    transform: jsonSchemaTransform,
  });

  const context: RouteContext = {
    app,
    clock: options.clock ?? systemClock,
    stopping: options.stopping ?? new AbortController().signal,
    admitQuestion: createAdmission(server, () => app.config().limits),
    report,
  };
  await server.register(healthRoutes, context);
  await server.register(metricsRoutes, context);
  await server.register(async (api) => {
    api.addHook('onRoute', (route) => {
      route.schema = { ...route.schema, security: [{ apiKey: [] }] };
    });
    api.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      request.caller = await authenticate(app, request);
    });
    await api.register(questionRoutes, context);
    await api.register(documentRoutes, context);
    await api.register(labRoutes, context);
    await api.register(traceRoutes, context);
    await api.register(conversationRoutes, context);
    await api.register(usageRoutes, context);
  });
  server.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger());
  methods.refuseOthers();
  await server.ready();
  return server;
}

/** As text, so that no response schema stands between the problem and the client. */
function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  // Places become free from second to second, in the queue of questions as in that of a model.
  if (problem.code === 'queue-full') reply.header('retry-after', '1');
  return reply.code(problem.status).type(problemMediaType).send(JSON.stringify(problem));
}

/** The client closed the connection while it sent the body, which is no failure of the server. */
function isCutOff({ raw }: FastifyRequest, thrown: unknown): boolean {
  return raw.readableAborted && thrown instanceof Error && 'code' in thrown && thrown.code === 'ECONNRESET';
}

function cutOff(cause: unknown): PerseaError {
  return new PerseaError('aborted', 'The connection was closed before the whole request came.', { cause });
}
