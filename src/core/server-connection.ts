/**
 * Where secrets of models lie: in an environment variable or in a file, such as one that a secret store mounts. They are read
 * at each question, so that a changed file counts at once, and are kept nowhere.
 */
import { readFile } from 'node:fs/promises';
import { PerseaError } from '../core/errors.ts';

export type SecretPlace = { readonly env: string } | { readonly file: string };
/** A plain value is none that anybody must not read. */
export type SettingValue = string | SecretPlace;

export type Environment = Readonly<Record<string, string | undefined>>;

/** A key is a line; what is longer is another file by mistake. */
const maxSecretBytes = 16_384;

/** Throws `model-key-missing`. @param use what it is for, such as `its key` */
export async function readSecret(
  place: SecretPlace,
  modelId: string,
  use: string,
  environment: Environment = process.env,
): Promise<string> {
  const value = 'env' in place ? environment[place.env] : await contentOf(place.file);
  if (value !== undefined && value !== '') return value;
  const missing =
    'env' in place
      ? `the environment variable ${place.env} with ${use} is not set. Set it before starting Persea`
      : `the file ${place.file} with ${use} is empty, too long or cannot be read. Put the secret alone into it, readable by Persea`;
  throw new PerseaError('model-key-missing', `The model "${modelId}" was to be asked, but ${missing}.`, {
    details: { model: modelId, ...('env' in place ? { apiKeyEnv: place.env } : { apiKeyFile: place.file }) },
  });
}

/** Throws `model-key-missing` for the first that is not there. @param kind `header` or `query parameter` */
export async function readSettings(
  settings: Readonly<Record<string, SettingValue>>,
  modelId: string,
  kind: string,
  environment?: Environment,
): Promise<Record<string, string>> {
  const entries = Object.entries(settings).map(async ([name, value]) => {
    if (typeof value === 'string') return [name, value] as const;
    return [name, await readSecret(value, modelId, `its ${kind} ${name}`, environment)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    const content = await readFile(path, 'utf8');
    return content.length > maxSecretBytes ? undefined : content.trim();
  } catch {
    return undefined;
  }
}
