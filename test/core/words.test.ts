import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentWords } from '../../src/core/words.ts';

describe('contentWords', () => {
  const cases: readonly [string, string, readonly string[]][] = [
    ['folds case and accents', 'Élan VITAL', ['elan', 'vital']],
    ['removes English endings', 'holidays were granted', ['holidai', 'grant']],
    ['leaves stop words out', 'What is the limit of it?', ['limit']],
    ['gives a code and its parts', 'error ERR-4012', ['error', 'err-4012', 'err', '4012']],
    ['keeps numbers with letters together', 'Form 27b', ['form', '27b']],
    [
      'reads a number however its digits are parted',
      'EUR 5,000 or 1.250.000 or 3\u202f250 or 4’100',
      ['eur', '5000', '1250000', '3250', '4100'],
    ],
    ['reads what a blank parts both ways', '3 250 EUR', ['3250', '3', '250', 'eur']],
    ['leaves more numbers beside each other alone', '0800 555 019', ['0800', '555', '019']],
    [
      'parts what is written as one word',
      'KX200, 25kg, 2.5mm',
      ['kx200', 'kx', '200', '25kg', '25', 'kg', '2.5mm', '2.5', 'mm'],
    ],
    [
      'leaves what only looks so',
      '0.125, 1,25 and 10.100.20',
      ['0.125', '0', '125', '1', '25', '10.100.20', '10', '100', '20'],
    ],
    ['takes the plural off capitals', 'RFQs, PDFs and IDs', ['rfq', 'pdf', 'id']],
    ['takes the mark off a version', 'v2.3.1', ['2.3.1', '2', '3', '1']],
    ['reads other scripts', 'Größe 12 м³', ['große', '12', 'м3']],
    ['parts scripts without spaces by dictionary', '経費の申請 ERR-1', ['経費', 'の', '申請', 'err-1', 'err', '1']],
    ['yields nothing for punctuation', '… — !?', []],
  ];
  it.each(cases)('%s', (_name, text, words) => {
    expect(contentWords(text)).toEqual(words);
  });

  it('reads the same words otherwise in another language, and again as before', () => {
    const words = () => [
      contentWords('die Verträge'),
      contentWords('die Verträge', { language: 'de' }),
      contentWords('die Verträge', { keepStopWords: true, language: 'de' }),
    ];
    expect(words()).toEqual([['die', 'vertrag'], ['vertrag'], ['die', 'vertrag']]);
    expect(words()).toEqual(words());
  });

  it('reads texts alike, whether or not another letter stands in them', () => {
    const letter = fc.constantFrom(...'aB9.-_/’“”–…€,\u00a0 \n'.split(''));
    fc.assert(
      fc.property(fc.string({ unit: letter, maxLength: 40 }), (text) => {
        expect(contentWords(`${text}; ж`)).toEqual([...contentWords(`${text};`), 'ж']);
      }),
    );
  });

  it('keeps stop words where asked', () => {
    expect(contentWords('to be', { keepStopWords: true })).toEqual(['to', 'be']);
  });
});
