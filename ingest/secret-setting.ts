/**
 * A changed `ingest.secrets` reaches documents that were read under the former one: those in which secrets were found are read
 * again though their files are the same.
 */
import { systemScope } from '../src/access/scope.ts';
import type { Catalog } from '../src/catalog/catalog.ts';
import type { LoaderSettings } from './loaders/loader.ts';

export type SecretSetting = LoaderSettings['secrets'];

const scope = systemScope('secret setting');
const settingOf = (source: string) => `secrets:${source}`;

/** Uris of documents and attachments. */
export async function readUnderFormerSetting(
  catalog: Catalog,
  source: string,
  setting: SecretSetting,
): Promise<ReadonlySet<string>> {
  const former = (await catalog.setting(settingOf(source))) ?? 'report';
  if (former === setting) return new Set();
  const documents = await catalog.documents(scope, { source });
  const holdsSecrets = documents.filter(({ warnings }) => warnings.some(({ code }) => code === 'secret-found'));
  return new Set(holdsSecrets.map(({ uri }) => uri));
}

/** Every document of the source that holds secrets was read under it. */
export async function noteSecretSetting(catalog: Catalog, source: string, setting: SecretSetting): Promise<void> {
  if ((await catalog.setting(settingOf(source))) !== setting) await catalog.setSetting(settingOf(source), setting);
}
