/** What is left of a document whose file cannot be read any more: it is kept as it was, but no longer and no more open than it may be. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { App } from '../../src/app.ts';
import { openTestApp } from '../support/test-app.ts';

const leave = '# Leave\n\nParental leave is 26 weeks for all employees of the company.\n';

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
});
