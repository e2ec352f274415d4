/** What every command gets. */
import type { App } from '../app.ts';
import type { AccessScope } from '../access/scope.ts';
import { PerseaError } from '../core/errors.ts';
import type { Output } from './output.ts';

export interface CommandContext {
  readonly output: Output;
  readonly configPath?: string;
}

/** Opens the configured app for one command and closes it whatever happens. */
export async function withApp<T>(context: CommandContext, use: (app: App) => Promise<T>): Promise<T> {
  const { openApp } = await import('../app.ts');
  const app = await openApp({
    ...(context.configPath === undefined ? {} : { configPath: context.configPath }),
    onWarning: (message) => context.output.warn(message),
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

/** A whole number of at least 1 given as an option. */
export function parseCount(value: string | undefined, option: string): number | undefined {
  if (value === undefined) return undefined;
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1) {
    throw new PerseaError('usage-invalid', `${option} needs a whole number of at least 1, not "${value}".`);
  }
  return count;
}
