/** What is left of a document whose file cannot be read any more: it is kept as it was, but no longer and no more open than it may be. */
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { App } from '../../src/app.ts';
import { makeMailWithRules } from '../support/loader-files.ts';
import { openTestApp } from '../support/test-app.ts';

const leave = '# Leave\n\nParental leave is 26 weeks for all employees of the company.\n';
const mail = makeMailWithRules({
  subject: 'Parental leave',
  text: 'The rules for parental leave are attached to this message.',
  rules: '# Rules\n\nParental leave is asked for with form twelve.',
});

async function found(app: App, person = 'bob'): Promise<string[]> {
  const { hits } = await app.search(await app.scopeFor(app.principal(person)), { query: 'parental leave' });
  return hits.map(({ uri }) => uri).sort();
}

describe('an old revision', () => {
  it.each([
    ['cannot be parsed', ''],
    ['is too large', 'word '.repeat(1_000)],
  ])('goes with its file, where that %s by then', async (_, changed) => {
    const { app, folder, write, ingest } = await openTestApp({
      documents: { 'a.md': leave },
      config: 'limits: { fileBytes: 2000 }',
    });
    await ingest();
    await write({ 'a.md': changed });
    expect((await ingest()).quarantined).toHaveLength(1);
    expect(await found(app)).toEqual(['docs/a.md']);
    await rm(join(folder, 'docs/a.md'));
    expect(await ingest()).toMatchObject({ removed: 1, quarantined: [] });
    expect(await found(app)).toEqual([]);
  });

  it.each([
    ['nothing', undefined],
    ['a folder', 'it'],
  ])('goes with the target of a link, where there is %s in its place', async (_, place) => {
    const { app, folder, ingest } = await openTestApp({ documents: { 'it/a.md': leave } });
    await symlink('it/a.md', join(folder, 'docs/link.md'));
    await ingest();
    expect(await found(app)).toHaveLength(1);
    await rm(join(folder, 'docs/it/a.md'));
    if (place !== undefined) await mkdir(join(folder, 'docs/it/a.md'));
    await ingest();
    expect(await found(app)).toEqual([]);
  });

  it('is closed by a rule of today while its file is too large, attachments included, and opened by none', async () => {
    const { app, folder, write, ingest, reopen } = await openTestApp({
      documents: { 'it/a.eml': mail, 'hr/b.md': leave, 'hr/.access.yaml': 'anyOf: [hr]' },
      config: 'limits: { fileBytes: 2000 }',
    });
    await ingest();
    expect(await found(app)).toEqual(['docs/it/a.eml', 'docs/it/a.eml/rules.md']);
    await write({ 'it/a.eml': mail + 'word '.repeat(1_000), 'hr/b.md': 'word '.repeat(1_000) });
    await rm(join(folder, 'docs/hr/.access.yaml'));
    const rules = '[{ match: "it/**", label: { anyOf: [hr] } }, { match: "hr/**", label: { anyOf: [everyone] } }]';
    await writeFile(
      join(folder, 'persea.yaml'),
      `sources: [{ name: docs, path: ./docs, label: { anyOf: [staff] }, rules: ${rules} }]\nlimits: { fileBytes: 2000 }\n`,
    );
    const report = await (await reopen()).ingestor.ingest();
    expect(report.quarantined.map(({ uri, code }) => [uri, code]).sort()).toEqual([
      ['docs/hr/b.md', 'file-too-large'],
      ['docs/it/a.eml', 'file-too-large'],
    ]);
    expect(await found(app)).toEqual([]);
    expect(await found(app, 'alice')).toEqual(['docs/hr/b.md', 'docs/it/a.eml', 'docs/it/a.eml/rules.md']);
  });

  it.skipIf(process.getuid?.() === 0)('is closed by a rule of today while its folder cannot be opened', async () => {
    const { app, folder, ingest, reopen } = await openTestApp({ documents: { 'it/a.md': leave } });
    await ingest();
    await chmod(join(folder, 'docs/it'), 0o000);
    onTestFinished(() => chmod(join(folder, 'docs/it'), 0o700));
    await writeFile(
      join(folder, 'persea.yaml'),
      'sources: [{ name: docs, path: ./docs, label: { anyOf: [staff] }, rules: [{ match: "it/**", label: { anyOf: [hr] } }] }]\n',
    );
    await (await reopen()).ingestor.ingest();
    expect(await found(app)).toEqual([]);
    expect(await found(app, 'alice')).toEqual(['docs/it/a.md']);
  });
});
