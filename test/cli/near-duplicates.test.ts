import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand, runForJson } from '../support/command-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const rules = Array.from({ length: 12 }, (_, index) => `Rule ${index} says what holds at desk number ${index}.`);
const depot = `# Depot\n\n${rules.join(' ')}\n\nTravel to the depot is paid in full.\n`;

describe('near-duplicates on the command line', () => {
  it('are listed by `docs show`, and shown once by `search`', async () => {
    const folder = await temporaryFolder({
      'persea.yaml':
        'sources: [{ name: docs, path: ./docs, label: { anyOf: [staff] } }]\nembedding: { provider: none }\n',
      'access.yaml':
        'groups: { staff: { tags: [staff] } }\nprincipals: { bob: { groups: [staff], roles: [employee] } }\n',
      'docs/a.md': depot,
      'docs/b.md': `${depot}\nBring a pen.\n`,
      'docs/c.md': '# Canteen\n\nThe canteen opens at noon.\n',
    });
    const config = ['--config', join(folder, 'persea.yaml')];
    expect((await runForJson(['ingest', ...config])).status).toBe(0);

    const { value } = await runForJson(['docs', 'show', 'docs/a.md', ...config]);
    expect(value).toMatchObject({ duplicates: [{ uri: 'docs/b.md', title: 'Depot' }] });
    expect((await runForJson(['docs', 'show', 'docs/c.md', ...config])).value).toMatchObject({ duplicates: [] });
    expect((await runCommand(['docs', 'show', 'docs/b.md', ...config])).stdout).toMatch(/near-duplicate +docs\/a\.md/);

    const found = await runForJson<{ hits: { uri: string }[] }>(['search', 'paid travel', '--as', 'bob', ...config]);
    expect(found.value.hits).toHaveLength(1);
    const { stdout } = await runCommand(['search', 'paid travel', '--as', 'bob', ...config]);
    expect(stdout).toMatch(/the same in docs\/[ab]\.md/);
  });
});
