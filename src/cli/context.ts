/** What every command gets. */
import { type AccessScope, systemScope } from '../access/scope.ts';
import type { App, OpenAppOptions } from '../app.ts';
import { PerseaError } from '../core/errors.ts';
import { documentCount } from '../query/document-count.ts';
import type { Output } from './output.ts';

export interface CommandContext {
  readonly output: Output;
  readonly configPath?: string;
  /** Ends the command as an interrupt from the keyboard does. */
  readonly signal?: AbortSignal;
}

/** Opens the configured app for one command and closes it whatever happens. */
export async function withApp<T>(
  context: CommandContext,
  use: (app: App) => Promise<T>,
  options: Omit<OpenAppOptions, 'configPath'> = {},
): Promise<T> {
  const { openApp } = await import('../app.ts');
  const app = await openApp({
    onWarning: (message) => context.output.warn(message),
    ...options,
    ...(context.configPath === undefined ? {} : { configPath: context.configPath }),
  });
  try {
    return await use(app);
  } finally {
    await app.close();
  }
}

export async function scopeAs(app: App, principalId: string): Promise<AccessScope> {
  return app.scopeFor(app.principal(principalId));
}

/** Nothing was found: says so where it could not be otherwise, as nothing was ever ingested. */
export async function warnOfEmptyStore(app: App, output: Output): Promise<void> {
  if ((await documentCount(app.catalog, systemScope('warn of an empty store'))) > 0) return;
  output.warn('There are no documents yet, so nothing can be found. Run `persea ingest`.');
}

/** Lets the work end itself at the first interrupt; the second one ends the process at once, as usual. */
export async function withInterrupt<T>(
  context: CommandContext,
  use: (signal: AbortSignal) => Promise<T>,
  outcome = 'what was done so far is kept',
): Promise<T> {
  const controller = new AbortController();
  const interrupt = () => controller.abort(new PerseaError('aborted', `Interrupted; ${outcome}.`));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  context.signal?.addEventListener('abort', interrupt, { once: true });
  if (context.signal?.aborted === true) interrupt();
  try {
    return await use(controller.signal);
  } finally {
    process.removeListener('SIGINT', interrupt);
    process.removeListener('SIGTERM', interrupt);
    context.signal?.removeEventListener('abort', interrupt);
  }
}

/** A whole number of at least 1 given as an option. */
export function parseCount(value: string | undefined, option: string): number | undefined {
  return parseWhole(value, option, 1);
}

export function parseWhole(
  value: string | undefined,
  option: string,
  smallest: number,
  largest = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (value === undefined) return undefined;
  const whole = Number(value);
  if (value.trim() === '' || !Number.isSafeInteger(whole) || whole < smallest || whole > largest) {
    const range = largest === Number.MAX_SAFE_INTEGER ? `of at least ${smallest}` : `from ${smallest} to ${largest}`;
    throw new PerseaError('usage-invalid', `${option} needs a whole number ${range}, not "${value}".`);
  }
  return whole;
}
