/** Anthropic's Messages API, at its own address or behind a gateway that speaks it. */
import type { LanguageModel } from './language-model.ts';
import { createRemoteModel, type Protocol, type RemoteModelOptions } from './remote-model.ts';

const messages: Protocol = {
  provider: 'anthropic',
  async connect({ model }, { baseUrl, apiKey, headers, query, fetch }) {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    const provider = createAnthropic({
      baseURL: baseUrl,
      // Left out, the SDK would take a key from the environment that nobody has named for this model.
      apiKey: apiKey ?? '',
      headers,
      fetch: (address, init) => fetch(withQuery(address, query), init),
    });
    return provider(model);
  },
};

export function createAnthropicModel(options: RemoteModelOptions): LanguageModel {
  return createRemoteModel(messages, options);
}

function withQuery(
  address: Parameters<typeof fetch>[0],
  query: Readonly<Record<string, string>>,
): URL | typeof address {
  if (typeof address !== 'string' || Object.keys(query).length === 0) return address;
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}
