/** Questions as people type them, and as nobody would: each ends in passages or in a clear refusal, and none reaches beyond its scope. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { App } from '../../src/app.ts';
import { PerseaError } from '../../src/core/errors.ts';
import type { SearchFilters } from '../../src/core/fact-filter.ts';
import type { SearchResult } from '../../src/query/search.ts';
import { openIngestedApp } from '../support/test-app.ts';

const documents = {
  'errors.md':
    '# Errors\n\nERR-4012 means that the paper tray is empty.\n\nERR-4013 means that the printer is too hot.\n',
  'forms.md': '# Forms\n\nForm 27b is for travel expenses. Form 27c is for hotel expenses.\n',
  'leave.md': '# Leave\n\nParental leave is 26 weeks. Annual leave does not touch the weeks of parents.\n',
  'hr/secret.md': '# Secret\n\nThe quibblefish band is for leave of executives, see ERR-4012 and form 27b.\n',
};

const tokens = [
  ...[
    '+',
    '-',
    '*',
    '^2',
    '~1',
    'AND',
    'OR',
    'NOT',
    '(',
    ')',
    '"',
    "'",
    "' OR '1'='1",
    '\\',
    '%',
    '_',
    ';--',
    '{}',
    '[]',
  ],
  ...[
    'indexText:',
    'acl',
    'docId',
    '\u0000',
    '\u202e',
    '\ud800',
    '😀',
    '休暇',
    'Urlaub',
    'the',
    'of',
    'leave',
    'ERR-4012',
    '27b',
  ],
];
const question = fc.oneof(
  fc.array(fc.constantFrom(...tokens), { maxLength: 12 }).map((parts) => parts.join(' ')),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.nat({ max: 600 }).map((words) =>
    Array.from({ length: words }, (_, n) => `word${n}`)
      .join(' ')
      .slice(0, 4_500),
  ),
);
const text = fc.oneof(fc.constantFrom(...tokens, 'docs', 'docs/', 'de', 'md'), fc.string({ maxLength: 20 }));
const filters: fc.Arbitrary<SearchFilters | undefined> = fc.option(
  fc.record({ source: text, uriPrefix: text, mediaType: text, language: text }, { requiredKeys: [] }),
  { nil: undefined },
);

async function openedAs(person: string): Promise<(query: string, more?: object) => Promise<SearchResult>> {
  const { app } = await openIngestedApp({ documents });
  return searchAs(app, person);
}

async function searchAs(app: App, person: string) {
  const scope = await app.scopeFor(app.principal(person));
  return (query: string, more: object = {}) => app.search(scope, { query, ...more });
}

it('ends in passages of the scope or in a refusal that names the problem', async () => {
  const search = await openedAs('bob');
  const mode = fc.constantFrom('hybrid' as const, 'vector' as const, 'keyword' as const);
  await fc.assert(
    fc.asyncProperty(question, filters, mode, async (query, narrowing, how) => {
      try {
        const result = await search(query, { mode: how, ...(narrowing === undefined ? {} : { filters: narrowing }) });
        expect(JSON.stringify(result)).not.toMatch(/quibblefish|secret/);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(PerseaError);
        expect((thrown as PerseaError).code).toBe('request-invalid');
      }
    }),
    { numRuns: 120 },
  );
});

describe('typed questions', () => {
  it('find what they name', async () => {
    const search = await openedAs('bob');
    const first = async (query: string, mode = 'hybrid') => (await search(query, { mode })).hits[0];
    for (const mode of ['hybrid', 'keyword']) {
      expect((await first('ERR-4012', mode))?.text, mode).toContain('ERR-4012');
      expect((await first('what is err 4013??', mode))?.text, mode).toContain('ERR-4013');
      expect((await first('Form 27b', mode))?.text, mode).toContain('27b');
      expect((await first('"annual leave does not"', mode))?.uri, mode).toBe('docs/leave.md');
      expect((await first('leave', mode))?.uri, mode).toBe('docs/leave.md');
      expect((await first(`+leave -"annual" AND (weeks OR NOT hotel)^2~`, mode))?.uri, mode).toBe('docs/leave.md');
    }
  });

  it('find words with typing errors where no word is found, and say so', async () => {
    const search = await openedAs('bob');
    const typed = await search('anual parentel', { mode: 'keyword' });
    expect(typed.hits[0]?.uri).toBe('docs/leave.md');
    expect(typed.warnings).toEqual([expect.stringContaining('spelled like them')]);
    // A word that stands only in a document that one may not see is a word that was not found.
    const hidden = await search('quibblefish', { mode: 'keyword' });
    expect(hidden).toMatchObject({ hits: [], warnings: [] });
  });

  it('say what is wrong with them', async () => {
    const search = await openedAs('bob');
    expect(await search('of the and', { mode: 'keyword' })).toMatchObject({
      hits: [],
      warnings: [expect.stringContaining('name what you are looking for')],
    });
    expect((await search('of the and')).hits.length).toBeGreaterThan(0);
    for (const empty of ['', ' \n ', '\u0000\u200b']) {
      await expect(search(empty)).rejects.toMatchObject({ code: 'request-invalid' });
    }
    await expect(search('x'.repeat(5_000))).rejects.toMatchObject({ code: 'request-invalid' });
    expect((await search(Array.from({ length: 600 }, () => 'leave').join(' '))).hits[0]?.uri).toBe('docs/leave.md');
  });
});
