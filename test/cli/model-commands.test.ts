/** `models list`, `doctor` and `usage` over a configuration with models of every state. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { openApp } from '../../src/app.ts';
import type { UsageReport } from '../../src/query/usage-report.ts';
import { runCommand, runForJson } from '../support/command-line.ts';
import { writeFiles } from '../support/temporary-folder.ts';

const secret = 'sk-very-secret';
const remote = 'provider: openai-compatible, baseUrl: "http://127.0.0.1:9/v1", model: m, zone: local';
const config = `
embedding: { provider: none }
models:
  - { id: quotes, provider: extractive }
  - { id: old, ${remote}, status: retired, replacedBy: new }
  - { id: past, ${remote}, sunset: 2020-01-31, replacedBy: new }
  - { id: aging, ${remote}, status: deprecated, replacedBy: new }
  - { id: new, ${remote}, owner: search-team, licence: Apache-2.0, reviewBy: 2020-02-29, apiKeyFile: ./key,
      headers: { x-team: search, api-key: { env: PERSEA_TEST_ABSENT } } }
route: [past, aging, new, quotes]
`;
const policy = `
groups: { staff: { tags: [staff] } }
principals:
  bob: { groups: [staff], roles: [employee] }
  alice: { groups: [staff], roles: [employee] }
  ada: { groups: [staff], roles: [employee, admin] }
`;

let folder = '';
let path = '';
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'persea-test-'));
  await writeFiles(folder, { 'persea.yaml': config, 'access.yaml': policy, key: `${secret}\n` });
  path = join(folder, 'persea.yaml');
  const app = await openApp({ configPath: path, onWarning: () => undefined });
  const usage = {
    at: Date.UTC(2026, 1, 3, 12),
    status: 'answered',
    reason: null,
    modelId: 'new',
    zone: 'local',
    inputTokens: 1_000,
    outputTokens: 200,
    costUsd: 0.25,
    totalMs: 1,
  } as const;
  await app.catalog.recordUsage({ ...usage, traceId: 't1', principalId: 'bob' });
  await app.catalog.recordUsage({ ...usage, traceId: 't2', principalId: 'alice', modelId: 'aging' });
  await app.catalog.recordUsage({ ...usage, traceId: 't3', principalId: 'alice', at: Date.UTC(2026, 1, 4) });
  expect(await app.catalog.usage(systemScope('test'))).toHaveLength(3);
  await app.close();
});

describe('persea models list', () => {
  it('shows dates, replacements, owners and terms', async () => {
    const { status, value } = await runForJson<{ languageModels: Record<string, unknown>[] }>([
      'models',
      'list',
      '--config',
      path,
    ]);
    expect(status).toBe(0);
    const byId = new Map(value.languageModels.map((model) => [model.id, model]));
    expect(byId.get('new')).toMatchObject({
      owner: 'search-team',
      licence: 'Apache-2.0',
      reviewBy: '2020-02-29',
      isUsable: true,
      route: 3,
    });
    expect(byId.get('past')).toMatchObject({ isUsable: false, sunset: '2020-01-31', replacedBy: 'new' });
    expect(byId.get('old')).toMatchObject({ isUsable: false, status: 'retired', route: null });
    expect(JSON.stringify(value)).not.toContain(secret);
    const { stdout } = await runCommand(['models', 'list', '--config', path]);
    expect(stdout).toContain('deprecated, replaced by new');
    expect(stdout).toContain('"past" was in use until 2020-01-31 and is not asked any more. Use "new" in its place.');
    expect(stdout).toContain('owner search-team, Apache-2.0');
  });
});

describe('persea doctor', () => {
  it('names models that cannot be asked, and secrets that are missing, never what they are', async () => {
    const { status, value } = await runForJson<{ checks: { name: string; ok: boolean; detail: string }[] }>([
      'doctor',
      '--config',
      path,
    ]);
    expect(status).toBe(1);
    const check = value.checks.find(({ name }) => name === 'language models');
    expect(check?.ok).toBe(false);
    expect(check?.detail).toMatch(/^aging \(local\), new \(local\), quotes \(local\) can be asked/);
    expect(check?.detail).toContain('PERSEA_TEST_ABSENT with its header api-key is not set');
    expect(check?.detail).toContain('"past" was in use until');
    expect(check?.detail).toContain('"aging" is deprecated. Use "new"');
    expect(JSON.stringify(value)).not.toContain(secret);
  });
});

describe('persea usage', () => {
  const usage = (...args: string[]) =>
    runForJson<UsageReport>(['usage', '--since', '2026-02-01', '--until', '2026-02-28', ...args, '--config', path]);

  it.each([
    ['person', ['alice', 'bob'], [2, 1]],
    ['model', ['aging', 'new'], [1, 2]],
    ['day', ['2026-02-03', '2026-02-04'], [2, 1]],
  ])('by %s', async (by, keys, questions) => {
    const { status, value } = await usage('--by', by);
    expect(status).toBe(0);
    expect(value.rows.map(({ key }) => key)).toEqual(keys);
    expect(value.rows.map((row) => row.questions)).toEqual(questions);
    expect(value.total).toEqual({ questions: 3, inputTokens: 3_000, outputTokens: 600, costUsd: 0.75 });
  });

  it('shows a person their own, and an administrator that of all', async () => {
    expect((await usage('--by', 'person', '--as', 'bob')).value.rows.map(({ key }) => key)).toEqual(['bob']);
    expect((await usage('--by', 'model', '--as', 'bob')).value).toMatchObject({
      rows: [{ key: 'new', questions: 1 }],
      total: { questions: 1 },
    });
    expect((await usage('--by', 'person', '--as', 'ada')).value.rows).toHaveLength(2);
  });

  it('is a table for people', async () => {
    const { stdout } = await runCommand([
      'usage',
      '--by',
      'person',
      '--since',
      '2026-02-01',
      '--until',
      '2026-02-28',
      '--config',
      path,
    ]);
    expect(stdout.trimEnd().split('\n')).toEqual([
      'person  questions  tokens in  tokens out     cost',
      'alice           2      2,000         400  $0.5000',
      'bob             1      1,000         200  $0.2500',
      'all             3      3,000         600  $0.7500',
    ]);
    expect((await runCommand(['usage', '--config', path])).stdout).toMatch(/^Nobody asked anything from/);
  });

  it('refuses days that are none', async () => {
    expect((await usage('--since', 'yesterday')).status).toBe(2);
    expect((await usage('--since', '2026-03-01')).status).toBe(2);
  });
});
