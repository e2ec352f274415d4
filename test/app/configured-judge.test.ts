import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configuredJudge, routeModels } from '../../src/app/language-models.ts';
import { loadConfig } from '../../src/config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const remote = 'provider: openai-compatible, baseUrl: "http://127.0.0.1:1/v1", model: m, zone: local';
const today = new Date('2026-11-29');

async function judgeOf(answer: string, route: string, judge = '') {
  const directory = await temporaryFolder({});
  const models = `[{ id: writer, ${remote} }, { id: judge, ${remote}${judge} }]`;
  writeFileSync(join(directory, 'persea.yaml'), `models: ${models}\nroute: [${route}]\nanswer: { ${answer} }\n`);
  const config = loadConfig({ directory });
  const warnings: string[] = [];
  const onWarning = (message: string) => void warnings.push(message);
  const entries = routeModels(config, today, onWarning);
  return { route: entries, judge: configuredJudge(config, entries, today, onWarning), warnings };
}

it('is nobody unless the configuration names one', async () => {
  expect((await judgeOf('repair: off', 'writer')).judge).toBeNull();
});

it('need not stand in the route, and is the one of the route where it does', async () => {
  const beside = await judgeOf('judge: judge', 'writer');
  expect(beside.judge).toMatchObject({ model: { id: 'judge' }, inDoubt: ['none', 'partial'] });
  const within = await judgeOf('judge: judge, judgeClaims: unquoted', 'writer, judge');
  expect(within.judge?.model).toBe(within.route[1]?.model);
  expect(within.judge?.inDoubt).toEqual(['none', 'partial', 'entailed']);
});

it('is not asked past its sunset, and says so', async () => {
  const { judge, warnings } = await judgeOf('judge: judge', 'writer', ', sunset: 2026-11-01');
  expect(judge).toBeNull();
  expect(warnings.join()).toContain('"judge"');
});
