import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import type { DocumentRecord } from '../../src/catalog/catalog.ts';
import type { Passage } from '../../src/core/chunk.ts';
import { withoutReplaced } from '../../src/retrieval/supersession.ts';

const scope = systemScope('test');
const old = { documentId: 'a', uri: 'handbook/hr/leave-2023.md', title: 'Leave policy 2023', properties: {} };
const by = {
  documentId: 'b',
  uri: 'handbook/hr/leave-2026.md',
  title: 'Leave policy 2026',
  properties: { supersedes: 'hr/leave-2023.md' },
};
const passage = (documentId: string) => ({ chunk: { documentId } }) as Passage;
const ranked = [passage('a'), passage('b'), passage('a'), passage('c')];

async function kept(question: string, visible: readonly object[], depth = 8) {
  const records = new Map(visible.map((record) => [(record as DocumentRecord).documentId, record as DocumentRecord]));
  const result = await withoutReplaced({ documentsById: async () => records }, scope, question, ranked, depth);
  return { ids: result.passages.map(({ chunk }) => chunk.documentId), replaced: result.replaced };
}

describe('a document that another one replaced', () => {
  it('gives way to it', async () => {
    const { ids, replaced } = await kept('How long is leave?', [old, by]);
    expect(ids).toEqual(['b', 'c']);
    expect(replaced).toMatchObject([{ old: { uri: old.uri }, by: { uri: by.uri } }]);
  });

  it.each([
    ['is asked for by what only its name has', 'How long was leave in 2023?', [old, by], 8],
    ['has no replacement that the person may see', 'How long is leave?', [old], 8],
    ['has a replacement that was found far behind', 'How long is leave?', [old, by].slice(0, 1), 1],
    [
      'is named by another document that does not exist here',
      'How long is leave?',
      [old, { ...by, properties: { supersedes: 'hr/other.md' } }],
      8,
    ],
  ])('stays where it %s', async (_, question, visible, depth) => {
    expect((await kept(question, visible, depth)).ids).toEqual(['a', 'b', 'a', 'c']);
  });

  it('is told by its title too, but not by the end of another name', async () => {
    const byTitle = { ...by, properties: { supersedes: 'leave policy 2023' } };
    expect((await kept('How long is leave?', [old, byTitle])).ids).toEqual(['b', 'c']);
    // The last one is a document of another folder.
    for (const supersedes of ['2023.md', 'elsewhere/hr/leave-2023.md', 'leave-2023.md']) {
      const other = { ...by, uri: 'handbook/it/leave-2026.md', properties: { supersedes } };
      expect((await kept('How long is leave?', [old, other])).ids).toHaveLength(4);
    }
    const besideIt = { ...by, properties: { supersedes: './leave-2023.md' } };
    expect((await kept('How long is leave?', [old, besideIt])).ids).toEqual(['b', 'c']);
  });

  it('says itself what replaced it', async () => {
    const ends = { ...old, properties: { supersededBy: 'hr/leave-2026.md' } };
    const { ids, replaced } = await kept('How long is leave?', [ends, { ...by, properties: {} }]);
    expect(ids).toEqual(['b', 'c']);
    expect(replaced).toMatchObject([{ old: { uri: old.uri }, by: { uri: by.uri } }]);
    expect((await kept('How long is leave?', [ends])).ids).toHaveLength(4);
  });

  it('stays where documents replace each other in a circle', async () => {
    const circle = [{ ...old, properties: { supersedes: 'hr/leave-2026.md' } }, by];
    expect(await kept('How long is leave?', circle)).toEqual({ ids: ['a', 'b', 'a', 'c'], replaced: [] });
  });
});
