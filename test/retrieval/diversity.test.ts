import { expect, it } from 'vitest';
import { capPerDocument } from '../../src/retrieval/diversity.ts';
import { passage, storedChunk } from '../support/retrieval-fakes.ts';

const list = ['a', 'a', 'b', 'a', 'c', 'b'].map((id, ordinal) => passage(storedChunk(id, ordinal, '')));
const shown = (share: number | null) => {
  const { passages, within } = capPerDocument(list, share);
  return [passages.map(({ chunk }) => `${chunk.documentId}${chunk.ordinal}`).join(' '), within];
};

it('lets others come first once a document has its share, and loses nothing', () => {
  expect(shown(null)).toEqual(['a0 a1 b2 a3 c4 b5', 6]);
  expect(shown(1)).toEqual(['a0 b2 c4 a1 a3 b5', 3]);
  expect(shown(2)).toEqual(['a0 a1 b2 c4 b5 a3', 5]);
  expect(shown(9)).toEqual(['a0 a1 b2 a3 c4 b5', 6]);
});
