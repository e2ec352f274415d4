import { expect, it } from 'vitest';
import { numberForms } from '../../src/store/number-forms.ts';

it.each([
  ['advance of 5000', ['5,000', '5.000']],
  ['advance of 5,000?', ['5000', '5,000', '5.000']],
  ['5.000', ['5000', '5,000']],
  ['über 5 000 Euro', ['5000', '5,000', '5.000']],
  ['1250000 Euro', ['1,250,000', '1.250.000']],
  ['what does 2.3.1 repair', ['v2.3.1']],
  ['v2.3.1', ['2.3.1']],
  ['Form 27b, 0.125 and KX-22071', []],
  ['', []],
])('%s', (question, forms) => {
  expect(numberForms(question)).toEqual(forms);
});

it('stays within bounds', () => {
  expect(numberForms(Array.from({ length: 500 }, (_, index) => 1000 + index).join(' and ')).length).toBeLessThan(30);
});
