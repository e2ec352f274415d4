/** The child process of the parser pool: one file at a time, and nothing but what the parent sends. */
import { serializeError, toPerseaError } from '../../src/core/errors.ts';
import { RecognitionDeferred } from './ocr-page.ts';
import type { ParseReply, ParseRequest } from './parse-protocol.ts';
import { loadDocument } from './registry.ts';

function reply(message: ParseReply): void {
  process.send?.(message);
}

process.on('message', (request: ParseRequest) => {
  loadDocument(request.file, request.limits, request.settings).then(
    (document) => reply({ type: 'parsed', document }),
    (thrown: unknown) => {
      if (thrown instanceof RecognitionDeferred) return reply({ type: 'deferred' });
      const error = toPerseaError(
        thrown,
        'parse-failed',
        `Parsed ${request.file.fileName}: the parser failed unexpectedly.`,
      );
      const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : null;
      return reply({ type: 'failed', error: serializeError(error), cause });
    },
  );
});
// Without the parent nobody waits for an answer.
process.on('disconnect', () => process.exit(0));
reply({ type: 'ready' });
