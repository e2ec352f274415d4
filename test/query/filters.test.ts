/** Filters and counts by kind through the whole app: real catalogue, real store. */
import { rename } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { App } from '../../src/app.ts';
import { openTestApp } from '../support/test-app.ts';

const page = (front: string, text: string) => `---\n${front}\n---\n# Leave\n\n${text}\n`;

const documents = {
  'en/leave.md': page('date: 2026-02-03\nlanguage: en', 'Parental leave is 26 weeks at full pay.'),
  'en/old.md': page('date: 2019-05-01\nlanguage: en', 'Parental leave was 20 weeks in former years.'),
  'de/urlaub.md': page('date: 2026-03-01\nlanguage: de', 'Parental leave heisst Elternzeit und dauert 26 Wochen.'),
  'en/leave.html':
    '<html lang="en-GB"><head><title>Leave</title></head><body><h1>Leave</h1><p>Parental leave is explained by the people team on this page.</p></body></html>',
  'hr/secret.md': page('date: 2026-02-03\nlanguage: fr', 'Parental leave of executives is 40 weeks.'),
};

describe('a narrowed search', () => {
  const opened = async (): Promise<App> => {
    const { app, ingest } = await openTestApp({ documents });
    await ingest();
    return app;
  };

  it('finds what fits, in every mode, and never what is hidden', async () => {
    const app = await opened();
    const found = async (person: string, filters: object, mode: 'hybrid' | 'vector' | 'keyword') => {
      const scope = await app.scopeFor(app.principal(person));
      const { hits } = await app.search(scope, { query: 'parental leave', filters, mode });
      return [...new Set(hits.map(({ uri }) => uri))].toSorted();
    };
    for (const mode of ['hybrid', 'vector', 'keyword'] as const) {
      expect(await found('bob', { language: 'de' }, mode)).toEqual(['docs/de/urlaub.md']);
      expect(await found('bob', { mediaType: 'html' }, mode)).toEqual(['docs/en/leave.html']);
      expect(await found('bob', { until: '2019-12-31' }, mode)).toEqual(['docs/en/old.md']);
      expect(await found('bob', { uriPrefix: 'docs/en/', since: '2026-02-03', until: '2026-02-03' }, mode)).toEqual([
        'docs/en/leave.md',
      ]);
      expect(await found('bob', { source: 'docs', language: 'fr' }, mode)).toEqual([]);
      expect(await found('alice', { source: 'docs', language: 'fr' }, mode)).toEqual(['docs/hr/secret.md']);
      expect(await found('bob', { source: 'other' }, mode)).toEqual([]);
      expect(await found('eve', { source: 'docs' }, mode)).toEqual([]);
    }
  });

  it('answers from the documents that fit, and abstains where none does', async () => {
    const app = await opened();
    const scope = await app.scopeFor(app.principal('bob'));
    const question = 'How many weeks is parental leave?';
    const old = await app.ask(scope, { question, filters: { until: '2019-12-31' } });
    expect(old.citations.map(({ uri }) => uri)).toEqual(['docs/en/old.md']);
    expect(await app.ask(scope, { question, filters: { mediaType: 'pdf' } })).toMatchObject({
      status: 'abstained',
      reason: 'no-evidence',
    });
    await expect(app.ask(scope, { question, filters: { since: 'today' } })).rejects.toMatchObject({
      code: 'request-invalid',
    });
  });

  it('counts by kind what is visible and fits', async () => {
    const app = await opened();
    const facets = async (person: string, filters = {}) =>
      (await app.search(await app.scopeFor(app.principal(person)), { query: 'x', facets: true, filters })).facets;
    expect(await facets('bob', { since: '2000-01-01', until: '2026-12-31', mediaType: 'md' })).toEqual({
      source: [{ value: 'docs', count: 3 }],
      mediaType: [{ value: 'text/markdown', count: 3 }],
      language: [
        { value: 'en', count: 2 },
        { value: 'de', count: 1 },
      ],
      year: [
        { value: '2026', count: 2 },
        { value: '2019', count: 1 },
      ],
    });
    expect((await facets('alice'))?.language).toContainEqual({ value: 'fr', count: 1 });
    expect((await facets('eve'))?.source).toEqual([]);
  });

  it('sees a document that moved, or whose facts changed, under its new facts at once', async () => {
    const { app, ingest, write, folder } = await openTestApp({ documents: { 'a.md': documents['en/leave.md'] } });
    await ingest();
    const scope = await app.scopeFor(app.principal('bob'));
    const uris = async (filters: object) =>
      (await app.search(scope, { query: 'parental leave', filters })).hits.map(({ uri }) => uri);
    expect(await uris({ uriPrefix: 'docs/a' })).toEqual(['docs/a.md']);
    await rename(`${folder}/docs/a.md`, `${folder}/docs/b.md`);
    expect(await ingest()).toMatchObject({ moved: 1 });
    expect(await uris({ uriPrefix: 'docs/a' })).toEqual([]);
    expect(await uris({ uriPrefix: 'docs/b' })).toEqual(['docs/b.md']);
    await write({ 'b.md': documents['de/urlaub.md'] });
    await ingest();
    expect(await uris({ language: 'en' })).toEqual([]);
    expect(await uris({ language: 'de' })).toEqual(['docs/b.md']);
  });
});
