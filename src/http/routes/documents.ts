/** One visible document and its text. What may not be seen is answered exactly as what does not exist. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Principal } from '../../access/principal.ts';
import type { DocumentRecord } from '../../catalog/catalog.ts';
import { PerseaError } from '../../core/errors.ts';
import { callerOf } from '../caller.ts';
import { wantsJson } from '../event-stream.ts';
import { contentResponse, documentParams, documentResponse, problems } from '../schemas.ts';
import type { RouteContext } from './context.ts';

const config = { role: 'employee' } as const;
const failures = problems(400, 401, 403, 404);

export const documentRoutes: FastifyPluginAsyncZod<RouteContext> = async (server, { app }) => {
  server.get(
    '/v1/documents/:id',
    {
      config,
      schema: {
        summary: 'Facts about a document',
        params: documentParams,
        response: { 200: documentResponse, ...failures },
      },
    },
    async (request) => {
      const { principal } = callerOf(request);
      const scope = await app.scopeFor(principal);
      const document = await app.catalog.document(scope, request.params.id);
      if (document === undefined) throw absent();
      return presentDocument(document, principal);
    },
  );

  server.get(
    '/v1/documents/:id/content',
    {
      config,
      schema: {
        summary: 'The parsed text that citations quote from: as plain text, or in JSON if the client asks for that',
        params: documentParams,
        response: {
          200: { content: { 'text/plain': { schema: z.string() }, 'application/json': { schema: contentResponse } } },
          ...failures,
        },
      },
    },
    async (request, reply) => {
      const scope = await app.scopeFor(callerOf(request).principal);
      const stored = await app.catalog.text(scope, request.params.id);
      if (stored === undefined) throw absent();
      if (wantsJson(request.headers.accept)) {
        const { documentId, revision, text } = stored;
        return reply.type('application/json').send(JSON.stringify({ documentId, revision, text }));
      }
      return reply.type('text/plain; charset=utf-8').send(stored.text);
    },
  );
};

/** The same words for every id, so that nothing tells one case from the other. */
function absent(): PerseaError {
  return new PerseaError('document-absent', 'There is no document with this id, or you may not see it. Check the id.');
}

function presentDocument(document: DocumentRecord, principal: Principal): z.output<typeof documentResponse> {
  const { label, modifiedAt, properties } = document;
  const { author, language, date, owner, url, status, validUntil } = properties;
  return {
    uri: document.uri,
    documentId: document.documentId,
    title: document.title,
    revision: document.revision,
    mediaType: document.mediaType,
    classification: label.classification,
    // The tags of a label tell which groups exist; a reader does not need them.
    ...(principal.roles.includes('admin') ? { label } : {}),
    chunks: document.chunkCount,
    tokens: document.tokenCount,
    pages: document.pageCount,
    modifiedAt: modifiedAt === null ? null : new Date(modifiedAt).toISOString(),
    updatedAt: new Date(document.updatedAt).toISOString(),
    ...(author === undefined ? {} : { author }),
    ...(language === undefined ? {} : { language }),
    ...(date === undefined ? {} : { date }),
    ...(owner === undefined ? {} : { owner }),
    ...(url === undefined ? {} : { url }),
    ...(status === undefined ? {} : { status }),
    ...(validUntil === undefined ? {} : { validUntil }),
  };
}
