/**
 * Configuration and policy of a running process. A changed, valid file is taken; an invalid one is refused, the old one
 * stays in force and the problem is told.
 */
import { statSync } from 'node:fs';
import { type AccessPolicy, loadAccessPolicy } from '../access/policy.ts';
import { type Config, loadConfig } from '../config.ts';
import { toPerseaError } from '../core/errors.ts';
import { budgetProblem } from './budget-checks.ts';

export interface LiveFilesOptions {
  readonly configPath?: string;
  readonly directory?: string;
  readonly onWarning: (message: string) => void;
}

/** Well under the two seconds within which a change must be taken. */
const pollMs = 500;

export class LiveFiles {
  readonly #options: LiveFilesOptions;
  #config: Config;
  #policy: AccessPolicy;
  #problem: string | null = null;
  #state: string;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LiveFilesOptions) {
    this.#options = options;
    this.#config = this.#loadConfig();
    this.#policy = loadAccessPolicy(this.#config.access);
    this.#warnOfBudgets();
    this.#state = this.#fileState();
  }

  get config(): Config {
    return this.#config;
  }

  get policy(): AccessPolicy {
    return this.#policy;
  }

  /** Why the files as they are now were refused; null while they are in force. */
  get problem(): string | null {
    return this.#problem;
  }

  watch(): void {
    this.#timer ??= setInterval(() => this.#reload(), pollMs).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #reload(): void {
    const state = this.#fileState();
    if (state === this.#state) return;
    this.#state = state;
    try {
      const config = this.#loadConfig();
      const policy = loadAccessPolicy(config.access);
      const fixed = changedFixedParts(this.#config, config);
      if (fixed.length > 0) this.#options.onWarning(`Changes of ${fixed.join(', ')} take effect at the next start.`);
      this.#config = config;
      this.#policy = policy;
      this.#problem = null;
      this.#warnOfBudgets();
    } catch (thrown) {
      this.#problem = toPerseaError(thrown).message;
      this.#options.onWarning(`The changed configuration was refused; the old one stays in force. ${this.#problem}`);
    }
  }

  #warnOfBudgets(): void {
    const problem = budgetProblem(this.#config, this.#policy);
    if (problem !== null) this.#options.onWarning(problem);
  }

  #loadConfig(): Config {
    const { configPath, directory } = this.#options;
    return loadConfig({
      ...(configPath === undefined ? {} : { path: configPath }),
      ...(directory === undefined ? {} : { directory }),
    });
  }

  #fileState(): string {
    const { path, access, redact } = this.#config;
    const paths = [path, access.path, redact.namesFile ?? null];
    return JSON.stringify(paths.map((path) => (path === null ? null : fileState(path))));
  }
}

function fileState(path: string): readonly number[] | null {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return [mtimeMs, size, ino];
  } catch {
    return null;
  }
}

/** What open files and listening sockets were made from. */
function changedFixedParts(before: Config, after: Config): string[] {
  return (['dataDir', 'embedding', 'server'] as const).filter(
    (part) => JSON.stringify(before[part]) !== JSON.stringify(after[part]),
  );
}
