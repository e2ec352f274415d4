/** The commands over a small store without an embedding model: JSON shapes, exit statuses and what people read. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src/cli/program.ts';
import type { Answer } from '../../src/core/answer.ts';
import type { SearchResult } from '../../src/query/search.ts';
import { RecordingStream, runCommand, runForJson } from '../support/command-line.ts';
import { resultFile } from '../support/result-files.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const config = `
sources:
  - name: docs
    path: ./docs
    label: { anyOf: [staff] }
    rules: [{ match: "hr/**", label: { anyOf: [hr], classification: confidential } }]
  - name: loose
    path: ./loose
embedding: { provider: none }
`;
const policy = `
groups:
  staff: { tags: [staff] }
  hr-team: { tags: [hr], includes: [staff] }
principals:
  alice: { groups: [hr-team], roles: [employee] }
  bob: { groups: [staff], roles: [employee] }
  dora: { groups: [staff], roles: [employee, developer] }
`;
const leave = '# Leave\n\n## Parental leave\n\nParental leave is 26 weeks at full pay for the primary caregiver.\n';
const travel =
  '# Travel\n\n| item | limit |\n| --- | --- |\n| hotel a night | EUR 150 |\n| meals a day | EUR 45 |\n\nClaims are handed in within 30 days.\n';
const warnings = '# Warnings\n\nA final written warning of the quetzal kind stays on file for 18 months.\n';

let folder = '';
let configPath = '';
const files = {
  'persea.yaml': config,
  'access.yaml': policy,
  'docs/leave.md': leave,
  'docs/travel.md': travel,
  'docs/hr/warnings.md': warnings,
  'docs/empty.md': '',
  'loose/unlabelled.md': '# Unlabelled\n\nNobody may see this sentence.\n',
};

/** A folder of its own for tests that change the catalogue. */
async function ownFolder(): Promise<string> {
  const own = await temporaryFolder(files);
  await runForJson(['ingest', 'docs', '--config', join(own, 'persea.yaml')]);
  return join(own, 'persea.yaml');
}

let firstIngest: Awaited<ReturnType<typeof runForJson<Record<string, unknown>>>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'persea-test-'));
  await writeFiles(folder, files);
  configPath = join(folder, 'persea.yaml');
  firstIngest = await runForJson(['ingest', '--config', configPath]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const json = <T = Record<string, unknown>>(...argv: string[]) => runForJson<T>([...argv, '--config', configPath]);
const run = (...argv: string[]) => runCommand([...argv, '--config', configPath]);

describe('ingest', () => {
  it('reports every file in one outcome, and ends with 3 because some were quarantined', () => {
    expect(firstIngest.status).toBe(3);
    expect(firstIngest.value).toEqual({
      added: 3,
      updated: 0,
      moved: 0,
      relabelled: 0,
      unchanged: 0,
      removed: 0,
      attachments: 0,
      quarantined: expect.any(Array),
      chunks: expect.any(Number),
      tokens: 0,
      seconds: expect.any(Number),
      warnings: expect.any(Array),
      byFormat: [{ mediaType: 'text/markdown', documents: 3, chunks: expect.any(Number) }],
      byProblem: [
        {
          code: 'file-empty',
          kind: 'quarantined',
          count: 1,
          documents: 1,
          remedy: expect.any(String),
          uris: ['docs/empty.md'],
        },
        expect.objectContaining({ code: 'no-label', kind: 'quarantined', count: 1 }),
      ],
    });
    expect(firstIngest.value.quarantined).toEqual(
      expect.arrayContaining([
        {
          uri: 'docs/empty.md',
          code: 'file-empty',
          message: expect.any(String),
          remedy: expect.any(String),
        },
        {
          uri: 'loose/unlabelled.md',
          code: 'no-label',
          message: expect.any(String),
          remedy: expect.any(String),
        },
      ]),
    );
  });

  it('tells its progress as JSON lines on standard error', () => {
    const lines = firstIngest.stderr.split('\n').filter((line) => line !== '');
    const events = lines.map((line) => JSON.parse(line) as { type: string; uri?: string; outcome?: string });
    expect(events).toContainEqual({ type: 'scan-end', source: 'docs', files: 4 });
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'document-end', uri: 'docs/leave.md', outcome: 'added' }),
    );
  });

  it('prints a summary and the problems for people', async () => {
    const { status, stdout } = await run('ingest');
    expect(status).toBe(3);
    expect(stdout).toContain('3 unchanged, 2 quarantined');
    expect(stdout).toMatch(/ {2}file-empty, 1 file\n {4}\S.*\n {6}docs\/empty\.md {2}/);
  });

  it('ends with 0 when all went well', async () => {
    const own = await temporaryFolder({ 'persea.yaml': config, 'access.yaml': policy, 'docs/leave.md': leave });
    const { status, value } = await runForJson(['ingest', 'docs', '--config', join(own, 'persea.yaml')]);
    expect(status).toBe(0);
    expect(value).toMatchObject({ added: 1, quarantined: [] });
  });

  it('changes nothing in a dry run', async () => {
    const own = await temporaryFolder({ 'persea.yaml': config, 'access.yaml': policy, 'docs/leave.md': leave });
    const path = join(own, 'persea.yaml');
    const { value: planned } = await runForJson(['ingest', 'docs', '--dry-run', '--config', path]);
    expect(planned).toMatchObject({
      added: 1,
      plan: { added: ['docs/leave.md'], changed: [], moved: [], relabelled: [], removed: [], refused: [] },
    });
    const { value } = await runForJson(['docs', 'list', '--config', path]);
    expect(value).toEqual({ documents: [] });
  });

  it('refuses a source that is not configured', async () => {
    const { status, value } = await json('ingest', 'nowhere');
    expect(status).toBe(2);
    expect(value).toMatchObject({ error: { code: 'unknown-source' } });
  });

  it('stops when it is interrupted', async () => {
    const stdout = new RecordingStream();
    const stderr = new RecordingStream();
    const argv = ['ingest', '--json', '--config', configPath];
    const status = await runCommandLine(argv, { stdout, stderr }, { signal: AbortSignal.abort() });
    expect(status).toBe(1);
    expect(JSON.parse(stdout.text)).toMatchObject({ error: { code: 'aborted' } });
  });
});

describe('search', () => {
  it('gives hits whose text can be opened by its offsets', async () => {
    const { status, value } = await json<SearchResult>('search', 'parental leave weeks', '--as', 'bob');
    expect(status).toBe(0);
    const [hit] = value.hits;
    expect(hit).toMatchObject({ uri: 'docs/leave.md', title: 'Leave', page: null, score: expect.closeTo(0.925) });
    const shown = await json<{ text: string }>('docs', 'show', 'docs/leave.md', '--text');
    expect(shown.value.text.slice(hit?.start, hit?.end)).toBe(hit?.text);
    expect(Object.keys(value).sort()).toEqual(['hits', 'ms', 'warnings']);
  });

  it('binds the result to the person', async () => {
    const uris = async (person: string) => {
      const { value } = await json<SearchResult>('search', 'final written warning quetzal', '--as', person);
      return value.hits.map((hit) => hit.uri);
    };
    expect(await uris('alice')).toContain('docs/hr/warnings.md');
    expect(await uris('bob')).not.toContain('docs/hr/warnings.md');
  });

  it('shows the scores of each arm to the operator, whoever is asked as', async () => {
    for (const person of ['dora', 'bob']) {
      const { value } = await json<SearchResult>('search', 'parental leave', '--as', person, '--explain');
      expect(value.hits[0]?.parts).toEqual([
        { source: 'keyword', rank: 1, score: expect.any(Number), scaled: 1, weight: 1 },
        { source: 'nearness', rank: 1, score: 1, scaled: 1, weight: expect.any(Number) },
      ]);
      expect(value.explanation).toMatchObject({ mode: 'keyword', denseWeight: 0, exactTerms: [] });
    }
    const { value } = await json<SearchResult>('search', 'parental leave', '--as', 'bob');
    expect(value.hits[0]).not.toHaveProperty('parts');
  });

  it('narrows by its options, and counts on request', async () => {
    const search = (...options: string[]) =>
      json<SearchResult>('search', 'leave travel claims', '--as', 'bob', '--facets', ...options);
    const { value } = await search('--under', 'docs/leave', '--type', 'md', '--type', 'pdf', '--source', 'docs');
    expect(value.hits.map(({ uri }) => uri)).toEqual(['docs/leave.md']);
    expect(value.facets?.source).toEqual([{ value: 'docs', count: 1 }]);
    expect((await search('--lang', 'tlh')).value.hits).toEqual([]);
    expect((await search('--until', '1999-12-31')).value.hits).toEqual([]);
    expect((await search('--since', '2999-01-01')).value.facets?.year).toEqual([]);
    const refused = await json<{ error: { code: string; message: string } }>(
      ...['search', 'leave', '--as', 'bob', '--since', 'monday'],
    );
    expect(refused.status).toBe(2);
    expect(refused.value.error.message).toContain('since must be a day such as 2026-02-03');
    const shown = await run('search', 'leave', '--as', 'bob', '--facets');
    expect(shown.stdout).toMatch(/types +text\/markdown \(\d\)/);
  });

  it('keeps to --top-k, and refuses what is no number', async () => {
    const { value } = await json<SearchResult>('search', 'leave travel claims', '--as', 'bob', '--top-k', '1');
    expect(value.hits).toHaveLength(1);
    for (const wrong of ['0', '-1', '1.5', 'many', '']) {
      const refused = await json('search', 'leave', '--as', 'bob', '--top-k', wrong);
      expect(refused.status).toBe(2);
      expect(refused.value).toMatchObject({ error: { code: 'usage-invalid' } });
    }
  });

  it('refuses an unknown mode with the ones that exist', async () => {
    const { status, stderr } = await run('search', 'leave', '--as', 'bob', '--mode', 'psychic');
    expect(status).toBe(2);
    expect(stderr).toMatch(/hybrid, vector, keyword/);
  });

  it('prints places and snippets for people', async () => {
    const { stdout } = await run('search', 'parental leave weeks', '--as', 'bob');
    expect(stdout).toMatch(/^1\. docs\/leave\.md › Leave.* {2}0\.92\n {3}/);
    expect(stdout).toContain('26 weeks');
  });
});

describe('ask', () => {
  it('answers with citations whose quotes stand in the document', async () => {
    const { status, value } = await json<Answer>('ask', 'How many weeks is parental leave at full pay?', '--as', 'bob');
    expect(status).toBe(0);
    expect(value.status).toBe('answered');
    expect(value.text).toContain('26 weeks');
    const [citation] = value.citations;
    expect(citation).toMatchObject({ marker: 1, uri: 'docs/leave.md', support: 'verbatim' });
    const shown = await json<{ text: string }>('docs', 'show', 'docs/leave.md', '--text');
    expect(shown.value.text.slice(citation?.start, citation?.end)).toBe(citation?.quote);
    expect(value.model).toEqual({ id: 'extractive', provider: 'extractive', zone: 'local' });
    expect(value.context).not.toHaveProperty('text');
  });

  it('counts an abstention as done', async () => {
    const { status, value } = await json<Answer>('ask', 'Zyzzyva qwertz?', '--as', 'bob');
    expect(status).toBe(0);
    expect(value).toMatchObject({ status: 'abstained', citations: [], claims: [] });
  });

  it('says nothing of a document that the person may not see', async () => {
    const { stdout, stderr } = await run(
      'ask',
      'How long does a final written warning of the quetzal kind stay on file?',
      '--as',
      'bob',
    );
    expect(stdout + stderr).not.toMatch(/18 months|warnings\.md/);
  });

  it('shows the context as the model gets it', async () => {
    const question = 'How many weeks is parental leave at full pay?';
    const { value } = await json<Answer>('ask', question, '--as', 'bob', '--show-context');
    expect(value.context.text).toContain('26 weeks');
    expect(value.context.items?.[0]).toMatchObject({ marker: 1, uri: expect.any(String) });
    const { stdout } = await run('ask', question, '--as', 'bob', '--show-context');
    expect(stdout).toContain(value.context.text?.trim());
  });

  it('streams one event a line with --json, and the text piece by piece without', async () => {
    const question = 'How many weeks is parental leave at full pay?';
    const { stdout } = await run('ask', question, '--as', 'bob', '--stream', '--json');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; text?: string; answer?: Answer });
    expect(events[0]?.type).toBe('answer-start');
    const last = events.at(-1);
    expect(last?.type).toBe('answer-end');
    const text = events.flatMap((event) => (event.type === 'text-delta' ? [event.text] : [])).join('');
    expect(text).toBe(last?.answer?.text);

    const { stdout: shown } = await run('ask', question, '--as', 'bob', '--stream');
    expect(shown).toMatch(/26 weeks[\s\S]*\[1\] docs\/leave\.md › Leave[\s\S]*"Parental leave is 26 weeks/);
    expect(shown.match(/26 weeks/g)).toHaveLength(2);
  });

  it('refuses a model and a format that do not exist', async () => {
    const model = await json('ask', 'parental leave weeks', '--as', 'bob', '--model', 'nonesuch');
    expect(model.status).toBe(2);
    expect(model.value).toMatchObject({ error: { code: 'unknown-model' } });
    const format = await json('ask', 'parental leave weeks', '--as', 'bob', '--format', 'nonesuch');
    expect(format.status).toBe(2);
    expect(format.value).toMatchObject({ error: { code: 'unknown-format' } });
  });
});

describe('docs', () => {
  it('lists documents without the canaries', async () => {
    const { value } = await json<{ documents: { uri: string; label: unknown }[] }>('docs', 'list');
    expect(value.documents.map((document) => document.uri)).toEqual([
      'docs/hr/warnings.md',
      'docs/leave.md',
      'docs/travel.md',
    ]);
    expect(value.documents[0]?.label).toEqual({ clauses: [['hr']], classification: 'confidential' });
    const limited = await json<{ documents: unknown[] }>('docs', 'list', '--source', 'docs', '--limit', '2');
    expect(limited.value.documents).toHaveLength(2);
    expect((await json('docs', 'list', '--source', 'persea.canary')).status).toBe(2);
  });

  it('shows facts of one document', async () => {
    const { value } = await json('docs', 'show', 'docs/leave.md');
    expect(value).toMatchObject({ uri: 'docs/leave.md', title: 'Leave', revision: 1, chunks: 1 });
    expect(value).not.toHaveProperty('text');
    const { stdout } = await run('docs', 'show', 'docs/leave.md', '--text');
    expect(stdout).toContain(leave.trim());
  });

  it('says of a quarantined file why it is not there, and of a canary nothing', async () => {
    const { status, value } = await json('docs', 'show', 'loose/unlabelled.md');
    expect(status).toBe(1);
    expect(value).toMatchObject({
      error: { code: 'document-absent', message: expect.stringContaining('no-label') },
    });
    expect(await json('docs', 'show', 'persea.canary/confidential')).toMatchObject({
      status: 1,
      value: { error: { code: 'document-absent', message: expect.not.stringContaining('canary of') } },
    });
  });

  it('keeps a removed document out until it is restored', async () => {
    const path = await ownFolder();
    const own = (...argv: string[]) => runForJson([...argv, '--config', path]);
    expect((await own('docs', 'remove', 'docs/leave.md')).value).toMatchObject({ uri: 'docs/leave.md', removed: true });
    expect((await own('search', 'parental', '--as', 'bob')).value).toMatchObject({ hits: [] });
    await own('ingest', 'docs');
    expect((await own('docs', 'show', 'docs/leave.md')).value).toMatchObject({ error: { code: 'document-absent' } });
    await own('docs', 'remove', 'docs/leave.md', '--restore');
    await own('ingest', 'docs');
    expect((await own('docs', 'show', 'docs/leave.md')).value).toMatchObject({ title: 'Leave' });
    expect((await own('docs', 'remove', 'docs/leave.md', '--restore')).status).toBe(1);
  });

  it('says of a source that left the configuration that its documents did not', async () => {
    const path = await ownFolder();
    const own = <T = Record<string, unknown>>(...argv: string[]) => runForJson<T>([...argv, '--config', path]);
    const source = async () =>
      (await own<{ checks: { name: string }[] }>('doctor')).value.checks.find(({ name }) => name === 'sources');
    expect(await source()).toMatchObject({ ok: true });
    await writeFile(path, (await readFile(path, 'utf8')).replace('name: docs', 'name: papers'));
    const { value } = await own('ingest');
    const message = expect.stringMatching(
      /"docs" is not in the configuration, but .*still searchable.*docs remove --source docs/,
    );
    expect(value.warnings).toContainEqual({ code: 'source-unlisted', message });
    expect(await source()).toMatchObject({ ok: false, detail: message });
    await own('docs', 'remove', '--source', 'docs');
    expect(await source()).toMatchObject({ ok: true });
  });

  it('relabels at once, for those who gain and those who lose', async () => {
    const path = await ownFolder();
    const own = <T = Record<string, unknown>>(...argv: string[]) => runForJson<T>([...argv, '--config', path]);
    const finds = async (person: string) =>
      (await own<SearchResult>('search', 'final written warning quetzal', '--as', person)).value.hits.some(
        (hit) => hit.uri === 'docs/hr/warnings.md',
      );
    const widened = await own('docs', 'relabel', 'docs/hr/warnings.md', '--any-of', 'staff', 'hr');
    expect(widened.value).toMatchObject({
      label: { clauses: [['hr', 'staff']], classification: 'confidential' },
      isLabelOverridden: true,
    });
    expect(await finds('bob')).toBe(true);
    await own('docs', 'relabel', 'docs/hr/warnings.md', '--all-of', 'board', '--classification', 'confidential');
    expect(await finds('bob')).toBe(false);
    expect(await finds('alice')).toBe(false);
    await own('ingest', 'docs');
    expect(await finds('alice')).toBe(false);
    await own('docs', 'relabel', 'docs/hr/warnings.md', '--reset');
    await own('ingest', 'docs');
    expect([await finds('alice'), await finds('bob')]).toEqual([true, false]);
  });

  it('gives back to the rules the label of a document that is gone', async () => {
    const path = await ownFolder();
    const own = (...argv: string[]) => runForJson([...argv, '--config', path]);
    const [file, uri] = [join(path, '../docs/hr/warnings.md'), 'docs/hr/warnings.md'];
    await own('docs', 'relabel', uri, '--any-of', 'board');
    const text = await readFile(file);
    await rm(file);
    await own('ingest', 'docs');
    const reset = await own('docs', 'relabel', uri, '--reset');
    expect(reset).toMatchObject({ status: 0, value: { uri, documentId: null, isLabelOverridden: false } });
    expect(await own('docs', 'relabel', uri, '--reset')).toMatchObject({ status: 1 });
    await writeFile(file, text);
    await own('ingest', 'docs');
    expect((await own('docs', 'show', uri)).value).toMatchObject({ label: { clauses: [['hr']] } });
  });

  it('refuses labels that are none', async () => {
    for (const argv of [
      [],
      ['--classification', 'secret'],
      ['--any-of', 'no spaces'],
      ['--reset', '--any-of', 'staff'],
    ]) {
      const { status, value } = await json('docs', 'relabel', 'docs/leave.md', ...argv);
      expect(status, argv.join(' ')).toBe(2);
      expect(value).toHaveProperty('error.code');
    }
    expect((await json('docs', 'show', 'docs/leave.md')).value).toMatchObject({ isLabelOverridden: false });
  });
});

describe('access', () => {
  it('explains why somebody sees a document and somebody else does not', async () => {
    const yes = await json('access', 'explain', '--as', 'alice', '--uri', 'docs/hr/warnings.md');
    expect(yes.value).toEqual({
      visible: true,
      label: { clauses: [['hr']], classification: 'confidential' },
      held: ['everyone', 'hr', 'staff'],
      reason: expect.stringContaining('"hr"'),
    });
    const no = await json('access', 'explain', '--as', 'bob', '--uri', 'docs/hr/warnings.md');
    expect(no.value).toMatchObject({ visible: false, held: ['everyone', 'staff'] });
  });

  it('tells who would gain and lose what', async () => {
    const next = join(
      await temporaryFolder({ 'next.yaml': policy.replace('groups: [hr-team]', 'groups: []') }),
      'next.yaml',
    );
    const { value } = await json('access', 'diff', next);
    expect(value).toEqual({
      changes: [
        {
          principal: 'alice',
          change: 'changed',
          gains: [],
          loses: ['docs/hr/warnings.md', 'docs/leave.md', 'docs/travel.md'],
        },
      ],
    });
    const { stdout } = await run('access', 'diff', next);
    expect(stdout).toContain('  - docs/leave.md');
  });

  it('refuses a policy that is not valid', async () => {
    const folder = await temporaryFolder({ 'next.yaml': 'principals:\n  eve: { groups: [nowhere] }\n' });
    const { status, value } = await json('access', 'diff', join(folder, 'next.yaml'));
    expect(status).toBe(2);
    expect(value).toMatchObject({ error: { code: 'access-invalid', message: expect.stringContaining(':2:') } });
  });
});

describe('keys', () => {
  it('shows a key once, lists it without, and ends it', async () => {
    const path = join(await temporaryFolder(files), 'persea.yaml');
    const own = <T = Record<string, unknown>>(...argv: string[]) => runForJson<T>([...argv, '--config', path]);
    const { value: made } = await own<{ id: string; key: string }>('keys', 'create', '--as', 'bob', '--name', 'chat');
    expect(made).toMatchObject({ principalId: 'bob', name: 'chat' });
    expect(made.key.length).toBeGreaterThan(40);
    const { value: listed } = await own<{ keys: { id: string; revokedAt: string | null }[] }>('keys', 'list');
    expect(listed.keys).toEqual([expect.objectContaining({ id: made.id, principalId: 'bob', revokedAt: null })]);
    expect(JSON.stringify(listed)).not.toContain(made.key);
    expect((await own('keys', 'revoke', made.id)).value).toEqual({ id: made.id, revoked: true });
    const { value: after } = await own<{ keys: { revokedAt: string | null }[] }>('keys', 'list');
    expect(after.keys[0]?.revokedAt).toEqual(expect.any(String));
    expect(await own('keys', 'revoke', 'key_nonesuch')).toMatchObject({
      status: 1,
      value: { error: { code: 'key-absent' } },
    });
  });
});

describe('models, doctor, config', () => {
  it('lists embedding models and language models', async () => {
    const { status, value } = await json('models', 'list');
    expect(status).toBe(0);
    expect(value).toMatchObject({
      embedding: { provider: 'none', model: null },
      embeddingModels: expect.arrayContaining([expect.objectContaining({ name: 'bge-small-en-v1.5', dtype: 'q8' })]),
      languageModels: [{ id: 'extractive', zone: 'local', status: 'active', contextTokens: null, route: 1 }],
    });
  });

  it('has nothing to verify without a local model, and refuses one that does not exist', async () => {
    expect(await json('models', 'verify')).toMatchObject({ status: 0, value: { models: [] } });
    expect(await json('models', 'verify', 'nonesuch')).toMatchObject({
      status: 2,
      value: { error: { code: 'unknown-model' } },
    });
    expect((await json('models', 'verify', 'bge-small-en-v1.5/q1')).status).toBe(2);
  });

  it('finds nothing wrong with a store that is in order', async () => {
    const { status, value } = await json<{ checks: { name: string; ok: boolean; detail: string }[] }>('doctor');
    expect(value.checks.filter((check) => !check.ok)).toEqual([]);
    expect(status).toBe(0);
    expect(value.checks.map((check) => check.name)).toEqual(expect.arrayContaining(['config', 'canaries']));
  });

  it('prints the schema of the configuration', async () => {
    const { value } = await runForJson<{ properties: Record<string, unknown> }>(['config', 'schema']);
    expect(Object.keys(value.properties)).toEqual(expect.arrayContaining(['sources', 'models', 'egress']));
  });
});

describe('serve', () => {
  it('says where it listens, and stops when interrupted', async () => {
    const controller = new AbortController();
    const stdout = new RecordingStream();
    const argv = ['serve', '--port', '0', '--json', '--config', configPath];
    const streams = { stdout, stderr: new RecordingStream() };
    const ended = runCommandLine(argv, streams, { signal: controller.signal });
    const [, url = ''] = await stdout.until(/^\{"url":"(http:\/\/127\.0\.0\.1:\d+)"\}\n$/);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    controller.abort();
    expect(await ended).toBe(0);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it('logs lines of JSON alone, a refused configuration included', async () => {
    const folder = await temporaryFolder({ 'persea.yaml': 'embedding: { provider: none }\n' });
    const controller = new AbortController();
    const stderr = new RecordingStream();
    const argv = ['serve', '--port', '0', '--config', join(folder, 'persea.yaml')];
    const streams = { stdout: new RecordingStream(), stderr };
    const ended = runCommandLine(argv, streams, { signal: controller.signal });
    await streams.stdout.until(/Listening/);
    await writeFiles(folder, { 'persea.yaml': 'retrival: {}\n' });
    await stderr.until(/retrival/);
    controller.abort();
    await ended;
    const lines = stderr.text.split('\n').filter((line) => line !== '');
    expect(lines.map((line) => JSON.parse(line))).toContainEqual({
      level: 'warn',
      time: expect.any(String),
      msg: expect.stringContaining('unknown key "retrival"'),
    });
  });

  it('refuses a port that is none', async () => {
    for (const port of ['http', '65536', '-1']) expect((await json('serve', '--port', port)).status).toBe(2);
  });
});

describe('wrong usage and configuration', () => {
  it('names an unknown person', async () => {
    for (const command of [
      ['search', 'x'],
      ['ask', 'x'],
      ['keys', 'create'],
    ]) {
      const { status, value } = await json(...command, '--as', 'mallory');
      expect(status).toBe(2);
      expect(value).toMatchObject({
        error: { code: 'unknown-principal', message: expect.stringContaining('mallory') },
      });
    }
  });

  it('says of --as that it is for operators', async () => {
    const { status, stdout } = await runCommand(['ask', '--help']);
    expect(status).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toContain('for operators who hold the data folder and try out rights');
  });

  it('demands --as, a known command and known options', async () => {
    for (const argv of [['ask', 'x'], ['nonesuch'], ['docs', 'list', '--nonesuch'], ['docs', 'show']]) {
      const { status, stdout, stderr } = await runCommand(argv);
      expect(status, argv.join(' ')).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^error: .*\(usage-invalid\)\n$/);
      expect((await runForJson(argv)).value).toMatchObject({ error: { code: 'usage-invalid', details: {} } });
    }
  });

  it.each([
    ['an empty question', ['ask', ' ', '--as', 'bob']],
    ['an empty query', ['search', '', '--as', 'bob']],
    ['more passages than allowed', ['search', 'leave', '--as', 'bob', '--top-k', '51']],
  ])('takes %s for wrong usage', async (_name, argv) => {
    const { status, value } = await json(...argv);
    expect([status, value]).toMatchObject([2, { error: { code: 'request-invalid' } }]);
  });

  it('says its version', async () => {
    const { status, stdout } = await runCommand(['--version']);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
  });

  it('shows the help of a group of commands that is named alone, as wrong usage', async () => {
    for (const argv of [[], ['docs'], ['jobs']]) {
      const { status, stdout, stderr } = await runCommand(argv);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^Usage: persea .*Commands:/s);
      expect(stderr).not.toContain('error');
    }
  });

  it('names the line of a broken configuration, as one JSON value on standard output', async () => {
    const folder = await temporaryFolder({ 'persea.yaml': 'sources: []\nretrival: {}\n' });
    const { status, value, stderr } = await runForJson(['doctor', '--config', join(folder, 'persea.yaml')]);
    expect(status).toBe(2);
    expect(value).toMatchObject({ error: { code: 'config-invalid', message: expect.stringContaining(':2:1') } });
    expect(stderr).toBe('');
  });

  it('says when the configuration is not there', async () => {
    const { status, value } = await runForJson(['ingest', '--config', join(folder, 'nonesuch.yaml')]);
    expect(status).toBe(2);
    expect(value).toMatchObject({ error: { code: 'config-not-found' } });
  });
});

describe('eval run', () => {
  const cases = [
    {
      id: 'a',
      question: 'How many weeks is parental leave at full pay?',
      as: 'bob',
      answerable: true,
      answers: ['26'],
    },
    {
      id: 'b',
      question: 'How long does a final written warning of the quetzal kind stay on file?',
      as: 'bob',
      answerable: false,
      mustNotCite: ['docs/hr/warnings.md'],
    },
  ];
  const lines = cases.map((one) => JSON.stringify({ ...one, tags: ['t'] })).join('\n');

  it('asks cases over the configured store and writes the result to a file too', async () => {
    const data = await temporaryFolder({ 'cases.jsonl': lines });
    const out = join(data, 'result.json');
    const { status, value, stderr } = await json<{ queries: number; metrics: Record<string, number> }>(
      'eval',
      'run',
      data,
      '--out',
      out,
    );
    expect(status).toBe(0);
    expect(value).toMatchObject({ kind: 'answers', queries: 2, metrics: { leaks: 0 } });
    expect(JSON.parse(await readFile(out, 'utf8'))).toEqual(value);
    expect(stderr).toContain('{"type":"question-end","done":2,"total":2}');
    const { stdout } = await run('eval', 'run', data, '--limit', '1');
    expect(stdout).toMatch(/leaks/);
  });

  it('says before the first question that the result cannot be written', async () => {
    const data = await temporaryFolder({ 'cases.jsonl': lines });
    for (const out of [data, join(data, 'none', 'result.json')]) {
      const { status, value, stderr } = await json('eval', 'run', data, '--out', out);
      expect(status).toBe(2);
      expect(value).toMatchObject({ error: { code: 'usage-invalid', message: expect.stringContaining(out) } });
      expect(stderr).not.toContain('question-end');
    }
  });

  it('searches for cases with --task retrieval, and refuses options without effect there', async () => {
    const relevant = [{ uri: 'docs/leave.md' }];
    const data = await temporaryFolder({ 'cases.jsonl': JSON.stringify({ ...cases[0], relevant }) });
    expect(await json('eval', 'run', data, '--task', 'retrieval', '--mode', 'keyword')).toMatchObject({
      status: 0,
      value: {
        kind: 'retrieval',
        queries: 1,
        metrics: { leaks: 0 },
        perQuery: [{ id: 'a', question: cases[0]?.question }],
      },
    });
    expect(await json('eval', 'run', data, '--task', 'retrieval', '--format', 'numbered')).toMatchObject({
      status: 2,
      value: { error: { code: 'usage-invalid', message: expect.stringContaining('--format') } },
    });
  });

  it('says before the first question which case is asked as somebody unknown', async () => {
    const strange = JSON.stringify({ ...cases[0], id: 'strange', as: 'nobody-here' });
    const data = await temporaryFolder({ 'cases.jsonl': `${lines}\n${strange}` });
    const { status, value, stderr } = await json('eval', 'run', data);
    expect(status).toBe(2);
    expect(value).toMatchObject({
      error: { code: 'unknown-principal', message: expect.stringMatching(/cases\.jsonl.*"strange"/) },
    });
    expect(stderr).not.toContain('question-end');
  });

  it('names what of cases is not there: documents, rights and accepted answers', async () => {
    const relevant = [{ uri: 'docs/Leave.md' }, { uri: 'docs/hr/warnings.md' }];
    const misspelt = { ...cases[0], answers: [], relevant, mustNotCite: ['docs/hr/warning.md'] };
    const data = await temporaryFolder({ 'cases.jsonl': JSON.stringify(misspelt) });
    const { stderr } = await json('eval', 'run', data);
    expect(stderr).toContain(
      '2 documents that the store does not hold: \\"docs/Leave.md\\", \\"docs/hr/warning.md\\".',
    );
    expect(stderr).toContain('1 answerable question without `answers`: \\"a\\".');
    expect(stderr).toContain('may not see 1 relevant document of theirs: \\"docs/hr/warnings.md\\".');
  });

  it('names relevant documents and judged queries that the other files do not hold', async () => {
    const data = await temporaryFolder({
      'corpus.jsonl': '{"_id": "d1", "text": "Parental leave is 26 weeks."}',
      'queries.jsonl': '{"_id": "q1", "text": "parental leave"}\n{"_id": "q2", "text": "weeks"}',
      'qrels.tsv': 'q1\td1\t1\nq1\tD1\t1\nq2\tD1\t1\nq2\tD2\t0\nQ3\td1\t1\n',
    });
    const { status, value, stderr } = await json('eval', 'run', data);
    expect(status).toBe(0);
    expect(value).toMatchObject({ metrics: { 'recall@10': 0.25 } });
    expect(stderr).toContain('1 relevant document not in corpus.jsonl: \\"D1\\".');
    expect(stderr).toContain('1 judged query not in queries.jsonl: \\"Q3\\".');
  });

  it('refuses a folder without data, a malformed line, and options that cases do not take', async () => {
    const nothing = await temporaryFolder({ 'readme.txt': 'nothing' });
    expect(await json('eval', 'run', nothing)).toMatchObject({
      status: 2,
      value: { error: { code: 'dataset-invalid' } },
    });
    const broken = await temporaryFolder({ 'cases.jsonl': '{"id": 1' });
    expect((await json('eval', 'run', broken)).value).toMatchObject({
      error: { code: 'dataset-invalid', message: expect.stringContaining('cases.jsonl:1') },
    });
    const data = await temporaryFolder({ 'cases.jsonl': lines });
    expect(await json('eval', 'run', data, '--sentences', '3')).toMatchObject({
      status: 2,
      value: { error: { code: 'usage-invalid' } },
    });
  });
});

describe('eval compare and report', () => {
  const results = async () => {
    const score = (value: number) =>
      Array.from({ length: 12 }, (_, id) => ({ id: `q${id}`, 'ndcg@10': value + id / 100 }));
    const folder = await temporaryFolder({
      'a.json': JSON.stringify(resultFile({ perQuery: score(0.5) })),
      'b.json': JSON.stringify(resultFile({ perQuery: score(0.4) })),
    });
    return { a: join(folder, 'a.json'), b: join(folder, 'b.json') };
  };

  it('prints the comparison, and fails a gate with status 1', async () => {
    const { a, b } = await results();
    const compare = (...rest: string[]) => runCommand(['eval', 'compare', ...rest]);
    const plain = await compare(a, b);
    expect(plain.status).toBe(0);
    expect(plain.stdout).toMatch(/ndcg@10 .*-0\.100 .*0\/12\/0 .*worse/);
    const failed = await compare(a, b, '--gate');
    expect(failed.status).toBe(1);
    expect(failed.stdout).toContain('gate FAILED');
    expect((await compare(a, b, '--gate', '--tolerance', '0.2')).status).toBe(0);
    expect((await compare(b, a, '--gate')).status).toBe(0);
    expect((await compare(a, a)).stdout).toMatch(/\[\+0\.000, \+0\.000\] +– .*same/);
    expect(plain.stdout).not.toContain('They differ in');
    const { value } = await runForJson(['eval', 'compare', a, b, '--gate']);
    expect(value).toMatchObject({ pairs: 12, seed: 1, gate: { metric: 'ndcg@10', tolerance: 0.01, isPassed: false } });
  });

  it('says which settings differ', async () => {
    const { a, b } = await results();
    const changed: ReturnType<typeof resultFile> = JSON.parse(await readFile(b, 'utf8'));
    const fingerprint = { ...changed.fingerprint, embedding: 'other-model', retrieval: 'sha256:9' };
    await writeFile(b, JSON.stringify({ ...changed, fingerprint }));
    const { stdout } = await runCommand(['eval', 'compare', a, b]);
    expect(stdout).toContain('They differ in the embedding model (fake, other-model) and the settings of the search.');
  });

  it('puts results on one page', async () => {
    const { a, b } = await results();
    const out = join(dirname(a), 'page.html');
    expect(await runForJson(['eval', 'report', a, b, '--out', out])).toMatchObject({
      status: 0,
      value: { out, results: 2 },
    });
    expect(await readFile(out, 'utf8')).toContain('<h3>b against a</h3>');
    expect((await runForJson(['eval', 'report', a, '--out', join(out, 'x')])).value).toMatchObject({
      error: { code: 'usage-invalid' },
    });
  });

  it('refuses a file that is no result, and options that do not fit', async () => {
    const { a, b } = await results();
    const refused = async (...rest: string[]) => (await runForJson(['eval', 'compare', ...rest])).value;
    expect(await refused(a, `${b}x`)).toMatchObject({ error: { code: 'result-invalid' } });
    expect(await refused(a, b, '--tolerance', '0.1')).toMatchObject({ error: { code: 'usage-invalid' } });
    expect(await refused(a, b, '--gate', '--tolerance', 'much')).toMatchObject({ error: { code: 'usage-invalid' } });
  });
});

describe('eval tune', () => {
  it('learns only from enough questions, and only what there is', async () => {
    const few = await temporaryFolder({
      'cases.jsonl': JSON.stringify({
        id: 'a',
        question: 'How many weeks is parental leave?',
        as: 'bob',
        answerable: true,
        relevant: [{ uri: 'docs/leave.md' }],
      }),
    });
    const tune = async (...rest: string[]) => json('eval', 'tune', ...rest);
    expect((await tune('speed', few)).value).toMatchObject({ error: { code: 'usage-invalid' } });
    const { status, value } = await tune('fusion', few);
    expect(status).not.toBe(0);
    expect(value).toMatchObject({ error: { code: expect.stringMatching(/dataset-invalid|model-unavailable/) } });
  });
});
