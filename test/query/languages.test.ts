/** Questions in several languages as answers, by their words alone: what is found by other forms of words is also quoted. */
import { expect, it } from 'vitest';
import type { Answer } from '../../src/core/answer.ts';
import { languagePairs } from '../support/language-pairs.ts';
import { openIngestedApp } from '../support/test-app.ts';

async function asker(documents: Readonly<Record<string, string>>): Promise<(question: string) => Promise<Answer>> {
  const { app } = await openIngestedApp({ embedder: null, documents });
  const scope = await app.scopeFor(app.principal('bob'));
  return (question) => app.ask(scope, { question });
}

const documents = Object.fromEntries(
  Object.entries(languagePairs).map(([language, rows]) => [
    `${language}.md`,
    `# ${language}\n\n${rows.map(([text]) => text).join('\n\n')}\n`,
  ]),
);

it('answers in German, French and Japanese, with the sentence cited word for word', async () => {
  const ask = await asker(documents);
  const shares: Record<string, number> = {};
  for (const [language, rows] of Object.entries(languagePairs)) {
    let right = 0;
    for (const [text, question] of rows) {
      const answer = await ask(question);
      const cited = answer.citations.find(({ quote }) => quote === text);
      if (answer.status === 'answered' && cited?.support === 'verbatim') right++;
    }
    shares[language] = right / rows.length;
  }
  // Before words were read in the question's language it was .07, .63 and .71.
  expect(shares).toEqual({
    de: expect.toSatisfy((share: number) => share >= 0.7),
    fr: 1,
    ja: expect.toSatisfy((share: number) => share >= 0.7),
  });
});

it('says nothing where nothing answers, in any language', async () => {
  const ask = await asker(documents);
  for (const question of [
    'Wie viele Bundesländer hat Österreich?',
    'Welche Sprachkurse werden im Werk angeboten?',
    'Quelle est la capitale du Portugal ?',
    'Qui a écrit Les Misérables ?',
    '富士山の高さは何メートルですか。',
    '社員食堂の営業時間は何時までですか。',
  ]) {
    expect((await ask(question)).status, question).toBe('abstained');
  }
});

it('answers a question with typing errors, and says how it was read', async () => {
  const ask = await asker({
    'en.md': '# Telescope\n\nThe mirror of the telescope measures 300 millimetres. Torches must have a red filter.\n',
    'de.md': '# Honig\n\nEin Glas Honig kostet sechs Euro. Das Dach darf nur in Begleitung betreten werden.\n',
  });
  const english = await ask('How many millimetres is the telesocpe mirror?');
  expect(english).toMatchObject({
    status: 'answered',
    citations: [{ uri: 'docs/en.md', support: 'verbatim' }],
    warnings: expect.arrayContaining(['Nothing that was found has the word "telesocpe"; it was read as "Telescope".']),
  });
  const german = await ask('Was kostet ein Glas Hoing?');
  expect(german).toMatchObject({
    status: 'answered',
    citations: [{ uri: 'docs/de.md', support: 'verbatim' }],
    warnings: expect.arrayContaining([
      'Nichts, was gefunden wurde, enthält das Wort „Hoing“; es wurde als „Honig“ gelesen.',
    ]),
  });
  const right = await ask('What is the mirror of the telescope?');
  expect(right.warnings.filter((warning) => warning.includes('was read as'))).toEqual([]);
});

it('reads a typing error by what the person may see alone', async () => {
  const { app } = await openIngestedApp({
    embedder: null,
    documents: {
      'open.md': '# Tools\n\nTools are returned to the counter within three days.\n',
      'hr/secret.md': '# Kestrel\n\nThe project Kestrel is returned to the board in May.\n',
    },
  });
  const question = 'Are tools for Kestrle returned to the counter?';
  const seen = await app.ask(await app.scopeFor(app.principal('alice')), { question });
  expect(seen.warnings.join()).toContain('Kestrel');
  const unseen = await app.ask(await app.scopeFor(app.principal('bob')), { question });
  expect(JSON.stringify(unseen)).not.toContain('Kestrel');
});
