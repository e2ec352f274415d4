/** Exit statuses of the command: 0 done, 1 failed, 2 wrong usage or configuration, 3 done in part. */
import type { ErrorCode } from '../core/error-codes.ts';
import type { PerseaError } from '../core/errors.ts';

export const exitStatus = { done: 0, failed: 1, wrongUsage: 2, doneInPart: 3 } as const;
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

const wrongUsageCodes: ReadonlySet<ErrorCode> = new Set([
  'config-not-found',
  'config-invalid',
  'access-invalid',
  'usage-invalid',
  'unknown-principal',
  'unknown-source',
  'unknown-model',
  'unknown-format',
  'format-invalid',
  'unknown-prompt',
  'prompt-invalid',
  'model-key-missing',
  'label-invalid',
  // On the command line the request is what stands there: an empty question, more passages than allowed.
  'request-invalid',
  'dataset-invalid',
  'result-invalid',
] satisfies ErrorCode[]);

export function statusOfError(error: PerseaError): ExitStatus {
  return wrongUsageCodes.has(error.code) ? exitStatus.wrongUsage : exitStatus.failed;
}
