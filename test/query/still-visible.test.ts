/** Rights that end while a model writes. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalLabel } from '../../src/access/label.ts';
import { systemScope } from '../../src/access/scope.ts';
import type { App } from '../../src/app.ts';
import { forgottenPerson } from '../../src/catalog/catalog.ts';
import { dayMs } from '../../src/core/dates.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { openIngestedApp } from '../support/test-app.ts';

const scope = systemScope('test');
const documents = {
  'leave.md': '# Leave\n\nParental leave is 26 weeks at full pay. The notice period of parental leave is 8 weeks.\n',
  'travel.md': '# Travel\n\nA hotel may cost EUR 140 a night.\n',
};
const reply = 'Parental leave is 26 weeks at full pay. [1] The notice period of parental leave is 8 weeks. [1]';

async function open() {
  const model = new FakeLanguageModel({ reply });
  const { app, folder } = await openIngestedApp({
    documents,
    policy: `groups: { staff: { tags: [staff] }, hr-team: { tags: [hr] } }
principals:
  alice: { groups: [staff, hr-team] }
  bob: { groups: [staff] }
`,
    models: [{ model, maxOutputTokens: 100 }],
  });
  return { app, folder, model };
}

/** The text until the first sentence is there and `change` was made, and what came after. */
async function askMeanwhile(app: App, person: string, change: () => Promise<void>) {
  const before: string[] = [];
  const after: string[] = [];
  let texts = before;
  const asker = await app.scopeFor(app.principal(person));
  const request = { question: 'How long is parental leave and its notice period?', conversationId: 'mine' };
  const failure = await (async () => {
    for await (const event of app.askStream(asker, request)) {
      if (event.type === 'text-delta') texts.push(event.text.trim());
      if (texts === before && texts.length > 0) {
        await change();
        texts = after;
      }
    }
    return null;
  })().catch((thrown) => thrown);
  return { before, after, failure };
}

async function relabel(app: App, uri: string, tag: string): Promise<void> {
  const document = await app.catalog.documentByUri(scope, uri);
  await app.catalog.relabelDocument(document?.documentId ?? '', canonicalLabel({ anyOf: [tag] }), { isOverride: true });
}

it('a search that a model reranks leaves out what was taken from its asker meanwhile', async () => {
  let change = () => {};
  const model = new FakeLanguageModel({
    reply: () => {
      change();
      return '[1] > [2]';
    },
  });
  const { app } = await openIngestedApp({
    documents,
    config:
      'retrieval: { rerank: llm }\nmodels: [{ id: fake, provider: openai-compatible, baseUrl: "http://127.0.0.1:9/v1", model: m, zone: local, status: active }]',
    models: [{ model, maxOutputTokens: 100 }],
  });
  const bob = await app.scopeFor(app.principal('bob'));
  const found = async () => (await app.search(bob, { query: 'parental leave' })).hits.map(({ uri }) => uri);
  expect(await found()).toContain('docs/leave.md');
  const document = await app.catalog.documentByUri(scope, 'docs/leave.md');
  change = () =>
    void app.catalog.relabelDocument(document?.documentId ?? '', canonicalLabel({ anyOf: ['hr'] }), {
      isOverride: true,
    });
  expect(await found()).toEqual(['docs/travel.md']);
  expect(model.calls).toHaveLength(2);
});

describe('an answer under way', () => {
  it.each([
    ['relabelled', (app: App) => relabel(app, 'docs/leave.md', 'hr')],
    [
      'removed',
      async (app: App) => {
        const document = await app.catalog.documentByUri(scope, 'docs/leave.md');
        await app.catalog.removeDocument(document?.documentId ?? '');
      },
    ],
  ])('ends when a document that it is made of is %s', async (_, change) => {
    const { app } = await open();
    const { before, after, failure } = await askMeanwhile(app, 'bob', () => change(app));
    expect(before).toEqual(['Parental leave is 26 weeks at full pay. [1]']);
    expect(after).toEqual([]);
    expect(failure).toMatchObject({ code: 'evidence-withdrawn', isRetryable: true });
    expect(await app.catalog.usage(scope)).toMatchObject([{ principalId: 'bob', reason: 'evidence-withdrawn' }]);
  });

  it('goes on where the asker may still see all that it is made of', async () => {
    const { app } = await open();
    const { after, failure } = await askMeanwhile(app, 'alice', async () => {
      await relabel(app, 'docs/leave.md', 'hr');
      await relabel(app, 'docs/travel.md', 'hr');
    });
    expect(failure).toBeNull();
    expect(after).toEqual(['The notice period of parental leave is 8 weeks. [2]']);
  });

  it('ends and leaves no name when its asker is taken out of the policy', async () => {
    const { app, folder } = await open();
    app.watchFiles();
    const path = join(folder, 'access.yaml');
    const { after, failure } = await askMeanwhile(app, 'bob', async () => {
      const people = (await readFile(path, 'utf8')).split('\n');
      await writeFile(path, people.filter((line) => !line.includes('bob:')).join('\n'));
      await expect.poll(() => app.policy().principalIds(), { timeout: 10_000 }).toEqual(['alice']);
    });
    expect(after).toEqual([]);
    expect(failure).toMatchObject({ code: 'forbidden' });
    const [usage, ...others] = await app.catalog.usage(scope);
    expect(others).toEqual([]);
    expect(usage).toMatchObject({ principalId: forgottenPerson, status: 'failed' });
    expect([usage?.groups, (usage?.at ?? 0) % dayMs]).toEqual([undefined, 0]);
    expect(app.traces.list(scope, {})).toEqual([]);
    expect(await app.conversations.removeAllOf(scope, 'bob')).toBe(0);
  });
});
