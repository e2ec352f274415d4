/** Any server that speaks OpenAI's chat completions: hosted services, gateways, deployments, llama.cpp, Ollama, vLLM. */
import type { LanguageModel } from './language-model.ts';
import { createRemoteModel, type Protocol, type RemoteModelOptions } from './remote-model.ts';

const chatCompletions: Protocol = {
  provider: 'openai-compatible',
  path: '/chat/completions',
  async connect({ id, model }, { baseUrl, apiKey, headers, query, fetch }) {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    const provider = createOpenAICompatible({
      name: id,
      baseURL: baseUrl,
      includeUsage: true,
      headers,
      queryParams: query,
      fetch,
      ...(apiKey === undefined ? {} : { apiKey }),
    });
    return provider(model);
  },
};

export function createOpenAiCompatibleModel(options: RemoteModelOptions): LanguageModel {
  return createRemoteModel(chatCompletions, options);
}
