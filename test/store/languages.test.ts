/** Keyword search over documents in several languages. */
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { canonicalLabel } from '../../src/access/label.ts';
import { germanForms, germanParts } from '../../src/store/german-endings.ts';
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

it('finds a German compound in its parts: of a German question, and where it is asked to of a noun alone', async () => {
  const directory = join(await temporaryFolder(), 'lance');
  const store = await openLanceChunkStore({ directory, tableName: 'chunks', dimensions: null });
  onTestFinished(() => store.close());
  const texts = [
    'Der Antrag auf Urlaub wird im Portal gestellt.',
    'Der Antrag auf einen Parkplatz geht an den Empfang.',
    'Urlaub in Leeds.',
    'Der Kunde wünscht einen Dienst.',
    'The rules of the print office.',
  ];
  await store.writeChunks([batchOf('doc', 1, staff, texts, null)]);
  const found = async (query: string, matching?: 'german') => {
    const rows = await store.keywordSearch(bob, query, { limit: 10, ...(matching === undefined ? {} : { matching }) });
    return rows.map(({ chunk }) => chunk.ordinal);
  };
  expect(await found('Wie stelle ich einen Urlaubsantrag?')).toEqual([0]);
  expect(await found('Urlaubsantrag')).toEqual([]);
  expect(await found('Urlaubsantrag', 'german')).toEqual([0]);
  expect(await found('Kundendienste', 'german')).toEqual([3]);
  expect(await found('printer officer')).toEqual([4]);
});

it('makes forms of German words, and not of too many', () => {
  expect(germanForms('Welche Kündigungsfristen gelten?')).toContain('kündigungsfrist');
  expect(germanForms('Verträge aufbewahrt über Jahre')).toContain('verträg');
  expect(germanParts('Welcher Urlaubsantrag?')).toContain('urlaub antrag');
  for (const other of ['有給休暇', 'ERR-4012', '']) expect([germanForms(other), germanParts(other)]).toEqual([[], []]);
  const long = `über ${Array.from({ length: 600 }, (_, n) => `wort${'x'.repeat(n % 90)}`).join(' ')}`;
  expect(germanForms(long).length).toBeLessThan(200);
  expect(germanParts(long).length).toBeLessThan(200);
});
