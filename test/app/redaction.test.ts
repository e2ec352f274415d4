/** What must not reach a server elsewhere stays here on every way to one: answers, follow-ups, reranking, titles. */
import { expect, it } from 'vitest';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { openTestApp } from '../support/test-app.ts';

const address = 'carla.stone@example.com';
const asker = 'bob.miller@example.com';
const key = `ghp_${'0123456789abcdefghijABCDEFGHIJ012345'}`;
const documents = {
  'a.md': '# Travel\n\nThe travel rule names the parental leave of the office in passing.\n',
  'b.md': `# Parental leave\n\nParental leave is requested from Carla at ${address} by letter.\n`,
};
const config = `
retrieval: { rerank: llm }
conversations: { titles: auto }
egress: { internal: [local, private, external] }
redact: { zones: [external], kinds: [email] }
models: [{ id: main, provider: openai-compatible, baseUrl: "http://localhost:1/v1", model: m, zone: external }]
`;

it('keeps addresses and keys from a model elsewhere, and puts back what it says in pieces of one character', async () => {
  const model = new FakeLanguageModel({
    zone: 'external',
    pieceLength: 1,
    reply: ({ prompt }) => {
      if (prompt.id === 'rerank') return '[1] > [2]';
      const placeholder = /(?:Carla at|for) (\{EMAIL_\d+\})/.exec(prompt.user)?.[1] ?? 'nobody';
      if (prompt.id === 'condense') return `Is parental leave requested by letter for ${placeholder}?`;
      if (prompt.id === 'title') return `Parental leave for ${placeholder}`;
      return `Parental leave is requested from Carla at ${placeholder} by letter [1].`;
    },
  });
  const { app, ingest } = await openTestApp({ documents, config, models: [{ model, maxOutputTokens: 200 }] });
  await ingest();
  const scope = await app.scopeFor(app.principal('bob'));
  const question = 'From whom is parental leave requested?';
  const answer = await app.ask(scope, { question });
  await app.ask(scope, { question: `Who grants parental leave for ${asker} with ${key}?`, conversationId: 'c' });
  await app.ask(scope, { question: `And is it by letter for ${asker}, ${key}?`, conversationId: 'c' });
  await app.search(scope, { query: `parental leave ${asker} ${key}` });
  const [listed] = await app.conversations.list(scope, { limit: 5 });

  expect(new Set(model.calls.map(({ prompt }) => prompt.id))).toEqual(
    new Set(['rerank', 'answer', 'condense', 'title']),
  );
  const seen = model.calls
    .map(({ prompt, question: told }) => [prompt.system, prompt.user, told].join('\n'))
    .join('\n');
  for (const hidden of [asker, key, address]) expect(seen).not.toContain(hidden);
  expect(answer.text).toContain(`Carla at ${address} by letter`);
  expect(answer.citations[0]?.quote).toContain(address);
  expect(listed?.title).toBe(`Parental leave for ${asker}`);
});
