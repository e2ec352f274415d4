/**
 * The one error class. Messages say what was attempted, on what, what was found and what to do; `details` is safe to show to whoever
 * made the request, `cause` is for the log only.
 */
import { type ErrorCode, type ErrorKind, errorCodes } from './error-codes.ts';

export interface PerseaErrorOptions {
  /** Facts safe to show to the caller; never the text of documents, never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** Overrides the code's own answer, where the source of the failure knows better. */
  readonly isRetryable?: boolean;
}

export class PerseaError extends Error {
  override readonly name = 'PerseaError';
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly isRetryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: PerseaErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.kind = errorCodes[code].kind;
    this.isRetryable = options.isRetryable ?? errorCodes[code].isRetryable;
    this.details = options.details ?? {};
  }
}

/** Wraps whatever was thrown, so that boundaries handle one class; a `PerseaError` passes unchanged. */
export function toPerseaError(thrown: unknown, code: ErrorCode = 'internal', message?: string): PerseaError {
  if (thrown instanceof PerseaError) return thrown;
  if (isAbortError(thrown))
    return new PerseaError('aborted', 'The request was ended by its caller.', { cause: thrown });
  return new PerseaError(code, message ?? 'An unexpected error occurred; the log has its cause.', { cause: thrown });
}

/** What a model does at one question and may not do at the next. */
const modelFailures: ReadonlySet<ErrorCode> = new Set(['model-failed', 'model-declined', 'model-timeout']);

export function isModelFailure(thrown: unknown): thrown is PerseaError {
  return thrown instanceof PerseaError && modelFailures.has(thrown.code);
}

export function isAbortError(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}

/** The shape that `--json` prints and that child processes send to their parent. */
export interface SerializedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export function serializeError(error: PerseaError): SerializedError {
  return { code: error.code, message: error.message, details: error.details };
}
