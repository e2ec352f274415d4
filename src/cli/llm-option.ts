/** What `--llm URL` stands for: an OpenAI-compatible model, in the zone of its address. */
import { PerseaError } from '../core/errors.ts';
import type { Zone } from '../core/zones.ts';
import { zoneOfAddress } from '../egress/zone-of-address.ts';
import { servedModels } from './served-models.ts';

const llmKeyVariable = 'PERSEA_LLM_API_KEY';

export interface LlmOption {
  readonly baseUrl: string;
  readonly zone: Zone;
  /** The first one the server names; null where it could not be asked or has none. */
  readonly model: string | null;
  readonly otherModels: readonly string[];
  /** The environment variable of the key, where there is one: always for vendors, elsewhere if it is set. */
  readonly apiKeyEnv: string | null;
}

export async function resolveLlm(
  address: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<LlmOption> {
  const url = URL.parse(address);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new PerseaError(
      'usage-invalid',
      '--llm needs the base address of an OpenAI-compatible server, such as http://127.0.0.1:11434/v1.',
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '') {
    throw new PerseaError(
      'usage-invalid',
      `--llm takes an address without a key in it; put the key into the environment variable ${llmKeyVariable}.`,
    );
  }
  const zone = zoneOfAddress(url);
  const apiKey = environment[llmKeyVariable] === '' ? undefined : environment[llmKeyVariable];
  const { baseUrl, names } = await servedModels(address, apiKey);
  const [model = null, ...otherModels] = names ?? [];
  const apiKeyEnv = zone === 'external' || apiKey !== undefined ? llmKeyVariable : null;
  return { baseUrl, zone, model, otherModels, apiKeyEnv };
}
