import { expect, it } from 'vitest';
import { type AskedLanguages, askedLanguages, byLanguage } from '../../src/eval/languages.ts';

it('tells the language of a question, and of the documents where it is one', () => {
  expect(askedLanguages('Welche Frist gilt für die Kündigung?', ['en', 'en'])).toEqual({
    language: 'de',
    documentLanguage: 'en',
  });
  expect(askedLanguages('How long is the notice period?', ['en', 'fr'])).toEqual({ language: 'en' });
  expect(askedLanguages('ERR-4012', [])).toEqual({});
  expect(askedLanguages('ERR-4012', [null, 'en'])).toEqual({});
});

it('measures by the language of the question, of the document and of both', () => {
  type Asked = AskedLanguages & { readonly value: number };
  const asked: readonly Asked[] = [
    { language: 'de', documentLanguage: 'de', value: 1 },
    { language: 'de', documentLanguage: 'en', value: 0 },
    { language: 'en', documentLanguage: 'en', value: 1 },
    { documentLanguage: 'en', value: 0 },
    { language: 'fr', value: 1 },
  ];
  const sum = (of: readonly Asked[]) => of.reduce((total, { value }) => total + value, 0);
  expect(byLanguage(asked, sum)).toEqual({
    question: { de: 1, en: 1, fr: 1, und: 0 },
    document: { de: 1, en: 1 },
    pair: { 'de/de': 1, 'de/en': 0, 'en/en': 1, 'und/en': 0 },
  });
  expect(byLanguage<Asked, number>([{ value: 1 }], sum)).toBeUndefined();
});
