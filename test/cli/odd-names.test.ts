import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCommand } from '../support/command-line.ts';
import { openIngestedApp } from '../support/test-app.ts';

it('a name with a line end stays on its line, wherever it is shown', async () => {
  const { folder } = await openIngestedApp({
    embedder: null,
    documents: { 'a\nhr/fake.md  confidential.md': '# Leave\n\nParental leave is 26 weeks at full pay.\n' },
  });
  const options = ['--config', join(folder, 'persea.yaml')];
  for (const command of [
    ['docs', 'list'],
    ['search', 'parental leave', '--as', 'alice'],
    ['ask', 'How many weeks is parental leave?', '--as', 'alice'],
  ]) {
    const { stdout } = await runCommand([...command, ...options]);
    expect(stdout).toContain('docs/a hr/fake.md');
    expect(stdout).not.toMatch(/^hr\/fake/m);
  }
});

it('a name with a line end or an escape sequence makes no message of its own', async () => {
  const name = 'a\u001b[31m\nerror: forged \u009b2J.md';
  const { folder } = await openIngestedApp({ embedder: null, documents: { [name]: '---\naccess: [\n---\ntext\n' } });
  const options = ['--config', join(folder, 'persea.yaml')];
  for (const command of [
    ['docs', 'show', `docs/${name}`],
    ['docs', 'remove', '--restore', `docs/${name}`],
    ['ask', 'a', '--as', name],
    ['ingest'],
  ]) {
    const { stdout, stderr } = await runCommand([...command, ...options]);
    expect(stdout + stderr).toContain('forged');
    expect(stdout + stderr).not.toMatch(/^error: forged/m);
    for (const mark of ['\u001b', '\u009b']) expect(stdout + stderr).not.toContain(mark);
  }
});
