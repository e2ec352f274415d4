/** Keyword search over documents in several languages: sentences made for this test, each with a question in other forms of its words. */
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { canonicalLabel } from '../../src/access/label.ts';
import { germanForms } from '../../src/store/german-endings.ts';
import { openLanceChunkStore } from '../../src/store/lancedb.ts';
import { batchOf, scopeHolding } from '../support/chunks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const staff = canonicalLabel({ anyOf: ['staff'] });
const bob = scopeHolding(['staff'], [staff]);

const pairs: Readonly<Record<string, readonly (readonly [text: string, question: string])[]>> = {
  de: [
    ['Die Kündigungsfrist beträgt vier Wochen zum Monatsende.', 'Welche Kündigungsfristen gelten?'],
    ['Reisekosten werden innerhalb von dreißig Tagen erstattet.', 'Erstattung der Reisekosten'],
    ['Mitarbeiterinnen erhalten dreißig Urlaubstage.', 'Wie viele Urlaubstage bekommt ein Mitarbeiter?'],
    ['Das Passwort muss alle neunzig Tage geändert werden.', 'Passwörter ändern'],
    ['Besucher melden sich am Empfang an.', 'Anmeldung von Besuchern'],
    ['Der Drucker im zweiten Stock ist defekt.', 'Sind defekte Drucker zu melden?'],
    ['Überstunden sind vom Vorgesetzten zu genehmigen.', 'Genehmigung einer Überstunde'],
    ['Die Elternzeit dauert höchstens drei Jahre.', 'Wie lange sind Elternzeiten?'],
    ['Bewerbungen bitte über das Portal einreichen.', 'Wo wird eine Bewerbung eingereicht?'],
    ['Verträge werden im Archiv aufbewahrt.', 'Wo wird ein Vertrag aufbewahrt?'],
    ['Die Schlüssel liegen beim Pförtner.', 'Wer hat den Schlüssel der Pforte?'],
    ['Lieferanten senden Rechnungen an die Buchhaltung.', 'Wohin geht die Rechnung eines Lieferanten?'],
    ['Das Gebäude wird um zwanzig Uhr geschlossen.', 'Wann schließen die Gebäude?'],
    ['Kunden dürfen Waren binnen zwei Wochen zurückgeben.', 'Rückgabe einer Ware durch den Kunden'],
  ],
  fr: [
    ['Les salariés bénéficient de vingt-cinq jours de congés payés.', 'congé payé du salarié'],
    ['Le télétravail est autorisé deux jours par semaine.', 'télétravail autorisés'],
    ['Les notes de frais sont remboursées sous trente jours.', 'remboursement de note de frais'],
    ['Le mot de passe doit être changé régulièrement.', 'changer les mots de passe'],
    ['Les visiteurs se présentent à l’accueil.', 'présentation du visiteur'],
    ['La période d’essai dure trois mois.', 'durée des périodes d’essai'],
    ['Les contrats sont conservés aux archives.', 'conserver un contrat'],
    ['Les machines doivent être nettoyées chaque soir.', 'nettoyer la machine'],
  ],
  ja: [
    ['有給休暇は年間二十日間付与されます。', '有給休暇は何日ですか'],
    ['出張の経費は三十日以内に申請してください。', '経費の申請期限'],
    ['パスワードは九十日ごとに変更する必要があります。', 'パスワードを変更したい'],
    ['来客は受付で名前を記入します。', '受付で来客は何をしますか'],
    ['契約書は文書保管庫に保存されます。', '契約書はどこに保存しますか'],
    ['育児休業は最長二年間取得できます。', '育児休業の期間'],
    ['プリンターの故障は総務部に連絡してください。', 'プリンターが故障した'],
  ],
};

it('ranks the document that answers first, whatever the forms of its words', async () => {
  const directory = join(await temporaryFolder(), 'lance');
  const store = await openLanceChunkStore({ directory, tableName: 'chunks', dimensions: null });
  onTestFinished(() => store.close());
  const batches = Object.entries(pairs).map(([language, rows]) =>
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
  for (const [language, rows] of Object.entries(pairs)) {
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
