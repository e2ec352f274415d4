/** Every failure leaves the server as a problem document (RFC 9457) made from one `PerseaError`. */
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { errorCodes, httpStatusByKind } from '../core/error-codes.ts';
import { PerseaError, toPerseaError } from '../core/errors.ts';

export const problemMediaType = 'application/problem+json';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly traceId: string;
}

const codesOfInstallation: ReadonlySet<string> = new Set([
  'model-key-missing',
  'model-unavailable',
  'disk-full',
  'store-busy',
  'config-invalid',
  'prompt-invalid',
  'format-invalid',
  'unknown-prompt',
]);

/** Their messages name addresses, folders and settings, which are for whoever reads the log and not for every asker. */
export function concernsInstallation({ kind, code }: PerseaError): boolean {
  return kind === 'upstream' || kind === 'internal' || codesOfInstallation.has(code);
}

export function problemOf(error: PerseaError, traceId: string): Problem {
  return {
    type: `urn:persea:error:${error.code}`,
    title: errorCodes[error.code].meaning,
    status: httpStatusByKind[error.kind],
    detail: concernsInstallation(error)
      ? "What happened stands in the server's log under this traceId."
      : error.message,
    code: error.code,
    traceId,
  };
}

/** What was thrown, by us, by the framework or by a bug, as one of our errors. */
export function errorOf(thrown: unknown, bodyBytes: number): PerseaError {
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const { validation, validationContext = 'body' } = thrown;
    const problems = validation.map(
      ({ instancePath, message }) =>
        `${instancePath.replace(/^\//, '').replaceAll('/', '.') || validationContext}: ${message}`,
    );
    return new PerseaError('request-invalid', `The request breaks its schema. ${problems.join('; ')}.`);
  }
  const code = frameworkCode(thrown);
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new PerseaError('body-too-large', `The body of the request is over the limit of ${bodyBytes} bytes.`);
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new PerseaError('media-type-unsupported', 'The body of the request is not JSON. Send application/json.');
  }
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') {
    return new PerseaError('route-absent', 'The address has a part that is too long to be an id. See /openapi.json.');
  }
  if (code?.startsWith('FST_ERR_CTP_') === true || isRefusedByFramework(thrown) || thrown instanceof SyntaxError) {
    return new PerseaError(
      'request-invalid',
      'The request could not be read. Send a valid address and a body of valid JSON.',
      {
        cause: thrown,
      },
    );
  }
  return toPerseaError(thrown);
}

/** A request that the framework does not take is no failure of the server, whichever part of it is wrong. */
function isRefusedByFramework(thrown: unknown): boolean {
  const status = thrown instanceof Error && 'statusCode' in thrown ? Number(thrown.statusCode) : 0;
  return frameworkCode(thrown)?.startsWith('FST_ERR_') === true && status >= 400 && status < 500;
}

function frameworkCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}
