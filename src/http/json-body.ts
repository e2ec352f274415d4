/** Bodies as JSON in UTF-8 and nothing else: a letter that was read wrongly would be searched for, and found nowhere, in silence. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PerseaError } from '../core/errors.ts';

const charsetPattern = /;\s*charset\s*=\s*"?([^";\s]+)/i;
/** ASCII is a part of UTF-8. */
const utf8Names: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii']);

export function readJsonBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  const parse = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    // Many clients name a type with every request, also with those that send nothing.
    if (body.length === 0 && request.routeOptions.schema?.body === undefined) done(null, undefined);
    else parse(request, textOf(request, body), done);
  });
}

/** Throws `media-type-unsupported` or `request-invalid`. */
function textOf({ headers }: FastifyRequest, body: Buffer): string {
  const charset = charsetPattern.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  if (!utf8Names.has(charset.toLowerCase())) {
    throw new PerseaError(
      'media-type-unsupported',
      'The body of the request is not in UTF-8. JSON is always sent in UTF-8.',
    );
  }
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
    throw new PerseaError('media-type-unsupported', 'The body of the request is compressed. Send it as it is.');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (thrown) {
    throw new PerseaError(
      'request-invalid',
      'The body of the request is not in UTF-8, so its letters cannot be told. Encode it as UTF-8.',
      { cause: thrown },
    );
  }
}
