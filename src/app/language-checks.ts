/** Whether the embedding model was made for the languages of the documents. */
import { systemScope } from '../access/scope.ts';
import type { CatalogReader } from '../catalog/catalog.ts';
import { covers } from '../core/languages.ts';
import type { Embedder } from '../embedding/embedder.ts';

/** Not a failure: such documents are found by their words. */
export async function checkLanguages(
  catalog: Pick<CatalogReader, 'factCounts'>,
  embedder: Pick<Embedder, 'model' | 'languages'> | null,
): Promise<string> {
  const { language } = await catalog.factCounts(systemScope('doctor'), {});
  const listed = (counts: typeof language) => counts.map(({ value, count }) => `${value} (${count})`).join(', ');
  if (language.length === 0) return 'of no document known';
  if (embedder === null) return listed(language);
  const { languages } = embedder;
  if (languages === undefined) {
    return `${listed(language)}. Nobody says which languages ${embedder.model} was made for: list them under embedding.languages to be warned of others, and to be answered in one from documents in another.`;
  }
  const uncovered = language.filter(({ value }) => !covers(languages, value));
  if (uncovered.length === 0) return listed(language);
  return (
    `${listed(language)}. Warning: ${embedder.model} was not made for ${listed(uncovered)}: by meaning these documents are found ` +
    'only roughly. Connect a multilingual embedding model (embedding.provider: openai-compatible) if they matter.'
  );
}
