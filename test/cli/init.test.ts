import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadAccessPolicy } from '../../src/access/policy.ts';
import { configFile } from '../../src/cli/init-files.ts';
import { type LlmOption, resolveLlm } from '../../src/cli/llm-option.ts';
import { configFrom, loadConfig } from '../../src/config.ts';
import { runCommand, runForJson } from '../support/command-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Serves `/v1/models` alone. */
async function modelServer(names: readonly string[]): Promise<string> {
  const server = createServer((request, response) => {
    const isKnown = request.url === '/v1/models';
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isKnown ? { data: names.map((id) => ({ id })) } : {}));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const source = { name: 'documents', path: './documents', exclude: [], isSample: true };
const vendor: LlmOption = {
  baseUrl: 'https://models.example.com/v1',
  zone: 'external',
  model: 'some-model',
  otherModels: ['another: one', 'third'],
  apiKeyEnv: 'PERSEA_LLM_API_KEY',
};

describe('init', () => {
  it('writes a sample that can be ingested and asked at once', async () => {
    const folder = await temporaryFolder();
    const { status, value } = await runForJson(['init', folder]);
    expect(status).toBe(0);
    expect(value).toEqual({
      files: ['persea.yaml', 'access.yaml', 'documents/working-here.md'].map((name) => join(folder, name)),
      warnings: [],
    });
    const config = loadConfig({ directory: folder });
    expect(config.sources[0]).toMatchObject({ name: 'documents', path: join(folder, 'documents') });
    expect(config.route).toEqual(['extractive']);
    const me = loadAccessPolicy(config.access).principal('me');
    expect(me?.roles).toEqual(['employee', 'admin', 'developer']);

    // Without the embedding model, so that the test needs none.
    const configPath = join(folder, 'persea.yaml');
    const text = await readFile(configPath, 'utf8');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(configPath, text.replace(/^embedding: .*$/m, 'embedding: { provider: none }'));
    expect((await runForJson(['ingest', '--config', configPath])).value).toMatchObject({ added: 1, quarantined: [] });
    const answer = await runForJson<{ status: string; text: string }>([
      'ask',
      'How many days of paid annual leave does every employee have?',
      '--as',
      'me',
      '--config',
      configPath,
    ]);
    expect(answer.value.text).toContain('28 days');
  });

  it('takes a folder of your own, and leaves its own files out of it', async () => {
    const folder = await temporaryFolder({ 'My papers/one.md': '# One\n\nSome text of one.\n' });
    await runForJson(['init', folder, '--from', join(folder, 'My papers')]);
    const config = loadConfig({ directory: folder });
    expect(config.sources[0]).toMatchObject({
      name: 'My-papers',
      path: join(folder, 'My papers'),
      label: { anyOf: ['everyone'], classification: 'internal' },
    });
    expect(await readdir(folder)).toEqual(['My papers', 'access.yaml', 'persea.yaml']);

    const same = await temporaryFolder({ 'one.md': '# One\n\nSome text of one.\n' });
    await runForJson(['init', same, '--from', same]);
    const path = join(same, 'persea.yaml');
    const { value } = await runForJson(['ingest', '--dry-run', '--config', path]);
    expect(value).toMatchObject({ added: 1, quarantined: [] });
  });

  it('warns of a folder in which there is nothing yet', async () => {
    const folder = await temporaryFolder({ 'empty/.keep': '' });
    const { value } = await runForJson(['init', join(folder, 'own'), '--from', join(folder, 'empty')]);
    expect(value.warnings).toEqual([expect.stringContaining(`no documents in ${join(folder, 'empty')}`)]);
  });

  it('never overwrites', async () => {
    const folder = await temporaryFolder({ 'access.yaml': 'mine' });
    const { status, value } = await runForJson(['init', folder]);
    expect(status).toBe(2);
    expect(value).toMatchObject({ error: { code: 'usage-invalid', message: expect.stringContaining('access.yaml') } });
    expect(await readFile(join(folder, 'access.yaml'), 'utf8')).toBe('mine');
    expect(await readdir(folder)).toEqual(['access.yaml']);
  });

  it('refuses a folder that is not there, and addresses that are none', async () => {
    const folder = await temporaryFolder();
    for (const argv of [
      ['--from', join(folder, 'nowhere')],
      ['--llm', 'localhost:11434'],
      ['--llm', 'ftp://127.0.0.1/v1'],
      ['--llm', 'http://user:secret@127.0.0.1/v1'],
    ]) {
      const { status, value } = await runForJson(['init', join(folder, 'new'), ...argv]);
      expect(status, argv.join(' ')).toBe(2);
      expect(value).toMatchObject({ error: { code: 'usage-invalid' } });
      expect(JSON.stringify(value)).not.toContain('secret');
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('asks the server for its models and puts the first in front of the quotes', async () => {
    const address = await modelServer(['text-embedding-3', 'big-chat', 'small-chat']);
    const folder = await temporaryFolder();
    const { value } = await runForJson<{ warnings: string[] }>(['init', folder, '--llm', address]);
    expect(value.warnings).toEqual([]);
    const config = loadConfig({ directory: folder });
    expect(config.models[0]).toMatchObject({ id: 'main', baseUrl: `${address}/v1`, model: 'big-chat', zone: 'local' });
    expect(config.route).toEqual(['main', 'extractive']);
    expect(await readFile(join(folder, 'persea.yaml'), 'utf8')).toContain('small-chat');
  });

  it('says that the server could not be asked', async () => {
    const folder = await temporaryFolder();
    // Nothing listens on port 1.
    const { value } = await runForJson<{ warnings: string[] }>(['init', folder, '--llm', 'http://127.0.0.1:1/v1']);
    expect(value.warnings).toEqual([expect.stringContaining('could not be asked')]);
    expect(loadConfig({ directory: folder }).models[0]).toMatchObject({ model: 'name-of-the-model' });
  });

  it('says for people what to do next', async () => {
    const folder = await temporaryFolder();
    const { stdout } = await runCommand(['init', folder]);
    expect(stdout).toContain(`ingest --config ${join(folder, 'persea.yaml')}`);
  });
});

describe('the written configuration', () => {
  it('keeps internal content from a vendor, and holds the lines that would allow it', () => {
    const text = configFile(source, vendor);
    const config = configFrom(text, null, '/somewhere');
    expect(config.egress).toEqual({
      public: ['local', 'private', 'external'],
      internal: ['local', 'private'],
      confidential: ['local'],
      mixed: 'reroute',
    });
    expect(config.models[0]).toMatchObject({ zone: 'external', apiKeyEnv: 'PERSEA_LLM_API_KEY', model: 'some-model' });
    expect(text).toContain('internal and confidential content stays away from it');

    const allowed = configFrom(text.replace(/^ {2}internal: .*\n {2}# (internal: )/m, '  $1'), null, '/somewhere');
    expect(allowed.egress.internal).toEqual(['local', 'private', 'external']);
  });

  it('keeps only confidential content from the own network, and nothing from this host', () => {
    const near = configFile(source, { ...vendor, zone: 'private' });
    expect(near).toContain('private: confidential content stays away from it');
    expect(configFile(source, { ...vendor, zone: 'local' })).not.toContain('stays away');
  });

  it('stays valid with hostile names', () => {
    const model = 'a"b: {c}\n# d';
    const config = configFrom(configFile({ ...source, path: './x "y" # z' }, { ...vendor, model }), null, '/s');
    expect(config.models[0]).toMatchObject({ model });
    expect(config.sources[0]?.path).toBe('/s/x "y" # z');
  });
});

describe('--llm', () => {
  it('takes the zone from the address and the key from the environment alone', async () => {
    const address = await modelServer(['chat']);
    expect(await resolveLlm(address, {})).toMatchObject({ zone: 'local', apiKeyEnv: null, model: 'chat' });
    expect(await resolveLlm(address, { PERSEA_LLM_API_KEY: 'k' })).toMatchObject({ apiKeyEnv: 'PERSEA_LLM_API_KEY' });
  });
});
