import { describe, expect, it } from 'vitest';
import { contentWords } from '../../src/core/words.ts';

const de = (text: string) => contentWords(text, { language: 'de' });
const fr = (text: string) => contentWords(text, { language: 'fr' });

describe('German words', () => {
  it.each([
    ['Vertrag', 'Verträge', 'Verträgen', 'Vertrages'],
    ['Kündigungsfrist', 'Kündigungsfristen'],
    ['Kaution', 'Kautionen'],
    ['erstattet', 'erstatten', 'Erstattung', 'Erstattungen'],
    ['arbeitet', 'Arbeit', 'arbeiten'],
    ['meldet', 'Meldung', 'gemeldet'],
    ['ändern', 'geändert', 'Änderung'],
    ['eingereicht', 'einzureichen', 'einreichen'],
    ['Mitarbeiter', 'Mitarbeiterinnen', 'Mitarbeiterin'],
    ['Passwort', 'Passwörter', 'Passwörtern'],
    ['Straße', 'Strasse', 'Straßen'],
  ])('%s and its forms are one word', (...forms) => {
    expect(new Set(forms.flatMap(de)).size).toBe(1);
  });

  it.each([
    ['Recht', 'Rechnung'],
    ['Haus', 'Haut'],
    ['genehmigen', 'nehmen'],
    ['Ware', 'Wahl'],
  ])('%s and %s stay two', (one, other) => {
    expect(de(one)).not.toEqual(de(other));
  });

  it('leave their function words out, and keep codes', () => {
    expect(de('Welche Frist gilt für ERR-4012?')).toEqual(['fris', 'err-4012', 'err', '4012']);
  });
});

describe('French words', () => {
  it.each([
    ['remboursé', 'remboursées', 'remboursement', 'rembourser'],
    ['congé', 'congés'],
    ['présentent', 'présentation', 'présenté'],
    ['journal', 'journaux'],
    ['nettoyer', 'nettoyées'],
  ])('%s and its forms are one word', (...forms) => {
    expect(new Set(forms.flatMap(fr)).size).toBe(1);
  });

  it('leave function words and inverted pronouns out', () => {
    expect(fr("Le téléphone doit-il être éteint pendant l'été ?")).toEqual(['telephon', 'eteint'].map((w) => fr(w)[0]));
  });
});

it('leaves particles of Japanese out, and keeps the marks of its letters', () => {
  expect(contentWords('傘はいつまでに返却しますか', { language: 'ja' })).toEqual(['傘', '返却']);
  expect(contentWords('パスワード', { language: 'ja' })).toEqual(['パスワード']);
});

it('reads English as before where no language is given', () => {
  expect(contentWords('holidays were granted')).toEqual(['holidai', 'grant']);
  expect(contentWords('holidays were granted', { language: 'en' })).toEqual(['holidai', 'grant']);
  expect(contentWords('holidays were granted', { language: null })).toEqual(['holidai', 'grant']);
});
