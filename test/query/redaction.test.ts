/** What reaches a model in another zone, and what the asker reads in the end. */
import { expect, it } from 'vitest';
import type { Zone } from '../../src/core/zones.ts';
import type { GenerateRequest } from '../../src/llm/language-model.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { openIngestedApp } from '../support/test-app.ts';

const documents = {
  'payroll.md':
    '# Payroll\n\nQuestions about payroll go to Nadia Mertens at nadia.mertens@corvane.example or +44 20 7946 0958.\n\n' +
    'The payroll printer has the password: Quill-9wort for payroll staff.\n',
};
const open = 'egress: { internal: [local, private, external] }\nredact: { names: [Nadia Mertens] }';
const question = 'Whom do I ask about payroll, is it nadia.mertens@corvane.example?';

/** Says the first sentence of its evidence back, as far as it can see it. */
function echo(request: GenerateRequest): string {
  const sentence = /Questions about payroll[^\n]*\./.exec(request.prompt.user)?.[0] ?? "I don't know.";
  return `${sentence.slice(0, -1)} [1].`;
}

async function openWith(zone: Zone, reply: (request: GenerateRequest) => string = echo) {
  const model = new FakeLanguageModel({ id: 'vendor', zone, reply, pieceLength: 5 });
  const embedder = { ...createFakeEmbedder(), zone };
  const test = await openIngestedApp({ documents, config: open, embedder, models: [{ model, maxOutputTokens: 200 }] });
  return { ...test, model, embedder, scope: await test.app.scopeFor(test.app.principal('bob')) };
}
const personal = /nadia|mertens|7946/i;

it('an external model sees placeholders, the asker the data, in one piece and as a stream', async () => {
  const { app, scope, model, embedder } = await openWith('external');
  const answer = await app.ask(scope, { question });
  expect(answer.text).toContain('Nadia Mertens at nadia.mertens@corvane.example or +44 20 7946 0958');
  expect(answer.citations[0]?.quote).toContain('nadia.mertens@corvane.example');
  let [streamed, drafts] = ['', ''];
  for await (const event of app.askStream(scope, { question, includeDraft: true })) {
    if (event.type === 'text-delta') streamed += event.text;
    if (event.type === 'draft') drafts += event.text;
  }
  expect(streamed).toBe(answer.text);
  expect(drafts).toContain('go to Nadia Mertens at nadia.mertens@corvane.example');
  expect(drafts).not.toMatch(/NAME_|EMAIL_/);
  expect(model.calls).toHaveLength(2);
  const sent = JSON.stringify(model.calls);
  expect(sent).not.toMatch(personal);
  expect(sent).not.toContain('Quill');
  expect(model.calls[0]?.prompt.user).toContain('go to {NAME_1} at {EMAIL_1} or {PHONE_1}');
  expect(model.calls[0]?.prompt.user).toContain('is it {EMAIL_1}?');
  expect(JSON.stringify([embedder.embedded, embedder.queries])).not.toMatch(/nadia|mertens|7946|Quill-9/i);
  expect(embedder.queries).toContain('Whom do I ask about payroll, is it {EMAIL}?');
});

it('a model in the own network is kept from secrets only', async () => {
  const { app, scope, model } = await openWith('private');
  expect((await app.ask(scope, { question })).text).toContain('nadia.mertens@corvane.example');
  const sent = JSON.stringify(model.calls.map(({ prompt }) => prompt));
  expect(sent).toMatch(personal);
  expect(sent).not.toContain('Quill');
  expect(sent).toContain('password: {SECRET_1}');
});

it('a local model sees everything', async () => {
  const { app, scope, model } = await openWith('local');
  await app.ask(scope, { question });
  expect(JSON.stringify(model.calls)).toContain('Quill-9wort');
});

it('what a model makes up with placeholders is held against the sources', async () => {
  const { app, scope } = await openWith('external', () => 'Ask {NAME_2} at {EMAIL_9} about payroll [1].');
  const answer = await app.ask(scope, { question });
  expect(answer).toMatchObject({ status: 'abstained', citations: [] });
});
