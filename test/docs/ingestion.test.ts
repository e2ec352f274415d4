/** The export script of docs/ingestion.md, run against a small wiki; then what it wrote, ingested. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openApp } from '../../src/app.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const pages = [
  { id: '1', space: 'hr', title: 'Leave', owner: 'People team', changedAt: '2026-02-03T10:00:00Z' },
  { id: '2', space: 'hr', title: 'Pay', owner: 'Finance', changedAt: '2026-01-02' },
  { id: '3', space: 'it', title: 'Hidden', owner: 'IT', changedAt: '2026-01-02' },
];
const answers: Readonly<Record<string, string>> = {
  '/pages': JSON.stringify(pages),
  '/pages/1/content': '<h1>Leave</h1><p>Parental leave is 26 weeks for all employees of the company.</p>',
  '/pages/1/rights': JSON.stringify({ groups: ['staff'], isSecret: false }),
  '/pages/2/content': '<h1>Pay</h1><p>Salaries are paid on the 25th of each month by bank transfer.</p>',
  '/pages/2/rights': JSON.stringify({ groups: ['hr'], isSecret: true }),
  '/pages/3/content': '<h1>Hidden</h1><p>Whoever may see this page could not be found out by the export.</p>',
};

async function startWiki(): Promise<string> {
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    response.statusCode = answer === undefined ? 500 : 200;
    response.end(answer ?? 'broken');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function exampleScript(): Promise<string> {
  const page = await readFile(new URL('../../docs/ingestion.md', import.meta.url), 'utf8');
  const script = /<!-- example: export-wiki\.mjs -->\n```js\n([\s\S]*?)```/.exec(page)?.[1];
  if (script === undefined) throw new Error('docs/ingestion.md has no export script any more');
  return script;
}

describe('the export script of docs/ingestion.md', () => {
  it('writes a manifest that Persea ingests, each page under its own rights', async () => {
    const wiki = await startWiki();
    const folder = await temporaryFolder({
      'persea.yaml': `
sources:
  - { name: wiki, type: manifest, path: ./export/items.jsonl, label: { anyOf: [staff] } }
`,
      'access.yaml': `
groups: { staff: { tags: [staff] }, hr-team: { tags: [hr], includes: [staff] } }
principals: { alice: { groups: [hr-team], roles: [employee] }, bob: { groups: [staff], roles: [employee] } }
`,
    });
    await writeFile(join(folder, 'export-wiki.mjs'), await exampleScript());
    const run = () =>
      promisify(execFile)(process.execPath, [join(folder, 'export-wiki.mjs'), wiki, join(folder, 'export')]);
    await run();
    const app = await openApp({ configPath: join(folder, 'persea.yaml'), embedder: createFakeEmbedder() });
    onTestFinished(() => app.close());

    const report = await app.ingestor.ingest();
    expect(report).toMatchObject({ added: 2, quarantined: [{ uri: 'wiki/it/3.html', code: 'label-invalid' }] });
    const visible = async (person: string) => {
      const documents = await app.catalog.documents(await app.scopeFor(app.principal(person)));
      return documents.map(({ uri, title, properties }) => ({ uri, title, owner: properties.owner }));
    };
    expect(await visible('bob')).toEqual([{ uri: 'wiki/hr/1.html', title: 'Leave', owner: 'People team' }]);
    expect((await visible('alice')).map(({ uri }) => uri)).toEqual(['wiki/hr/1.html', 'wiki/hr/2.html']);
    const answer = await app.ask(await app.scopeFor(app.principal('bob')), {
      question: 'How many weeks is parental leave?',
    });
    expect(answer.citations[0]).toMatchObject({
      uri: 'wiki/hr/1.html',
      date: '2026-02-03',
      owner: 'People team',
      url: `${wiki}/show/1`,
    });

    await run();
    expect(await app.ingestor.ingest()).toMatchObject({ added: 0, updated: 0, unchanged: 2, tokens: 0 });
  });
});
