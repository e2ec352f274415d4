import { expect, it } from 'vitest';
import { recheckDocuments } from '../../src/retrieval/recheck.ts';
import { scopeHolding } from '../support/chunks.ts';
import { documentRecord, fakeCatalog, hrLabel, staffLabel, storedChunk } from '../support/retrieval-fakes.ts';

const bob = scopeHolding(['staff'], [staffLabel, hrLabel]);
const records = [documentRecord('open', { revision: 2 }), documentRecord('secret', { label: hrLabel })];

it.each([
  ['what is visible, current and labelled so', storedChunk('open', 0, 'x', { revision: 2 }), null],
  ['a document that is not there', storedChunk('gone', 0, 'x'), 'absent'],
  ['a document that may not be seen', storedChunk('secret', 0, 'x', { label: hrLabel }), 'absent'],
  ['an older revision', storedChunk('open', 0, 'x', { revision: 1 }), 'revision'],
  ['a newer revision', storedChunk('open', 0, 'x', { revision: 3 }), 'revision'],
  ['another label', storedChunk('open', 0, 'x', { revision: 2, label: hrLabel }), 'label'],
])('judges %s', async (_, chunk, verdict) => {
  const recheck = await recheckDocuments(fakeCatalog(records), bob, [chunk.documentId]);
  expect(recheck.verdict(chunk)).toBe(verdict);
});

it('asks for each document once, in an order of its own, and for none without asking', async () => {
  const asked: (readonly string[])[] = [];
  const catalog: Parameters<typeof recheckDocuments>[0] = {
    documentsById: async (_scope, ids) => {
      asked.push(ids);
      return new Map();
    },
  };
  await recheckDocuments(catalog, bob, ['b', 'a', 'b']);
  await recheckDocuments(catalog, bob, []);
  expect(asked).toEqual([['a', 'b']]);
});
