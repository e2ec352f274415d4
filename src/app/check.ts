/** One look of `doctor`: what it found, or what is wrong and what to do. Never what a document says. */
import { errorCodes } from '../core/error-codes.ts';
import { toPerseaError } from '../core/errors.ts';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Thrown by a look that found something wrong; the message is for the operator. */
export class CheckFailure extends Error {
  override readonly name = 'CheckFailure';
}

export async function check(name: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await look() };
  } catch (thrown) {
    return { name, ok: false, detail: thrown instanceof CheckFailure ? thrown.message : messageAndRemedy(thrown) };
  }
}

function messageAndRemedy(thrown: unknown): string {
  const { code, message } = toPerseaError(thrown);
  return `${message} ${errorCodes[code].remedy}`;
}
