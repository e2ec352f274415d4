/** Keyword search over documents in several languages. */
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { canonicalLabel } from '../../src/access/label.ts';
import { germanForms } from '../../src/store/german-endings.ts';
import { openLanceChunkStore } from '../../src/store/lancedb.ts';
import { batchOf, scopeHolding } from '../support/chunks.ts';
import { languagePairs } from '../support/language-pairs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const staff = canonicalLabel({ anyOf: ['staff'] });
const bob = scopeHolding(['staff'], [staff]);

it('ranks the document that answers first, whatever the forms of its words', async () => {
  const directory = join(await temporaryFolder(), 'lance');
  const store = await openLanceChunkStore({ directory, tableName: 'chunks', dimensions: null });
  onTestFinished(() => store.close());
  const batches = Object.entries(languagePairs).map(([language, rows]) =>
    batchOf(
      `doc_${language}`,
      1,
      staff,
      rows.map(([text]) => text),
      null,
    ),
  );
  await store.writeChunks(batches);
  const reciprocalRanks: Record<string, number> = {};
  for (const [language, rows] of Object.entries(languagePairs)) {
    let sum = 0;
    for (const [ordinal, [, question]] of rows.entries()) {
      const found = await store.keywordSearch(bob, question, { limit: 10 });
      const place = found.findIndex(({ chunk }) => chunk.chunkId === `doc_${language}#1#${ordinal}`);
      sum += place === -1 ? 0 : 1 / (place + 1);
    }
    reciprocalRanks[language] = Math.round((sum / rows.length) * 1000) / 1000;
  }
  expect(reciprocalRanks).toEqual({ de: expect.toSatisfy((mean: number) => mean >= 0.9), fr: 1, ja: 1 });
});

it('asks for other forms in German questions only, and not for too many', () => {
  expect(germanForms('Welche Kündigungsfristen gelten?')).toContain('kündigungsfrist');
  expect(germanForms('Verträge aufbewahrt über Jahre')).toContain('verträg');
  for (const other of [
    'How long is parental leave?',
    'the Müller policy of Zürich',
    'Who was born in Baden and der Kaiser?',
    'congés payés des salariés',
    '有給休暇',
    'ERR-4012',
    '',
  ]) {
    expect(germanForms(other), other).toEqual([]);
  }
  expect(
    germanForms(`über ${Array.from({ length: 600 }, (_, n) => `wort${'x'.repeat(n % 9)}`).join(' ')}`).length,
  ).toBeLessThan(200);
});
