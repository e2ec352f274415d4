import { expect, it } from 'vitest';
import { writtenForms } from '../../src/store/written-forms.ts';

it.each([
  ['5000 in advance', ['5,000', '5.000', '5\u202f000', "5'000", '5’000', '5000in', '5000_in']],
  ['an advance: 5,000?', ['5000', '5,000', '5.000', '5\u202f000', "5'000", '5’000']],
  ['Betrag: 5 000', ['5000', '5,000', '5.000', '5\u202f000', "5'000", '5’000']],
  ["5'000", ['5000', '5,000', '5.000', '5\u202f000', '5’000']],
  ['1250000', ['1,250,000', '1.250.000', '1\u202f250\u202f000', "1'250'000", '1’250’000']],
  ['2.3.1', ['v2.3.1']],
  ['v2.3.1', ['2.3.1', 'v_2.3.1']],
  ['2,5 bar', ['2.5', '2,5bar', '2,5_bar']],
  ['Form 0.125', ['form0.125', 'form_0.125']],
  ['25kg', ['25_kg']],
  ['25 kg', ['25kg', '25_kg']],
  ['KX-22071', ['kx22071', 'kx_22071']],
  ['ERR4012', ['err_4012', '4012']],
  ['Who sends RFQs?', ['rfq']],
  ['an RFQ, or APIs', ['rfqs']],
  ['the nurse', []],
  ['', []],
])('%s as other words', (question, forms) => {
  expect(writtenForms(question).words).toEqual(forms);
});

it.each([
  ['advance of 5000', ['5 000']],
  ['1,250,000', ['1 250 000']],
  ['25kg', ['25 kg']],
  ['KX-200 or ISO27001 or EN_1090', ['ISO 27001', 'EN 1090']],
  ['leave in 2026', []],
  ['2,026 bottles', ['2 026']],
  ['a P2 and Form 27b', []],
  ['5kg or B1200', ['5 kg', 'B 1200']],
  ['over 5 of 27', []],
])('%s as words that stand together', (question, forms) => {
  expect(writtenForms(question).together).toEqual(forms);
});

it('stays within bounds', () => {
  const { words, together } = writtenForms(
    Array.from({ length: 500 }, (_, index) => `AB${1000 + index}`).join(' and '),
  );
  expect(words.length + together.length).toBeLessThan(60);
});
