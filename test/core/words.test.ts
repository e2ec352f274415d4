import { describe, expect, it } from 'vitest';
import { contentWords } from '../../src/core/words.ts';

describe('contentWords', () => {
  const cases: readonly [string, string, readonly string[]][] = [
    ['folds case and accents', 'Élan VITAL', ['elan', 'vital']],
    ['removes English endings', 'holidays were granted', ['holidai', 'grant']],
    ['leaves stop words out', 'What is the limit of it?', ['limit']],
    ['gives a code and its parts', 'error ERR-4012', ['error', 'err-4012', 'err', '4012']],
    ['keeps numbers with letters together', 'Form 27b', ['form', '27b']],
    ['reads other scripts', 'Größe 12 м³', ['große', '12', 'м3']],
    ['parts scripts without spaces by dictionary', '経費の申請 ERR-1', ['経費', 'の', '申請', 'err-1', 'err', '1']],
    ['yields nothing for punctuation', '… — !?', []],
  ];
  it.each(cases)('%s', (_name, text, words) => {
    expect(contentWords(text)).toEqual(words);
  });

  it('keeps stop words where asked', () => {
    expect(contentWords('to be', { keepStopWords: true })).toEqual(['to', 'be']);
  });
});
