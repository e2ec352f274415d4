import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { unknownAnswer } from '../../src/answer/abstain.ts';
import { createPromptRegistry, renderPrompt } from '../../src/prompts/registry.ts';
import { familyOfModel } from '../../src/core/prompt-purposes.ts';
import { parseTemplate } from '../../src/prompts/template.ts';
import lock from './lock.json' with { type: 'json' };

const file = (matter: string, system = 'Rules.', user = '{{question}}') =>
  `---\n${matter}\n---\n=== system ===\n${system}\n=== user ===\n${user}\n`;
const matter = 'id: own\nversion: "1"\npurpose: title\nvariables: [question]';

const answerFile = (id: string, version: string, system = 'Rules.', more = '') =>
  file(
    `id: ${id}\nversion: "${version}"\npurpose: answer\nvariables: [context, question]\n${more}`.trimEnd(),
    system,
    '{{context}} {{question}}',
  );

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
    const ownDirectory = await folderWith({ 'answer.v1.md': answerFile('answer', '1') });
    const registry = createPromptRegistry({ ownDirectory });
    const refused = expect.objectContaining({
      code: 'prompt-invalid',
      message: expect.stringContaining('answer.v1.md'),
    });
    expect(() => registry.template('answer')).toThrow(refused);
    expect(registry.problems()).toMatchObject([{ file: 'answer.v1.md', id: 'answer', version: '1' }]);
  });

  it('takes an unchanged copy of a built-in file for what it is', async () => {
    const released = await readFile(new URL('../../src/prompts/templates/answer.v1.md', import.meta.url), 'utf8');
    const registry = createPromptRegistry({ ownDirectory: await folderWith({ 'answer.v1.md': released }) });
    expect(registry.problems()).toEqual([]);
    expect(registry.template('answer').hash).toBe(lock['answer.v1.md']);
  });

  it('keeps a broken file from nothing but the questions that would use it, and names it', async () => {
    const ownDirectory = await folderWith({
      'house.v1.md': answerFile('house', '1'),
      'house.v2.md': 'Just text.',
      'notes.md': 'No prompt at all.',
      'README.md': 'What our prompts are for.',
    });
    const registry = createPromptRegistry({ ownDirectory });
    expect(registry.choose('answer').id).toBe('answer');
    expect(registry.template('house', '1').version).toBe('1');
    const named = expect.objectContaining({ code: 'prompt-invalid', message: expect.stringContaining('house.v2.md') });
    expect(() => registry.template('house')).toThrow(named);
    expect(() => registry.template('house', '2')).toThrow(named);
    expect(registry.problems().map(({ file }) => file)).toEqual(['house.v2.md', 'notes.md']);
  });

  it('reads a file that was added or changed at the next use', async () => {
    const ownDirectory = await folderWith({});
    const registry = createPromptRegistry({ ownDirectory });
    expect(() => registry.template('house')).toThrow(expect.objectContaining({ code: 'unknown-prompt' }));
    await writeFile(join(ownDirectory, 'house.v1.md'), answerFile('house', '1', 'First rules.'));
    expect(registry.template('house').system).toBe('First rules.');
    await writeFile(join(ownDirectory, 'house.v1.md'), answerFile('house', '1', 'Rules that were changed.'));
    expect(registry.template('house').system).toBe('Rules that were changed.');
  });

  it('refuses a file that is too large', async () => {
    const ownDirectory = await folderWith({ 'house.v1.md': answerFile('house', '1', 'x'.repeat(70_000)) });
    expect(() => createPromptRegistry({ ownDirectory }).template('house')).toThrow(/at most 65536/);
  });

  it('reads a file that was changed without a change of its time and size', async () => {
    const ownDirectory = await folderWith({ 'house.v1.md': answerFile('house', '1', 'Rules: one.') });
    const path = join(ownDirectory, 'house.v1.md');
    const { atime, mtime } = await stat(path);
    await utimes(path, atime, mtime);
    const registry = createPromptRegistry({ ownDirectory });
    expect(registry.template('house').system).toBe('Rules: one.');
    await writeFile(path, answerFile('house', '1', 'Rules: two.'));
    await utimes(path, atime, mtime);
    expect(registry.template('house').system).toBe('Rules: two.');
  });

  it.each([
    ['a pipe', (path: string) => execFileSync('mkfifo', [path]), 'is not a regular file'],
    ['a link to a device', (path: string) => symlink('/dev/zero', path), 'is not a regular file'],
    ['a link to nothing', (path: string) => symlink('/nonexistent/house', path), 'could not be read'],
    ['Latin-1', (path: string) => writeFile(path, answerFile('house', '2', 'Für alle.'), 'latin1'), 'UTF-8'],
    ['UTF-16', (path: string) => writeFile(path, answerFile('house', '2'), 'utf16le'), 'UTF-8'],
  ])('refuses %s at once, and nothing but the questions that would use it', async (_, make, problem) => {
    const ownDirectory = await folderWith({ 'house.v1.md': answerFile('house', '1') });
    await make(join(ownDirectory, 'house.v2.md'));
    const registry = createPromptRegistry({ ownDirectory });
    expect(() => registry.template('house')).toThrow(
      expect.objectContaining({ code: 'prompt-invalid', message: expect.stringContaining(problem) }),
    );
    expect(registry.template('house', '1').version).toBe('1');
  });

  it('reads what an editor saved with a byte order mark and its own line ends', async () => {
    const content = `\uFEFF${answerFile('house', '1', 'Rules.\nMore.')}`.replaceAll('\n', '\r\n');
    const registry = createPromptRegistry({ ownDirectory: await folderWith({ 'house.v1.md': content }) });
    expect(registry.template('house').system).toBe('Rules.\nMore.');
  });

  it('names what exists when asked for something else', () => {
    expect(() => createPromptRegistry().template('answer', '99')).toThrow(
      expect.objectContaining({ code: 'unknown-prompt', message: expect.stringContaining('answer 1') }),
    );
  });
});

describe('choose', () => {
  const models = new Map([
    ['small', { family: 'qwen', prompts: {} }],
    ['large', { family: 'llama', prompts: {} }],
    ['strict', { family: 'qwen', prompts: { answer: 'house@1' } }],
  ]);
  const files = {
    'answer.v2.md': answerFile('answer', '2', 'For one family.', 'family: qwen'),
    'house.v1.md': answerFile('house', '1'),
    'house.v2.md': answerFile('house', '2'),
    'own.v1.md': file(matter),
    'llamas.v1.md': answerFile('llamas', '1', 'Rules.', 'family: llama'),
  };

  it('takes the prompt that has the purpose for its id, and the version for the family of the model before others', async () => {
    const registry = createPromptRegistry({
      ownDirectory: await folderWith(files),
      choices: { all: {}, models },
    });
    expect(registry.choose('answer', 'small').version).toBe('2');
    expect(registry.choose('answer', 'large').version).toBe('1');
    expect(registry.choose('answer').version).toBe('1');
    expect(registry.choose('answer', 'strict')).toMatchObject({ id: 'house', version: '1' });
  });

  it('takes what the configuration names for all, unless the model has a choice of its own', async () => {
    const registry = createPromptRegistry({
      ownDirectory: await folderWith(files),
      choices: { all: { answer: 'house' }, models },
    });
    expect(registry.choose('answer', 'small')).toMatchObject({ id: 'house', version: '2' });
    expect(registry.choose('answer', 'strict')).toMatchObject({ id: 'house', version: '1' });
  });

  it.each([
    ['another purpose', 'own', 'prompt-invalid', /for the purpose answer, but its file says title/],
    ['another family', 'llamas', 'unknown-prompt', /only for models of the family llama/],
    ['nothing', 'missing', 'unknown-prompt', /does not exist/],
  ])('refuses a choice of %s', async (_, answer, code, message) => {
    const registry = createPromptRegistry({
      ownDirectory: await folderWith(files),
      choices: { all: { answer }, models },
    });
    expect(() => registry.choose('answer', 'small')).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});

describe('familyOfModel', () => {
  it.each([
    ['Qwen/Qwen2.5-7B-Instruct', 'qwen'],
    ['meta-llama/Llama-3.1-8B', 'llama'],
    ['gpt-4o-mini', 'gpt'],
    ['7b', null],
  ])('of %s is %s', (name, family) => {
    expect(familyOfModel(name)).toBe(family);
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
    ['another purpose', file(matter.replace('title', 'poem')), 'own.v1.md'],
    ['other variables than its purpose has', file(matter.replace('title', 'answer')), 'own.v1.md'],
    ['another name than its id and version', file(matter), 'other.v1.md'],
    ['a variable in the system part', file(matter, 'Rules for {{question}}.'), 'own.v1.md'],
    ['an undeclared variable', file(matter, 'Rules.', '{{question}} {{context}}'), 'own.v1.md'],
    ['a declared variable that is not used', file(matter, 'Rules.', 'Nothing.'), 'own.v1.md'],
  ])('refuses %s', (_, content, name) => {
    expect(() => parseTemplate(content, name)).toThrow(expect.objectContaining({ code: 'prompt-invalid' }));
  });
});
