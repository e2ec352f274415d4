/** What goes wrong most often, as an administrator or a client sees it: a code, what was tried, what to do, and nothing lost. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateApiKey } from '../../src/access/api-key.ts';
import { openApp } from '../../src/app.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import { createServer } from '../../src/http/server.ts';
import { RecordingStream, runCommand, runForJson } from '../support/command-line.ts';
import { makePdf } from '../support/loader-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const config = `
embedding: { provider: none }
sources: [{ name: docs, path: ./docs, label: { anyOf: [everyone] } }]
limits: { fileBytes: 2000000, parsedTextBytes: 1000000, bodyBytes: 2000 }
`;
const access = 'principals:\n  me: { roles: [employee] }\n';
const good = { 'docs/good.md': '# Leave\n\nParental leave is 26 weeks at full pay for every employee.\n' };

async function folderWith(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<string> {
  return temporaryFolder({ 'persea.yaml': config, 'access.yaml': access, ...good, ...files });
}

async function persea(folder: string, ...args: string[]) {
  return runForJson<{ readonly error?: { readonly code: string; readonly message: string } }>([
    ...args,
    '--config',
    join(folder, 'persea.yaml'),
  ]);
}

describe('a beginning that goes wrong', () => {
  it('takes the options of all commands before the command, too', async () => {
    const path = join(await folderWith(), 'persea.yaml');
    for (const argv of [
      ['--config', path, '--json', 'docs', 'list'],
      ['--config', path, 'docs', 'list', '--json'],
    ]) {
      const { status, stdout } = await runCommand(argv);
      expect([status, JSON.parse(stdout)]).toEqual([0, { documents: [] }]);
    }
  });

  it('names the folders in which an ingest found nothing', async () => {
    const folder = await temporaryFolder({ 'persea.yaml': config, 'docs/.keep': '' });
    const { stdout } = await runCommand(['ingest', '--config', join(folder, 'persea.yaml')]);
    expect(stdout).toContain(`Nothing found in docs (${join(folder, 'docs')}).`);
  });

  it('says before it serves that there are no documents and no people', async () => {
    const folder = await temporaryFolder({ 'persea.yaml': config, 'docs/.keep': '' });
    const [stdout, stderr] = [new RecordingStream(), new RecordingStream()];
    const ending = new AbortController();
    const argv = ['serve', '--port', '0', '--config', join(folder, 'persea.yaml')];
    const running = runCommandLine(argv, { stdout, stderr }, { signal: ending.signal });
    await stdout.until(/Listening/);
    ending.abort();
    expect(await running).toBe(0);
    expect(stderr.text).toMatch(/There are no documents yet.*Nobody is known.*access\.yaml names no principals/s);
  });
});

describe('configuration that is wrong', () => {
  it.each([
    ['broken YAML', { 'persea.yaml': 'sources: [\n  - {' }, 'config-invalid', /persea\.yaml:\d+/],
    ['an unknown key', { 'persea.yaml': 'retrieval:\n  topk: 5\n' }, 'config-invalid', /persea\.yaml:2.*topk/s],
    [
      'a policy with an unknown group',
      { 'access.yaml': 'principals:\n  me: { groups: [ghosts] }\n' },
      'access-invalid',
      /access\.yaml:2.*ghosts/s,
    ],
    [
      'a policy with a circle',
      { 'access.yaml': 'groups:\n  a: { includes: [b] }\n  b: { includes: [a] }\n' },
      'access-invalid',
      /circle/,
    ],
  ])('%s ends with status 2 and the place', async (_name, files, code, message) => {
    const { status, value } = await persea(await folderWith(files), 'ask', 'x', '--as', 'me');
    expect(status).toBe(2);
    expect(value.error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('a configuration that is not there, and a person whom nobody knows', async () => {
    const folder = await folderWith();
    const missing = await runForJson(['ask', 'x', '--as', 'me', '--config', join(folder, 'other.yaml')]);
    expect(missing).toMatchObject({ status: 2, value: { error: { code: 'config-not-found' } } });
    const unknown = await persea(folder, 'ask', 'x', '--as', 'stranger');
    expect(unknown.value.error).toMatchObject({
      code: 'unknown-principal',
      message: expect.stringContaining('access.yaml'),
    });
    expect(unknown.status).toBe(2);
  });

  it('a folder without any policy says so, and what to do', async () => {
    const folder = await temporaryFolder({ 'persea.yaml': 'embedding: { provider: none }\n' });
    const { status, value } = await persea(folder, 'search', 'leave', '--as', 'me');
    expect(status).toBe(2);
    expect(value.error).toMatchObject({
      code: 'unknown-principal',
      message: expect.stringMatching(/there is no .*access\.yaml.*persea init/),
    });
  });
});

describe('a question before anything is ingested', () => {
  const hint = /There are no documents yet.*persea ingest/;

  it.each([
    ['search', []],
    ['ask', []],
    ['ask', ['--stream']],
  ])('%s %j says what to run, and no longer once there are documents', async (command, flags) => {
    const folder = await folderWith();
    const question = [command, 'zebra', '--as', 'me', ...flags, '--config', join(folder, 'persea.yaml')];
    const before = await runCommand(question);
    expect(before).toMatchObject({ status: 0, stderr: expect.stringMatching(hint) });
    await persea(folder, 'ingest');
    const after = await runCommand(question);
    expect(after.status).toBe(0);
    expect(after.stderr).not.toMatch(hint);
  });
});

describe('a folder that cannot be written to', () => {
  it('is named, as the data folder and for a new configuration', async () => {
    const folder = await folderWith({ 'persea.yaml': `${config}dataDir: ./docs/good.md/data\n` });
    const { status, value } = await persea(folder, 'ingest');
    expect([status, value.error]).toMatchObject([
      1,
      { code: 'store-failed', message: expect.stringMatching(/docs.good\.md.data.*dataDir/) },
    ]);
    const init = await runForJson(['init', join(folder, 'docs/good.md/new')]);
    expect([init.status, init.value.error]).toMatchObject([
      2,
      { code: 'usage-invalid', message: expect.stringMatching(/docs.good\.md.new/) },
    ]);
  });
});

describe('documents that cannot be read', () => {
  const files: readonly (readonly [string, () => Promise<string | Uint8Array>, string])[] = [
    ['empty.md', async () => '', 'file-empty'],
    ['junk.md', async () => Uint8Array.from({ length: 4_000 }, (_, index) => (index * 7919) % 256), 'document-damaged'],
    [
      'locked.pdf',
      () => makePdf([{ paragraphs: ['Nobody reads this.'] }], { password: 'secret' }),
      'document-encrypted',
    ],
    ['damaged.pdf', async () => '%PDF-1.7\nthis is no PDF', 'document-damaged'],
    ['long.txt', async () => 'word '.repeat(250_000), 'text-too-large'],
    ['huge.txt', async () => 'word '.repeat(500_000), 'file-too-large'],
    ['picture.png', async () => Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'type-unsupported'],
  ];

  it('end with status 3, each with its code, and the others are searchable', async () => {
    const made = await Promise.all(files.map(async ([name, make]) => [`docs/${name}`, await make()] as const));
    const folder = await folderWith(Object.fromEntries(made));
    const { status, value } = await runForJson<{
      readonly added: number;
      readonly quarantined: readonly { readonly uri: string; readonly code: string; readonly message: string }[];
    }>(['ingest', '--config', join(folder, 'persea.yaml')]);
    expect(status).toBe(3);
    expect(value.added).toBe(1);
    const codes = Object.fromEntries(value.quarantined.map(({ uri, code }) => [uri.slice('docs/'.length), code]));
    expect(codes).toEqual(Object.fromEntries(files.map(([name, , code]) => [name, code])));
    for (const { uri, message } of value.quarantined) expect(message).toContain(uri.slice('docs/'.length));
    const answer = await persea(folder, 'ask', 'How long is parental leave at full pay?', '--as', 'me');
    expect(answer.value).toMatchObject({ status: 'answered' });
  });

  it('a folder that is not there is no empty source', async () => {
    const folder = await temporaryFolder({ 'persea.yaml': config, 'access.yaml': access });
    const { status, value } = await persea(folder, 'ingest');
    expect(status).toBe(3);
    expect(value).toMatchObject({ removed: 0, quarantined: [{ uri: 'docs', code: 'source-unreadable' }] });
  });
});

describe('requests that are wrong', () => {
  it('end in a problem with a code, and the next one is answered', async () => {
    const folder = await folderWith();
    const app = await openApp({ configPath: join(folder, 'persea.yaml'), onWarning: () => undefined });
    await app.ingestor.ingest();
    const { key, hash } = generateApiKey();
    await app.catalog.createApiKey({ principalId: 'me', name: '', hash });
    const server = await createServer(app, { logTo: { write: () => undefined } });
    const ask = (payload: string, headers: Readonly<Record<string, string>> = {}) =>
      server.inject({
        method: 'POST',
        url: '/v1/ask',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        payload,
      });
    const question = JSON.stringify({ question: 'How long is parental leave at full pay?' });
    for (const [response, statusCode, code] of [
      [await ask('{"question": '), 400, 'request-invalid'],
      [await ask('{"query": "x"}'), 400, 'request-invalid'],
      [await ask(JSON.stringify({ question: 'x'.repeat(3_000) })), 413, 'body-too-large'],
      [await ask(question, { 'content-type': 'application/xml' }), 415, 'media-type-unsupported'],
      [await ask(question, { authorization: 'Bearer pk_wrong' }), 401, 'unauthenticated'],
      [await ask(question, { authorization: '' }), 401, 'unauthenticated'],
    ] as const) {
      expect([response.statusCode, response.json().code]).toEqual([statusCode, code]);
      expect(response.headers['content-type']).toContain('application/problem+json');
      expect(response.json()).toMatchObject({ traceId: expect.any(String), detail: expect.stringMatching(/\w+ \w+/) });
    }
    expect((await ask(question)).json()).toMatchObject({ status: 'answered' });
    await server.close();
    await app.close();
  });
});
