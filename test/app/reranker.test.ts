/** Reranking as the configuration asks for it, through search and answers of a whole app. */
import { describe, expect, it } from 'vitest';
import { FakeLanguageModel, type FakeLanguageModelOptions } from '../support/fake-language-model.ts';
import { openIngestedApp } from '../support/test-app.ts';
import { tinyCrossEncoder } from '../support/tiny-cross-encoder.ts';

const documents = {
  'a.md': '# Travel\n\nThe travel rule names the leave of the office in passing.\n',
  'b.md': '# Parental leave\n\nParental leave is twelve weeks.\n',
  'c.md': '# Parking\n\nThe parking rule says nothing of leave.\n',
};
const writer = '{ id: main, provider: openai-compatible, baseUrl: "http://localhost:1/v1", model: m, zone: local }';

async function searchWith(config: string, model?: FakeLanguageModelOptions) {
  const fake = model === undefined ? undefined : new FakeLanguageModel(model);
  const { app } = await openIngestedApp({
    documents,
    config,
    ...(fake === undefined ? {} : { models: [{ model: fake, maxOutputTokens: 256 }] }),
  });
  const scope = await app.scopeFor(app.principal('bob'));
  const search = () => app.search(scope, { query: 'leave', explain: true }, { isOperator: true });
  return { app, scope, search, model: fake };
}

describe('a language model', () => {
  const config = `retrieval: { rerank: llm, reranker: { share: 1 } }\nmodels: [${writer}]`;
  const last = ({ prompt }: { readonly prompt: { readonly user: string } }) => {
    const numbers = [...prompt.user.matchAll(/^\[(\d+)\]$/gm)].map((match) => `[${match[1]}]`);
    return numbers.toReversed().join(' > ');
  };

  it('turns the hits of a search round', async () => {
    const { search, model } = await searchWith(config, { reply: last });
    const plain = await searchWith('');
    const [turned, before] = [await search(), await plain.search()];
    expect(turned.warnings).toEqual([]);
    expect(turned.hits.map(({ uri }) => uri)).toEqual(before.hits.map(({ uri }) => uri).toReversed());
    expect(turned.hits.map(({ score }) => score)).toEqual(before.hits.map(({ score }) => score));
    expect(turned.hits[0]?.parts?.at(-1)).toEqual({ source: 'rerank', rank: 1, score: 1 });
    expect(model?.calls).toHaveLength(1);
    expect(model?.calls[0]?.prompt.id).toBe('rerank');
  });

  it('costs a warning only where it fails, in an answer too', async () => {
    const { app, scope, search } = await searchWith(config, { reply: 'Parental leave is twelve weeks. [1]' });
    const { hits, warnings } = await search();
    expect(hits).toHaveLength(3);
    expect(warnings).toEqual([expect.stringContaining('not reranked by "fake" (model-failed)')]);
    const answer = await app.ask(scope, { question: 'How long is parental leave?' });
    expect(answer.warnings.filter((warning) => warning.includes('not reranked'))).toHaveLength(1);
    expect(answer.status).not.toBe('refused');
  });

  it('decides which passage an answer sees first', async () => {
    const reply: FakeLanguageModelOptions['reply'] = (request) =>
      request.prompt.id === 'rerank' ? last(request) : 'Parental leave is twelve weeks. [1]';
    const { app, scope, model } = await searchWith(config, { reply });
    await app.ask(scope, { question: 'parental leave twelve weeks' });
    const shown = model?.calls.find(({ prompt }) => prompt.id === 'rerank')?.prompt.user ?? '';
    expect(shown.indexOf('twelve weeks')).toBeLessThan(shown.indexOf('parking rule'));
    // The best of the search was last in the reply.
    const asked = model?.calls.find(({ prompt }) => prompt.id === 'answer');
    expect(asked?.window.items.length).toBeGreaterThan(1);
    expect(asked?.window.items.at(-1)?.uri).toBe('docs/b.md');
  });
});

it('a cross-encoder of the configured folder puts the hits in its order', async () => {
  const { folder, dtype, tokenizerSha256, weightsSha256, maxTokens } = await tinyCrossEncoder();
  const files = `{ folder: "${folder}", dtype: ${dtype}, maxTokens: ${maxTokens}, tokenizerSha256: "${tokenizerSha256}", weightsSha256: "${weightsSha256}" }`;
  const reranker = `{ share: 1, deadlineMs: 60000, crossEncoder: ${files} }`;
  const { search } = await searchWith(`retrieval: { rerank: cross-encoder, reranker: ${reranker} }`);
  const { hits, warnings } = await search();
  expect(warnings).toEqual([]);
  const scores = hits.map(({ parts }) => parts?.find(({ source }) => source === 'rerank')?.score);
  expect(hits[0]?.uri).toBe('docs/b.md');
  expect(scores).toEqual(scores.toSorted((a, b) => (b ?? 0) - (a ?? 0)));
  expect(scores[0]).toBeGreaterThan(1);
});

it('files of other hashes cost a warning only', async () => {
  const { folder, weightsSha256 } = await tinyCrossEncoder();
  const files = `{ folder: "${folder}", dtype: fp32, tokenizerSha256: "${'a'.repeat(64)}", weightsSha256: "${weightsSha256}" }`;
  const { search } = await searchWith(`retrieval: { rerank: cross-encoder, reranker: { crossEncoder: ${files} } }`);
  const { hits, warnings } = await search();
  expect(hits).toHaveLength(3);
  expect(warnings).toEqual([expect.stringContaining('model-hash-mismatch')]);
});
