/** Sources that were taken out of the configuration, or renamed in it, while their documents stayed. */
import { systemScope } from '../src/access/scope.ts';
import type { CatalogReader } from '../src/catalog/catalog.ts';
import { canarySource } from '../src/core/canary.ts';

const scope = systemScope('sources that are not configured');

/** A sentence for each, for the operator: nothing but a removal takes them from those who may see them. */
export async function unlistedSources(
  catalog: Pick<CatalogReader, 'factCounts'>,
  configured: readonly string[],
): Promise<readonly string[]> {
  const { source } = await catalog.factCounts(scope, {});
  return source
    .filter(({ value }) => value !== canarySource && !configured.includes(value))
    .map(
      ({ value, count }) =>
        `The source "${value}" is not in the configuration, but its documents (${count}) are still searchable. ` +
        `Run \`persea docs remove --source ${value}\`, or name it again.`,
    );
}
