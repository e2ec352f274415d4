/** Models with a task beside answering: the judge and the reranker. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  configuredJudge,
  configuredRanker,
  MadeModels,
  modelFinder,
  routeModels,
} from '../../src/app/language-models.ts';
import { loadConfig } from '../../src/config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const remote = 'provider: openai-compatible, baseUrl: "http://127.0.0.1:1/v1", model: m, zone: local';
const today = new Date('2026-11-29');

/** @param other what is said of the model `other`, `writer` of that; `settings`: further lines of the file */
async function modelsOf(settings: string, route: string, other = '', writer = '') {
  const directory = await temporaryFolder({});
  const models = `[{ id: quotes, provider: extractive, zone: local }, { id: writer, ${remote}${writer} }, { id: other, ${remote}${other} }]`;
  writeFileSync(join(directory, 'persea.yaml'), `models: ${models}\nroute: [${route}]\n${settings}\n`);
  const config = loadConfig({ directory });
  const warnings: string[] = [];
  const made = new MadeModels((message) => void warnings.push(message));
  const entries = routeModels(config, today, made);
  const find = modelFinder(config, entries, today, made);
  const [judge, ranker] = [configuredJudge(config, find), configuredRanker(config, entries, find)];
  return { route: entries, judge, ranker, warnings };
}

describe('the judge', () => {
  it('is nobody unless the configuration names one', async () => {
    expect((await modelsOf('answer: { repair: off }', 'writer')).judge).toBeNull();
  });

  it('need not stand in the route, and is the one of the route where it does', async () => {
    const beside = await modelsOf('answer: { judge: other }', 'writer');
    expect(beside.judge).toMatchObject({ model: { id: 'other' }, inDoubt: ['none', 'partial'] });
    const within = await modelsOf('answer: { judge: other, judgeClaims: unquoted }', 'writer, other');
    expect(within.judge?.model).toBe(within.route[1]?.model);
    expect(within.judge?.inDoubt).toEqual(['none', 'partial', 'entailed']);
  });

  it('is not asked past its sunset, and says so', async () => {
    const { judge, warnings } = await modelsOf('answer: { judge: other }', 'writer', ', sunset: 2026-11-01');
    expect(judge).toBeNull();
    expect(warnings.join()).toContain('"other"');
  });
});

describe('the model that reranks', () => {
  const named = 'retrieval: { rerank: llm, reranker: { model: other } }';
  const unnamed = 'retrieval: { rerank: llm }';

  it('is nobody unless the configuration asks for one', async () => {
    expect((await modelsOf('retrieval: { reranker: { model: other } }', 'writer')).ranker).toBeNull();
  });

  it('need not stand in the route, and is the one of the route where it does', async () => {
    expect((await modelsOf(named, 'quotes')).ranker).toMatchObject({ id: 'other' });
    const within = await modelsOf(named, 'writer, other');
    expect(within.ranker).toBe(within.route[1]?.model);
  });

  it('is the first that writes and may be asked where none is named', async () => {
    expect((await modelsOf(unnamed, 'quotes', ', sunset: 2026-11-01')).ranker).toMatchObject({ id: 'writer' });
    const past = await modelsOf(unnamed, 'quotes', '', ', sunset: 2026-11-01');
    expect(past.ranker).toMatchObject({ id: 'other' });
  });

  it('is the judge, too, where both are one model beside the route', async () => {
    const { judge, ranker, warnings } = await modelsOf(
      `${named}\nanswer: { judge: other }`,
      'writer',
      ', status: deprecated',
    );
    expect(ranker).toMatchObject({ id: 'other' });
    expect(ranker).toBe(judge?.model);
    expect(warnings).toHaveLength(1);
  });

  it('is the first of the route that writes where none is named, else any that does', async () => {
    const within = await modelsOf(unnamed, 'quotes, other, writer');
    expect(within.ranker).toBe(within.route[1]?.model);
    expect((await modelsOf(unnamed, 'quotes')).ranker).toMatchObject({ id: 'writer' });
  });

  it('is not asked past its sunset, and says so', async () => {
    const { ranker, warnings } = await modelsOf(named, 'writer', ', sunset: 2026-11-01');
    expect(ranker).toBeNull();
    expect(warnings.join()).toContain('"other"');
  });
});
