import { describe, expect, it } from 'vitest';
import { loadDocument } from '../../../ingest/loaders/registry.ts';
import { bytesOf, testLimits } from '../../support/loader-files.ts';

async function outlineOf(fileName: string, source: string) {
  const { text, title, blocks } = await loadDocument({ bytes: bytesOf(source), fileName }, testLimits);
  expect(text).toBe(source.trimEnd());
  return {
    title,
    headings: blocks.filter(({ kind }) => kind === 'heading').map((block) => [block.level, block.title]),
    code: blocks.filter(({ kind }) => kind === 'code').map(({ start, end }) => text.slice(start, end).trim()),
    words: blocks.map(({ start, end }) => text.slice(start, end)).join(' '),
  };
}

describe('texts with an outline of their own', () => {
  it('reads reStructuredText, whose levels are told by the order of signs', async () => {
    const source =
      '=====\nPumps\n=====\n\nCare\n----\n\nGrease it::\n\n    grease --all\n\n    # done\n\nWeekly\n~~~~~~\n\n.. note:: Mind the gap.\n\n+---+---+\n| a | b |\n+---+---+\n\nCosts\n-----\n\n.. code-block:: sh\n\n   pump start\n\nEnd.\n';
    const { title, headings, code, words } = await outlineOf('a.rst', source);
    expect(title).toBe('Pumps');
    expect(headings).toEqual([
      [1, 'Pumps'],
      [2, 'Care'],
      [3, 'Weekly'],
      [2, 'Costs'],
    ]);
    expect(code).toEqual(['grease --all\n\n    # done', 'pump start']);
    for (const word of ['Mind the gap.', '| a | b |', 'Grease it', 'End.']) expect(words).toContain(word);
  });

  it('reads AsciiDoc', async () => {
    const source = '= Pumps\n:toc:\n\nWords.\n\n== Care\n\n----\n== no head\n----\n\n=== Weekly\n\n* one\n* two\n';
    const { headings, code } = await outlineOf('a.adoc', source);
    expect(headings).toEqual([
      [1, 'Pumps'],
      [2, 'Care'],
      [3, 'Weekly'],
    ]);
    expect(code).toEqual(['----\n== no head\n----']);
  });

  it('reads Org', async () => {
    const source = '* TODO Pumps  :site:\nWords.\n** Care\n#+BEGIN_SRC sh\n* no head\n#+END_SRC\n- one\n- two\n';
    const { title, headings, code } = await outlineOf('a.org', source);
    expect(title).toBe('Pumps');
    expect(headings).toEqual([
      [1, 'Pumps'],
      [2, 'Care'],
    ]);
    expect(code).toHaveLength(1);
  });

  it.each(['a.rst', 'a.adoc', 'a.org'])('keeps what is never closed: %s', async (name) => {
    const { words } = await outlineOf(name, 'Words::\n\n----\n\n#+begin_src\n  kept\n');
    expect(words).toContain('kept');
  });
});
