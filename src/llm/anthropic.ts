/** Anthropic's Messages API, at its own address or behind a gateway that speaks it. */
import { withQuery } from '../core/server-connection.ts';
import type { LanguageModel } from './language-model.ts';
import { createRemoteModel, type Protocol, type RemoteModelOptions } from './remote-model.ts';

const messages: Protocol = {
  provider: 'anthropic',
  path: '/messages',
  async connect({ model }, { baseUrl, apiKey, headers, query, fetch }) {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    const provider = createAnthropic({
      baseURL: baseUrl,
      // Left out, the SDK would take a key from the environment that nobody has named for this model.
      apiKey: apiKey ?? '',
      headers,
      fetch: (address, init) => fetch(typeof address === 'string' ? withQuery(address, query) : address, init),
    });
    return provider(model);
  },
};

export function createAnthropicModel(options: RemoteModelOptions): LanguageModel {
  return createRemoteModel(messages, options);
}
