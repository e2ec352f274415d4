import { describe, expect, it } from 'vitest';
import { contradictionsOf, contradictionWarning } from '../../src/answer/contradiction.ts';
import { resolveAnswer } from '../../src/answer/answer-stream.ts';
import { windowOf } from '../support/context-window.ts';

const question = 'After how many minutes does the screen lock itself?';

function found(first: string, second: string, asked = question) {
  const window = windowOf([
    { documentId: 'old', text: first, date: Date.parse('2025-10-20') },
    { documentId: 'new', text: second, date: Date.parse('2026-09-14') },
  ]);
  const { citations } = resolveAnswer(`${first} [1]`, { window, policy: 'remove' });
  expect(citations).toHaveLength(1);
  return contradictionsOf(asked, citations, window.items);
}

describe('sources that differ', () => {
  it('are named, with the newer one where the dates tell', () => {
    const [one, ...rest] = found('Automatic screen lock after 15 minutes.', 'Automatic screen lock after 5 minutes.');
    expect(rest).toEqual([]);
    expect(one === undefined ? '' : contradictionWarning(one, null)).toBe(
      'The sources differ: unlike [1] (source/old.md, 2025-10-20), source/new.md, 2026-09-14 says “Automatic screen lock after 5 minutes.”. The newer one is source/new.md.',
    );
    expect(one === undefined ? '' : contradictionWarning(one, 'de')).toBe(
      'Die Quellen widersprechen sich: anders als [1] (source/old.md, 2025-10-20) sagt source/new.md, 2026-09-14: „Automatic screen lock after 5 minutes.“. Neuer ist source/new.md.',
    );
  });

  it.each([
    ['the same value', 'The screen lock comes after 15 minutes.', 'Automatic screen lock after 15 minutes.'],
    [
      'the same value in another unit',
      'The screen lock comes after 60 minutes.',
      'Automatic screen lock after 1 hour.',
    ],
    ['another kind of value', 'The screen lock comes after 15 minutes.', 'The screen lock costs EUR 40.'],
    ['something else', 'The screen lock comes after 15 minutes.', 'The canteen is closed for 30 minutes.'],
    [
      'another place',
      'In Leeds the screen lock comes after 15 minutes.',
      'In Kassel the screen lock comes after 5 minutes.',
    ],
    [
      'the end of what begins then',
      'The screen lock opens at 8:00 on Monday.',
      'The screen lock closes at 17:00 on Monday.',
    ],
    ['the least of it', 'The screen lock takes at least 5 minutes.', 'The screen lock takes at most 15 minutes.'],
    ['no value', 'The screen lock comes after 15 minutes.', 'The screen lock cannot be turned off.'],
  ])('are not sources that say %s', (_, first, second) => {
    expect(found(first, second)).toEqual([]);
  });

  it.each([
    ['How long is the annual leave?', 'The annual leave is 28 days.', 'The annual leave is 30 days.'],
    ['Wie hoch ist der Jahresurlaub?', 'Der Jahresurlaub beträgt 28 Tage.', 'Der Jahresurlaub beträgt 30 Tage.'],
    [
      'Combien de jours de télétravail par semaine ?',
      'Le télétravail est limité à 2 jours par semaine.',
      'Le télétravail est limité à 3 jours par semaine.',
    ],
    [
      'What is the hotel limit in Germany?',
      'Hotel costs in Germany are reimbursed up to EUR 130 a night.',
      'Hotel costs in Germany are reimbursed up to EUR 150 a night.',
    ],
    ['When does the canteen close?', 'The canteen on site closes at 14:00.', 'The canteen on site closes at 3 pm.'],
    [
      'How many characters has a new password?',
      'A new password has 12 characters.',
      'A new password has 14 characters.',
    ],
    [
      'How far away is the archive in Leeds?',
      'The archive in Leeds is 3 km away.',
      'The archive in Leeds is 900 metres away.',
    ],
  ])('are named whatever is counted: %s', (asked, first, second) => {
    expect(found(first, second, asked)).toHaveLength(1);
  });
});
