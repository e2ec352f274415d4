/**
 * What is sent along to the server of a model: a key, headers, query parameters. Secrets among them lie in an environment variable or in
 * a file, such as one that a secret store mounts. They are read at each request, so that a changed file counts at once, and are kept
 * nowhere.
 */
import { readFile } from 'node:fs/promises';
import { PerseaError } from './errors.ts';

export type SecretPlace = { readonly env: string } | { readonly file: string };
/** A plain value is none that anybody must not read. */
export type SettingValue = string | SecretPlace;

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConnectionSettings {
  /** Where the key lies; without it no key is sent. */
  readonly apiKey?: SecretPlace;
  readonly headers?: Readonly<Record<string, SettingValue>>;
  readonly query?: Readonly<Record<string, SettingValue>>;
}

/** With the secrets themselves. */
export interface ConnectionValues {
  readonly apiKey: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** A key is a line; what is longer is another file by mistake. */
const maxSecretBytes = 16_384;

/** Throws `model-key-missing` for the first secret that is not there, or is none. @param model as it is called in messages */
export async function readConnection(
  { apiKey, headers = {}, query = {} }: ConnectionSettings,
  model: string,
  environment: Environment = process.env,
): Promise<ConnectionValues> {
  return {
    apiKey: apiKey === undefined ? undefined : await readSecret(apiKey, model, 'its key', environment),
    headers: await readSettings(headers, model, 'header', environment),
    query: await readSettings(query, model, 'query parameter', environment),
  };
}

/** Where the secrets lie, for messages. */
export function secretPlacesOf({ apiKey, headers = {}, query = {} }: ConnectionSettings): readonly string[] {
  const places = [apiKey, ...Object.values(headers), ...Object.values(query)];
  return [...new Set(places.flatMap((place) => (typeof place === 'object' ? [nameOf(place)] : [])))];
}

/** The address with the parameters, which replace those of the same name. */
export function withQuery(address: string, query: ConnectionValues['query']): string {
  if (Object.keys(query).length === 0) return address;
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

/** As persea.yaml names it. */
export function keyPlaceOf({
  apiKeyEnv,
  apiKeyFile,
}: {
  readonly apiKeyEnv?: string | undefined;
  readonly apiKeyFile?: string | undefined;
}): SecretPlace | undefined {
  if (apiKeyEnv !== undefined) return { env: apiKeyEnv };
  return apiKeyFile === undefined ? undefined : { file: apiKeyFile };
}

async function readSettings(
  settings: Readonly<Record<string, SettingValue>>,
  model: string,
  kind: string,
  environment: Environment,
): Promise<Record<string, string>> {
  const entries = Object.entries(settings).map(async ([name, value]) => {
    if (typeof value === 'string') return [name, value] as const;
    return [name, await readSecret(value, model, `its ${kind} ${name}`, environment)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** @param use what it is for, such as `its key` */
async function readSecret(place: SecretPlace, model: string, use: string, environment: Environment): Promise<string> {
  const value = ('env' in place ? environment[place.env] : await contentOf(place.file))?.trim();
  const problem = value === undefined || value === '' ? missing(place, use) : unsendable(place, use, value);
  if (value !== undefined && problem === null) return value;
  throw new PerseaError('model-key-missing', `The model "${model}" was to be asked, but ${problem}.`, {
    details: { model, ...('env' in place ? { apiKeyEnv: place.env } : { apiKeyFile: place.file }) },
  });
}

function missing(place: SecretPlace, use: string): string {
  return 'env' in place
    ? `${nameOf(place)} with ${use} is not set. Set it before starting Persea`
    : `${nameOf(place)} with ${use} is empty, too long or cannot be read. Put the secret alone into it, readable by Persea`;
}

/** Of what a header can carry: a file of several lines and a key between typographic quotes are mistakes. */
function unsendable(place: SecretPlace, use: string, value: string): string | null {
  if (/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) return null;
  const found = /[\r\n]/.test(value) ? 'has several lines' : 'has letters that no key has';
  return `${nameOf(place)} with ${use} ${found}. Put the secret alone into it`;
}

function nameOf(place: SecretPlace): string {
  return 'env' in place ? `the environment variable ${place.env}` : `the file ${place.file}`;
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    const content = await readFile(path, 'utf8');
    return content.length > maxSecretBytes ? undefined : content;
  } catch {
    return undefined;
  }
}
