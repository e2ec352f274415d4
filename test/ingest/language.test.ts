import { describe, expect, it } from 'vitest';
import { languageWarnings, withLanguage } from '../../ingest/language.ts';
import { detectLanguage } from '../../src/core/detect-language.ts';
import { covers, knowsLettersOf, primaryLanguage } from '../../src/core/languages.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { openTestApp } from '../support/test-app.ts';

const texts = {
  en: 'Parental leave is granted to every employee for twenty-six weeks. The manager approves it within ten days.',
  de: 'Die Kündigungsfrist beträgt vier Wochen zum Monatsende. Überstunden sind vom Vorgesetzten zu genehmigen.',
  fr: 'Les salariés bénéficient de vingt-cinq jours de congés payés par an. Le télétravail est autorisé deux jours par semaine.',
  es: 'Los empleados tienen derecho a treinta días de vacaciones al año. Las solicitudes se envían al responsable del equipo.',
  ja: '有給休暇は年間二十日間付与されます。出張の経費は三十日以内に申請してください。領収書が必要です。',
  zh: '员工每年享有十五天带薪年假。差旅费用必须在三十天内报销，并且需要提供发票和审批单。所有申请由部门经理批准。',
};

describe('the language of a text', () => {
  it.each(Object.entries(texts))('%s', (language, text) => {
    expect(detectLanguage(text, 'text/plain')).toBe(language);
    expect(detectLanguage(`${text}\n`.repeat(200), 'text/markdown')).toBe(language);
  });

  it.each([
    [
      'en',
      'Staff may park in the underground garage on level two between six in the morning and ten in the evening, and visitors register their number plate at reception before they park there.',
    ],
    ['en', 'The anime K-On! (けいおん!) is about a school band in which four girls of the same class play.'],
    // Its words look a little like those of English and German, whose function words are known.
    ['sv', 'Alla anställda har rätt till tjugofem dagars semester per år. Ansökan görs för minst två veckor i taget.'],
  ])('%s is told of a short text whose trigrams could mislead: %s', (language, text) => {
    expect(detectLanguage(text, 'text/markdown')).toBe(language);
  });

  it.each([
    ['too short', 'Leave', 'text/plain'],
    ['numbers', '1234 5678 '.repeat(50), 'text/plain'],
    ['code', `const value = 1;\nfunction add(left, right) { return left + right; }\n`.repeat(5), 'text/x-source'],
    ['a table', 'name,desk\nAnna Schmidt,4\n'.repeat(50), 'text/csv'],
    ['nothing', '', 'text/plain'],
  ])('is not guessed of %s', (_, text, mediaType) => {
    expect(detectLanguage(text, mediaType)).toBeNull();
  });

  it('is what the document states, if that is a tag', () => {
    expect(withLanguage({ language: 'de-AT' }, texts.en, 'text/plain')).toEqual({ language: 'de-AT' });
    expect(withLanguage({ language: 'German, mostly' }, texts.de, 'text/plain')).toEqual({ language: 'de' });
    expect(withLanguage({ owner: 'x' }, 'short', 'text/plain')).toEqual({ owner: 'x' });
    expect(primaryLanguage('PT_br')).toBe('pt');
    expect(covers(['en'], 'EN-gb')).toBe(true);
    expect(covers(['en'], 'de')).toBe(false);
    expect(languageWarnings({ language: 'de' }, undefined)).toEqual([]);
    expect(languageWarnings({}, ['en'])).toEqual([]);
  });
});

it.each([
  [['en'], 'How long is it?', true],
  [['en'], 'Wie lange gilt das für Ämter?', true],
  [['en'], '有給休暇は何日ですか', false],
  [['en'], 'Сколько дней отпуска?', false],
  [['en'], 'ERR-4012', true],
  [['en'], '', true],
  [['en', 'ja'], '有給休暇は何日ですか', true],
  [undefined, '有給休暇は何日ですか', true],
] as const)('a model made for %j knows the letters of %j: %s', (languages, text, knows) => {
  expect(knowsLettersOf(languages, text)).toBe(knows);
});

it('is kept, found by, warned of and shown by doctor', async () => {
  const embedder = { ...createFakeEmbedder(), languages: ['en'] };
  const { app, ingest } = await openTestApp({
    embedder,
    documents: {
      'en.md': `# Leave\n\n${texts.en}\n`,
      'de.md': `# Fristen\n\n${texts.de}\n`,
      'ja.md': `# 休暇\n\n${texts.ja}\n`,
    },
  });
  const report = await ingest();
  expect(report.byProblem).toContainEqual(
    expect.objectContaining({ code: 'language-not-covered', documents: 2, remedy: expect.any(String) }),
  );
  const scope = await app.scopeFor(app.principal('bob'));
  const { hits } = await app.search(scope, { query: 'Wochen', filters: { language: 'de' } });
  expect(hits.map(({ uri }) => uri)).toEqual(['docs/de.md']);
  const [check] = await app.checks({ names: ['languages'] });
  expect(check).toMatchObject({ ok: true, detail: expect.stringMatching(/was not made for de \(1\), ja \(1\)/) });
});

it.each([
  ['not known', undefined, /^de \(1\)\. Nobody says which languages .+ was made for/],
  ['all there', ['en', 'de'], /^de \(1\)$/],
] as const)('is not warned of where the languages of the embedding model are %s', async (_, languages, detail) => {
  const embedder = { ...createFakeEmbedder(), ...(languages === undefined ? {} : { languages }) };
  const { app, ingest } = await openTestApp({ embedder, documents: { 'de.md': `# Fristen\n\n${texts.de}\n` } });
  const report = await ingest();
  expect(report.byProblem.map(({ code }) => code)).not.toContain('language-not-covered');
  const [check] = await app.checks({ names: ['languages'] });
  expect(check).toMatchObject({ ok: true, detail: expect.stringMatching(detail) });
});
