import { describe, expect, it } from 'vitest';
import { questionLanguage } from '../../src/core/question-language.ts';

describe('the language of a question', () => {
  it.each([
    ['How long is parental leave?', 'en'],
    ['the Müller policy of Zürich', 'en'],
    ['Who was born in Baden and der Kaiser?', 'en'],
    ["What was D'Olier's first name, and when wasn't he in France?", 'en'],
    ['Welche Kündigungsfristen gelten?', 'de'],
    ['Erstattung der Reisekosten', 'de'],
    ['Passwörter ändern', 'de'],
    ['congé payé du salarié', 'fr'],
    ["Jusqu'à quel montant puis-je accepter un cadeau ?", 'fr'],
    ['¿Cuántos días de vacaciones tengo?', 'es'],
    ['Quanti giorni di ferie ho?', 'it'],
    ['Hoeveel vakantiedagen heb ik?', 'nl'],
    ['Quantos dias de férias eu tenho?', 'pt'],
    ['有給休暇は何日ですか', 'ja'],
  ])('%s', (question, language) => {
    expect(questionLanguage(question)).toBe(language);
  });

  it.each([
    ['', 'nothing'],
    ['ERR-4012', 'a code'],
    ['Kündigung'.normalize('NFKD').replace(/\p{M}/gu, ''), 'a noun'],
    ['有給休暇', 'Chinese characters alone'],
    ['IL-6 signaling plays major roles atherosclerotic cardiovascular disease progression', 'one chance likeness'],
  ])('is not guessed of %j, %s', (question) => {
    expect(questionLanguage(question)).toBeNull();
  });

  it('is told of a long question in little time', () => {
    const startedAt = performance.now();
    expect(questionLanguage('Wie lange gilt das? '.repeat(50_000))).toBe('de');
    expect(performance.now() - startedAt).toBeLessThan(200);
  });
});
