/** The options that narrow a search, for every command that searches. */
import type { Command } from 'commander';
import { PerseaError } from '../core/errors.ts';
import { factFilterOf, type SearchFilters } from '../core/fact-filter.ts';

export interface FilterOptions {
  readonly source?: readonly string[];
  readonly under?: string;
  readonly type?: readonly string[];
  readonly lang?: readonly string[];
  readonly since?: string;
  readonly until?: string;
}

export function withFilters(command: Command): Command {
  return command
    .option('--source <name>', 'only documents of this source; repeat for several', collected)
    .option('--under <prefix>', 'only documents whose uri begins so, such as handbook/hr/')
    .option('--type <type>', 'only this media type or short name such as pdf; repeat for several', collected)
    .option('--lang <tag>', 'only documents in this language, such as de; repeat for several', collected)
    .option('--since <day>', 'only documents of this day or later, such as 2026-02-03')
    .option('--until <day>', 'only documents of this day or earlier');
}

function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Throws `usage-invalid`. */
export function filtersOf({ source, under, type, lang, since, until }: FilterOptions): SearchFilters | undefined {
  const filters: SearchFilters = {
    ...(source === undefined ? {} : { source }),
    ...(under === undefined ? {} : { uriPrefix: under }),
    ...(type === undefined ? {} : { mediaType: type }),
    ...(lang === undefined ? {} : { language: lang }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
  try {
    return factFilterOf(filters) === undefined ? undefined : filters;
  } catch (thrown) {
    throw thrown instanceof PerseaError ? new PerseaError('usage-invalid', thrown.message) : thrown;
  }
}
