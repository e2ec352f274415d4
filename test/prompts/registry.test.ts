import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { unknownAnswer } from '../../src/answer/abstain.ts';
import { createPromptRegistry, renderPrompt } from '../../src/prompts/registry.ts';
import { parseTemplate } from '../../src/prompts/template.ts';
import lock from './lock.json' with { type: 'json' };

const file = (matter: string, system = 'Rules.', user = '{{question}}') =>
  `---\n${matter}\n---\n=== system ===\n${system}\n=== user ===\n${user}\n`;
const matter = 'id: own\nversion: "1"\npurpose: A test.\nvariables: [question]';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'persea-prompts-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

describe('the built-in prompts', () => {
  it('are the released files, unchanged: a change of wording is a new version', async () => {
    const released: Readonly<Record<string, string>> = lock;
    const templates = createPromptRegistry().templates();
    expect(Object.fromEntries(templates.map((t) => [`${t.id}.v${t.version}.md`, t.hash]))).toEqual(released);
    expect((await readdir(new URL('../../src/prompts/templates/', import.meta.url))).sort()).toEqual(
      Object.keys(released),
    );
  });

  it('tell a model the very words by which it says that it does not know', () => {
    expect(createPromptRegistry().template('answer').system).toContain(unknownAnswer);
  });

  it('put sources and question into the user part only', () => {
    const template = createPromptRegistry().template('answer', '1');
    const prompt = renderPrompt(template, { context: 'CONTEXT', question: 'QUESTION' });
    expect(prompt.user).toContain('CONTEXT');
    expect(prompt.user).toContain('QUESTION');
    expect(prompt.system).not.toMatch(/CONTEXT|QUESTION/);
    expect(prompt.hash).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
});

describe('renderPrompt', () => {
  const template = createPromptRegistry().template('answer');

  it('inserts values literally', () => {
    const prompt = renderPrompt(template, { context: '{{question}} $& {{secret}}', question: "$1 $' {{context}}" });
    expect(prompt.user).toContain('{{question}} $& {{secret}}');
    expect(prompt.user).toContain("$1 $' {{context}}");
  });

  it.each([[{ question: 'a' }], [{ question: 'a', context: 'b', extra: 'c' }]])(
    'refuses other variables: %j',
    (values) => {
      expect(() => renderPrompt(template, values)).toThrow(expect.objectContaining({ code: 'prompt-invalid' }));
    },
  );
});

describe('createPromptRegistry', () => {
  it('adds the templates of a company, and takes the newest version', async () => {
    const ownDirectory = await folderWith({
      'own.v2.md': file(matter.replace('"1"', '"2"')),
      'own.v10.md': file(matter.replace('"1"', '"10"')),
    });
    const registry = createPromptRegistry({ ownDirectory });
    expect(registry.template('own').version).toBe('10');
    expect(registry.template('own', '2').version).toBe('2');
    expect(registry.template('answer').id).toBe('answer');
  });

  it('needs no folder of own templates', () => {
    expect(createPromptRegistry({ ownDirectory: '/nonexistent/prompts' }).templates()).toHaveLength(
      Object.keys(lock).length,
    );
  });

  it('does not let a company replace a built-in version', async () => {
    const ownDirectory = await folderWith({ 'answer.v1.md': file(matter.replace('id: own', 'id: answer')) });
    const registry = createPromptRegistry({ ownDirectory });
    expect(() => registry.templates()).toThrow(expect.objectContaining({ code: 'prompt-invalid' }));
  });

  it('names what exists when asked for something else', () => {
    expect(() => createPromptRegistry().template('answer', '99')).toThrow(
      expect.objectContaining({ code: 'unknown-prompt', message: expect.stringContaining('answer 1') }),
    );
  });
});

describe('parseTemplate', () => {
  it('reads a file whatever its line ends', async () => {
    const ownDirectory = await folderWith({ 'own.v1.md': file(matter).replaceAll('\n', '\r\n') });
    expect(createPromptRegistry({ ownDirectory }).template('own').user).toBe('{{question}}');
  });

  it.each([
    ['no front matter', 'Just text.', 'own.v1.md'],
    ['front matter that is not YAML', file('id: [own'), 'own.v1.md'],
    ['an unknown key', file(`${matter}\nextra: 1`), 'own.v1.md'],
    ['another name than its id and version', file(matter), 'other.v1.md'],
    ['a variable in the system part', file(matter, 'Rules for {{question}}.'), 'own.v1.md'],
    ['an undeclared variable', file(matter, 'Rules.', '{{question}} {{context}}'), 'own.v1.md'],
    ['a declared variable that is not used', file(matter, 'Rules.', 'Nothing.'), 'own.v1.md'],
  ])('refuses %s', (_, content, name) => {
    expect(() => parseTemplate(content, name)).toThrow(expect.objectContaining({ code: 'prompt-invalid' }));
  });
});
