/** The built command and library, as a user of the package runs them: `npm run test:built` builds first. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const dist = join(import.meta.dirname, '../../dist');
const command = join(dist, 'main.js');
const isBuilt = existsSync(command);

const files = {
  'persea.yaml': 'sources: [{ name: docs, path: ./docs, label: { anyOf: [everyone] } }]\n',
  'access.yaml': 'principals:\n  me: { roles: [employee] }\n',
  'docs/leave.md': '# Leave\n\nParental leave is 26 weeks at full pay for every employee.\n',
};

/** Built only on purpose: the default run tests the sources. */
describe.skipIf(!isBuilt)('the built package', () => {
  it('ingests and answers from another folder, with its worker files', { timeout: 120_000 }, async () => {
    const folder = await temporaryFolder(files);
    const persea = async (...args: string[]) =>
      JSON.parse((await run(command, [...args, '--json'], { cwd: folder })).stdout);
    expect(await persea('ingest')).toMatchObject({ added: 1, quarantined: [] });
    const answer = await persea('ask', 'How many weeks is parental leave?', '--as', 'me');
    expect(answer).toMatchObject({ status: 'answered', citations: [{ uri: 'docs/leave.md', support: 'verbatim' }] });
    expect(answer.prompt.hash).toMatch(/^sha256:/);
    const checks = await run(command, ['doctor', '--json'], { cwd: folder }).then(({ stdout }) => JSON.parse(stdout));
    if (process.env.PERSEA_REQUIRE_MODEL === '1') {
      expect(checks.checks.filter((check: { ok: boolean }) => !check.ok)).toEqual([]);
    }
  });

  it('ends with status 2 and one JSON error for wrong usage', async () => {
    const folder = await temporaryFolder(files);
    const failure = await run(command, ['ask', 'x', '--as', 'nobody', '--json'], {
      cwd: folder,
    }).catch((thrown) => thrown);
    expect(failure.code).toBe(2);
    expect(JSON.parse(failure.stdout)).toMatchObject({ error: { code: 'unknown-principal' } });
  });

  it('exports the library with its types', async () => {
    const library = await import(join(dist, 'index.js'));
    expect(Object.keys(library).sort()).toEqual([
      'PerseaError',
      'canonicalLabel',
      'configJsonSchema',
      'createServer',
      'errorCodes',
      'httpStatusByKind',
      'loadConfig',
      'openApp',
    ]);
    expect(existsSync(join(dist, 'types/src/index.d.ts'))).toBe(true);
  });
});
