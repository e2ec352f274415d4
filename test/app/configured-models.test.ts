/** Models keep what is known of them while the configuration around them changes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ConfiguredModels } from '../../src/app/configured-models.ts';
import { MadeModels } from '../../src/app/language-models.ts';
import { loadConfig } from '../../src/config.ts';
import { eventsOf } from '../contract/language-model-contract.ts';
import { ChatCompletionsServer } from '../support/chat-completions-server.ts';
import { requestFor } from '../support/context-window.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const request = requestFor([{ documentId: 'leave', text: 'Parental leave is 26 weeks.' }]);

const isKnown = () => true;

/** A configuration that can be written anew. */
async function configuredAt(baseUrl: string) {
  const directory = await temporaryFolder({});
  const configOf = (settings: string, ofModel = '') => {
    const model = `{ id: main, provider: openai-compatible, baseUrl: "${baseUrl}", model: m, zone: private, concurrency: 1${ofModel} }`;
    writeFileSync(join(directory, 'persea.yaml'), `models: [${model}]\n${settings}\n`);
    return loadConfig({ directory });
  };
  let config = configOf('');
  const warnings: string[] = [];
  const catalog = {
    assertWritable: async () => undefined,
    recordUsage: async () => undefined,
    usageTotals: async () => [],
  };
  const onWarning = (message: string) => void warnings.push(message);
  const models = new ConfiguredModels({ config: () => config, catalog, models: undefined, isKnown, onWarning });
  const change = (settings: string, ofModel?: string) => {
    config = configOf(settings, ofModel);
  };
  const model = () => {
    const [entry] = models.route();
    if (entry === undefined) throw new Error('no model');
    return entry.model;
  };
  return { model, change, warnings };
}

it('are left alone though another setting changed, and asked again once one of their own did', async () => {
  await using server = await ChatCompletionsServer.start({ kind: 'status', status: 400 });
  const { model, change, warnings } = await configuredAt(server.baseUrl);
  for (let asked = 0; asked < 5; asked++) await expect(eventsOf(model(), request)).rejects.toThrow('status 400');
  expect(warnings.join()).toContain('left alone');
  change('retrieval: { topK: 5 }');
  await expect(eventsOf(model(), request)).rejects.toThrow('is left alone for another');
  change('retrieval: { topK: 5 }', ', maxOutputTokens: 300');
  await expect(eventsOf(model(), request)).rejects.toThrow('status 400');
  expect(server.requests).toHaveLength(6);
});

it('answer no more questions at a time than they may, though the configuration changed in between', async () => {
  await using server = await ChatCompletionsServer.start({ kind: 'stall', pieces: ['Parental leave'] });
  const { model, change } = await configuredAt(server.baseUrl);
  const controller = new AbortController();
  const first = model()
    .generate({ ...request, signal: controller.signal })
    [Symbol.asyncIterator]();
  await first.next();
  change('retrieval: { topK: 5 }');
  const waiting = eventsOf(model(), { ...request, signal: AbortSignal.timeout(300) });
  await expect(waiting).rejects.toMatchObject({ code: 'aborted', message: expect.stringContaining('while it waited') });
  expect(server.requests).toHaveLength(1);
  controller.abort();
  await expect(first.next()).rejects.toMatchObject({ code: 'aborted' });
});

it('are made anew where other data is to be kept from them', async () => {
  const { model, change } = await configuredAt('http://127.0.0.1:1/v1');
  const before = model();
  change('redact: { zones: [private] }');
  expect(model()).not.toBe(before);
});

it('are the same on the next day, and none after their sunset', async () => {
  const directory = await temporaryFolder({
    'persea.yaml':
      'models: [{ id: main, provider: openai-compatible, baseUrl: "http://127.0.0.1:1/v1", model: m, zone: local, sunset: 2026-11-30 }]',
  });
  const config = loadConfig({ directory });
  const [settings] = config.models;
  if (settings === undefined) throw new Error('no model');
  const made = new MadeModels(() => undefined);
  const usableAt = (day: string) => made.usable(settings, config, new Date(day));
  const first = usableAt('2026-11-29');
  expect(first?.model).toMatchObject({ id: 'main' });
  expect(usableAt('2026-11-30')).toBe(first);
  expect(usableAt('2026-12-01')).toBeNull();
});
