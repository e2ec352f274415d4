import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCommand, runForJson } from '../support/command-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const house = (version: string, rule: string) =>
  `---\nid: house\nversion: "${version}"\npurpose: answer\ndescription: The tone of our desk.\nvariables: [context, question]\n---\n=== system ===\n${rule}\n=== user ===\n{{context}}\n{{question}}\n`;

async function company() {
  const folder = await temporaryFolder({
    'persea.yaml':
      'embedding: { provider: none }\nprompts: { answer: house }\nmodels:\n  - { id: small, provider: openai-compatible, baseUrl: "http://127.0.0.1:9/v1", model: qwen2, zone: local, prompts: { answer: house@1 } }\n  - { id: large, provider: openai-compatible, baseUrl: "http://127.0.0.1:9/v1", model: llama, zone: local }\n',
  });
  await mkdir(join(folder, 'prompts'));
  await writeFile(join(folder, 'prompts/house.v1.md'), house('1', 'Be kind.'));
  await writeFile(join(folder, 'prompts/house.v2.md'), house('2', 'Be brief.'));
  return { folder, config: ['--config', join(folder, 'persea.yaml')] };
}

interface Listed {
  readonly prompts: readonly { id: string; version: string; origin: string; usedBy: readonly string[] }[];
  readonly problems: readonly { code: string; message: string }[];
}

it('lists prompts with the models that get them, and what is broken', async () => {
  const { folder, config } = await company();
  const { value } = await runForJson<Listed>(['prompts', 'list', ...config]);
  const own = value.prompts.filter(({ origin }) => origin === 'own');
  expect(own.map(({ id, version, usedBy }) => [id, version, usedBy])).toEqual([
    ['house', '1', ['small']],
    ['house', '2', ['large']],
  ]);
  expect(value.problems).toEqual([]);

  await writeFile(join(folder, 'prompts/other.v1.md'), 'Just text.');
  const broken = await runCommand(['prompts', 'list', ...config]);
  expect(broken.status).toBe(1);
  expect(broken.stdout).toContain('other.v1.md');
  const { value: checked } = await runForJson<{ checks: { name: string; ok: boolean; detail: string }[] }>([
    'doctor',
    ...config,
  ]);
  expect(checked.checks.find(({ name }) => name === 'prompts')).toMatchObject({
    ok: false,
    detail: expect.stringContaining('other.v1.md'),
  });
});

it('shows a prompt and what changed from one to another', async () => {
  const { config } = await company();
  const shown = await runCommand(['prompts', 'show', 'house', ...config]);
  expect(shown.stdout).toMatch(/^house@2 \(own\), answer\nThe tone of our desk\./);
  expect(shown.stdout).toContain('Be brief.');
  const changed = await runCommand(['prompts', 'diff', 'house@1', 'house@2', ...config]);
  expect(changed.stdout).toContain('-Be kind.\n+Be brief.');
  const missing = await runCommand(['prompts', 'show', 'house@9', ...config]);
  expect(missing.status).not.toBe(0);
  expect(missing.stderr).toContain('there are: answer 1');
});
