/** What an operator decided of a document holds for its file wherever that goes, also where it is edited on the way. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalLabel } from '../../src/access/label.ts';
import { systemScope } from '../../src/access/scope.ts';
import type { App } from '../../src/app.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';

const scope = systemScope('test');
const hr = canonicalLabel({ anyOf: ['hr'] });
const plan = `# Reorganisation

The plant in Trieste is closed in March, and forty people are offered work in Graz. The works council is told on the third
of January. Until then nobody outside the board is to hear of it. The plant is sold to the city, which builds flats there.
`;
/** Similarity .8. */
const edited = plan.replace('forty', 'fifty');
/** Similarity .64. */
const rewritten = edited.replace('Graz', 'Linz');
const other =
  '# Canteen\n\nSoup is served from noon on, and bread is baked in the house on each day of the week but Sunday.\n';

async function visible(app: App): Promise<string[]> {
  const documents = await app.catalog.documents(await app.scopeFor(app.principal('bob')));
  return documents.map(({ uri }) => uri);
}

async function relabelled(opened: TestApp): Promise<void> {
  await opened.ingest();
  const document = await opened.app.catalog.documentByUri(scope, 'docs/it/plan.md');
  if (document === undefined) throw new Error('The plan was not ingested.');
  await opened.app.ingestor.relabel(document, hr);
}

async function moveEdited(folder: string, to: string, text = edited): Promise<void> {
  const place = join(folder, 'docs', to);
  await mkdir(dirname(place), { recursive: true });
  await rename(join(folder, 'docs/it/plan.md'), place);
  await writeFile(place, text);
}

describe('a document that an operator relabelled', () => {
  it('keeps the label when its file is moved and edited at once, until it is given back to the rules', async () => {
    const opened = await openTestApp({ documents: { 'it/plan.md': plan, 'canteen.md': other } });
    const { app, folder, ingest, write } = opened;
    await relabelled(opened);
    await moveEdited(folder, 'finance/plan.md', rewritten);
    const report = await ingest();
    expect(report).toMatchObject({ added: 1, removed: 1 });
    expect(report.warnings.map(({ uri, code }) => [uri, code])).toEqual([
      ['docs/finance/plan.md', 'label-carried-over'],
    ]);
    expect(await visible(app)).toEqual(['docs/canteen.md']);
    await ingest();
    const carried = await app.catalog.documentByUri(scope, 'docs/finance/plan.md');
    expect(carried).toMatchObject({ isLabelOverridden: true, label: { clauses: [['hr'], ['staff']] } });
    await app.catalog.resetLabelOverride(carried?.documentId ?? '');
    await ingest();
    expect(await visible(app)).toEqual(['docs/canteen.md', 'docs/finance/plan.md']);
    await write({ 'finance/plan.md': edited });
    expect(await ingest()).toMatchObject({ updated: 1, warnings: [] });
    expect(await visible(app)).toEqual(['docs/canteen.md', 'docs/finance/plan.md']);
  });

  it('keeps the label when its file takes the place of another one', async () => {
    const opened = await openTestApp({ documents: { 'it/plan.md': plan, 'canteen.md': other } });
    await relabelled(opened);
    await rename(join(opened.folder, 'docs/it/plan.md'), join(opened.folder, 'docs/canteen.md'));
    expect(await opened.ingest()).toMatchObject({ updated: 1, removed: 1 });
    expect(await visible(opened.app)).toEqual([]);
  });

  it('keeps the label when a new file takes its name', async () => {
    const opened = await openTestApp({ documents: { 'it/plan.md': plan } });
    await relabelled(opened);
    await rename(join(opened.folder, 'docs/it/plan.md'), join(opened.folder, 'docs/it/plan-2025.md'));
    await opened.write({ 'it/plan.md': other });
    expect(await opened.ingest()).toMatchObject({ added: 1, updated: 1 });
    expect(await visible(opened.app)).toEqual([]);
    await rename(join(opened.folder, 'docs/it/plan-2025.md'), join(opened.folder, 'docs/it/plan-2024.md'));
    expect(await opened.ingest()).toMatchObject({ moved: 1 });
    expect(await visible(opened.app)).toEqual([]);
  });

  it('keeps the label when its file and another one change their names', async () => {
    const opened = await openTestApp({ documents: { 'it/plan.md': plan, 'canteen.md': other } });
    await relabelled(opened);
    await opened.write({ 'it/plan.md': other, 'canteen.md': plan });
    expect(await opened.ingest()).toMatchObject({ updated: 2 });
    expect(await visible(opened.app)).toEqual([]);
  });

  it('keeps the label when its file goes to another source', async () => {
    const label = '{ anyOf: [everyone] }';
    const sources = `sources: [{ name: open, path: ./open, label: ${label} }, { name: docs, path: ./docs, label: ${label} }]\n`;
    const opened = await openTestApp({ documents: { 'it/plan.md': plan } });
    await writeFile(join(opened.folder, 'persea.yaml'), sources);
    await mkdir(join(opened.folder, 'open'));
    const app = await opened.reopen();
    await app.ingestor.ingest();
    const document = await app.catalog.documentByUri(scope, 'docs/it/plan.md');
    await app.catalog.relabelDocument(document?.documentId ?? '', hr, { isOverride: true });
    await rename(join(opened.folder, 'docs/it/plan.md'), join(opened.folder, 'open/plan.md'));
    expect(await app.ingestor.ingest()).toMatchObject({ added: 1, removed: 1 });
    expect(await visible(app)).toEqual([]);
  });

  it('keeps the label while so many files are gone that none is removed', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [`it/${index}.md`, `# ${index}\n\n${index}`]),
    );
    const opened = await openTestApp({ documents: { ...many, 'it/plan.md': plan } });
    await relabelled(opened);
    await moveEdited(opened.folder, 'finance/plan.md');
    for (const name of Object.keys(many)) await rm(join(opened.folder, 'docs', name));
    const report = await opened.ingest();
    expect(report.warnings.map(({ code }) => code).sort()).toEqual(['label-carried-over', 'many-files-vanished']);
    expect(await visible(opened.app)).not.toContain('docs/finance/plan.md');
  });

  it('leaves alone what merely resembles it while its file is there, and what does not resemble it', async () => {
    const opened = await openTestApp({ documents: { 'it/plan.md': plan } });
    await relabelled(opened);
    await opened.write({ 'copy.md': edited, 'canteen.md': other });
    await opened.ingest();
    expect(await visible(opened.app)).toEqual(['docs/canteen.md', 'docs/copy.md']);
    await rm(join(opened.folder, 'docs/it/plan.md'));
    await opened.write({ 'form.md': rewritten, 'copy.md': plan });
    await opened.ingest();
    expect(await visible(opened.app)).toEqual(['docs/canteen.md', 'docs/copy.md', 'docs/form.md']);
  });
});

describe('a document that an operator removed', () => {
  it('stays out when its file is moved and edited at once, until it is restored', async () => {
    const { app, folder, ingest } = await openTestApp({ documents: { 'it/plan.md': plan, 'canteen.md': other } });
    await ingest();
    await app.ingestor.remove({ uri: 'docs/it/plan.md' });
    await moveEdited(folder, 'finance/plan.md');
    for (let run = 0; run < 2; run++) {
      const { quarantined } = await ingest();
      expect(quarantined.map(({ uri, code }) => [uri, code])).toEqual([['docs/finance/plan.md', 'removed-before']]);
      expect(await visible(app)).toEqual(['docs/canteen.md']);
    }
    await app.catalog.restoreUri('docs/it/plan.md');
    await ingest();
    expect(await visible(app)).toEqual(['docs/canteen.md', 'docs/finance/plan.md']);
  });

  it('stays out when its file is moved first, and moved and edited at the next run', async () => {
    const { app, folder, ingest } = await openTestApp({ documents: { 'it/plan.md': plan, 'canteen.md': other } });
    await ingest();
    await app.ingestor.remove({ uri: 'docs/it/plan.md' });
    await rename(join(folder, 'docs/it/plan.md'), join(folder, 'docs/it/plan-2025.md'));
    await ingest();
    await rename(join(folder, 'docs/it/plan-2025.md'), join(folder, 'docs/it/plan.md'));
    await moveEdited(folder, 'plan-2026.md');
    expect((await ingest()).quarantined).toMatchObject([{ uri: 'docs/plan-2026.md', code: 'removed-before' }]);
    expect(await visible(app)).toEqual(['docs/canteen.md']);
  });

  it('stays out under another name when a new file takes its own', async () => {
    const { app, folder, ingest, write } = await openTestApp({ documents: { 'it/plan.md': plan } });
    await ingest();
    await app.ingestor.remove({ uri: 'docs/it/plan.md' });
    await rename(join(folder, 'docs/it/plan.md'), join(folder, 'docs/it/plan-2025.md'));
    await write({ 'it/plan.md': other });
    expect((await ingest()).quarantined).toMatchObject([{ uri: 'docs/it/plan-2025.md', code: 'removed-before' }]);
    expect(await visible(app)).toEqual([]);
  });

  it('keeps nothing else out while its file is where it was', async () => {
    const { app, ingest, write } = await openTestApp({ documents: { 'it/plan.md': plan } });
    await ingest();
    await app.ingestor.remove({ uri: 'docs/it/plan.md' });
    await write({ 'it/plan-2.md': edited });
    expect(await ingest()).toMatchObject({ added: 1, quarantined: [] });
    expect(await visible(app)).toEqual(['docs/it/plan-2.md']);
  });
});
