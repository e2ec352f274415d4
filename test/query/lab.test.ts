import { expect, it } from 'vitest';
import { canonicalLabel } from '../../src/access/label.ts';
import { systemScope } from '../../src/access/scope.ts';
import { labPage } from '../../src/cli/lab-page.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { openIngestedApp } from '../support/test-app.ts';

const documents = {
  'leave.md': '# Leave\n\nParental leave is 26 weeks at full pay for all employees.',
  'hr/warnings.md': '# Warnings\n\nA written warning about parental leave zebra stays on file.',
};
const question = 'How many weeks of parental leave at full pay?';

async function openLab(formats: Readonly<Record<string, string>> = {}) {
  const models = ['first', 'second'].map((id) => ({
    model: new FakeLanguageModel({ id, reply: 'Parental leave is 26 weeks at full pay [1].' }),
    maxOutputTokens: 100,
  }));
  const test = await openIngestedApp({ documents, models });
  await test.write(Object.fromEntries(Object.entries(formats).map(([name, body]) => [`../formats/${name}`, body])));
  const scope = await test.app.scopeFor(test.app.principal('dora'));
  return { ...test, scope, models: models.map(({ model }) => model) };
}

it('lays the same evidence out in each format for each model', async () => {
  const { app, scope, models } = await openLab({
    'house.mjs': 'export default (items) => items.map((item) => "[" + item.marker + "] " + item.text).join("\\n");',
  });
  const { runs } = await app.lab(scope, {
    question,
    formats: ['numbered', 'xml', 'house'],
    models: ['first', 'second'],
  });
  expect(runs.map(({ format, model }) => `${model} ${format}`)).toEqual([
    'first numbered',
    'first xml',
    'first house',
    'second numbered',
    'second xml',
    'second house',
  ]);
  for (const { answer, context, promptTokens } of runs) {
    expect(answer).toMatchObject({ status: 'answered', claims: [{ support: 'verbatim' }] });
    expect(context).toContain('Parental leave is 26 weeks');
    expect(answer.context.items?.map((item) => item.chunkIds)).toEqual(
      runs[0]?.answer.context.items?.map((item) => item.chunkIds),
    );
    expect(promptTokens).toBeGreaterThan(answer.context.tokens);
  }
  expect(runs[1]?.context).toMatch(/^<source id="\[1\]"/);
  expect(runs[2]?.context).toMatch(/^\[1\] /);
  const seen = models.flatMap((model) => model.calls.map(({ prompt }) => prompt.user));
  expect(seen.map((user, index) => user.includes(runs[index]?.context ?? '?'))).toEqual(Array(6).fill(true));
});

it('shows nothing that the person may not see, and all formats when none is named', async () => {
  const { app, scope } = await openLab();
  const result = await app.lab(scope, { question });
  expect(result.runs).toHaveLength(6);
  expect(JSON.stringify(result)).not.toMatch(/zebra|hr\/warnings/);
});

it('shows what other models say where one fails, and fails where all do', async () => {
  const works = new FakeLanguageModel({ id: 'works', reply: 'Parental leave is 26 weeks at full pay [1].' });
  const down = new FakeLanguageModel({ id: 'down', reply: new PerseaError('model-failed', 'The server is down.') });
  const models = [down, works].map((model) => ({ model, maxOutputTokens: 100 }));
  const { app } = await openIngestedApp({ documents, models });
  const scope = await app.scopeFor(app.principal('dora'));
  const result = await app.lab(scope, { question, formats: ['numbered'], models: ['down', 'works'] });
  expect(result.runs.map(({ model, answer }) => [model, answer.status])).toEqual([['works', 'answered']]);
  expect(result.failed).toMatchObject([{ format: 'numbered', model: 'down', code: 'model-failed' }]);
  expect(labPage(result)).toContain('numbered · down: no answer. The server is down.');
  await expect(app.lab(scope, { question, models: ['down'] })).rejects.toMatchObject({ code: 'model-failed' });
});

it('refuses what does not exist and what is too much', async () => {
  const { app, scope, models } = await openLab();
  await expect(app.lab(scope, { question, formats: ['numbered', 'yaml'] })).rejects.toMatchObject({
    code: 'unknown-format',
  });
  await expect(app.lab(scope, { question, models: ['first', 'third'] })).rejects.toMatchObject({
    code: 'unknown-model',
  });
  const many = Array.from({ length: 25 }, () => 'numbered');
  await expect(app.lab(scope, { question, formats: many })).rejects.toMatchObject({ code: 'request-invalid' });
  expect(models.flatMap((model) => model.calls)).toEqual([]);
});

it('answers in other formats while one of the company is broken', async () => {
  const { app, scope } = await openLab({ 'house.mjs': 'export default (' });
  const answer = await app.ask(scope, { question });
  expect(answer).toMatchObject({ status: 'answered', context: { format: 'numbered' } });
  const broken = expect.objectContaining({ code: 'format-invalid', message: expect.stringContaining('house.mjs') });
  await expect(app.ask(scope, { question, format: 'house' })).rejects.toEqual(broken);
  await expect(app.lab(scope, { question })).rejects.toEqual(broken);
});

it('shows nothing of what was taken from its asker while another model was asked', async () => {
  let change = () => {};
  const works = new FakeLanguageModel({ id: 'works', reply: 'Parental leave is 26 weeks at full pay [1].' });
  const down = new FakeLanguageModel({
    id: 'down',
    reply: () => {
      change();
      return new PerseaError('model-failed', 'The server is down.');
    },
  });
  const models = [works, down].map((model) => ({ model, maxOutputTokens: 100 }));
  const { app } = await openIngestedApp({ documents, models });
  const scope = await app.scopeFor(app.principal('dora'));
  const request = { question, formats: ['numbered'], models: ['works', 'down'] };
  expect((await app.lab(scope, request)).runs).toHaveLength(1);
  const document = await app.catalog.documentByUri(systemScope('test'), 'docs/leave.md');
  change = () =>
    void app.catalog.relabelDocument(document?.documentId ?? '', canonicalLabel({ anyOf: ['hr'] }), {
      isOverride: true,
    });
  await expect(app.lab(scope, request)).rejects.toMatchObject({ code: 'evidence-withdrawn' });
});

it('puts no text of a document into the page as markup', async () => {
  const { app, scope, write, ingest } = await openLab();
  await write({
    'leave.md': '# Leave\n\nParental leave is 26 weeks at full pay <img src=x onerror=alert(1)> for all employees.',
  });
  await ingest();
  const page = labPage(await app.lab(scope, { question: `${question} <script>`, formats: ['markdown'] }));
  expect(page).toContain('&lt;img src=x');
  expect(page).not.toMatch(/<img|<script/);
  expect(page).toContain('<mark>');
});
