import { describe, expect, it } from 'vitest';
import { answerKindOf, givesReason, holdsKind } from '../../src/core/answer-kind.ts';

describe('the kind of value that a question asks for', () => {
  it.each([
    ['How many days of leave do I get?', 'number'],
    ['what is the maximum weight of a parcel', 'number'],
    ['Wie lange werden Aufnahmen gespeichert?', 'number'],
    ['Combien de jours par an ?', 'number'],
    ['At what age does membership end?', 'number'],
    ['Quel montant est remboursé ?', 'number'],
    ['When do we get paid?', 'time'],
    ['Until when may I return it?', 'time'],
    ['In which year was the plant built?', 'time'],
    ['Wann beginnt die Schicht?', 'time'],
    ['Who approves travel?', 'name'],
    ['Où se trouve la cantine ?', 'name'],
    ['Wo melde ich mich an?', 'name'],
    ['What do I do when I lose my badge?', null],
    ['Can I bring my dog?', null],
    ['Was ist eine Woche?', null],
  ])('%s', (question, kind) => {
    expect(answerKindOf(question)).toBe(kind);
  });

  it('is that of its first words where it asks for several', () => {
    expect(answerKindOf('Who decides, and when is it due?')).toBe('name');
  });
});

describe('a value of the kind', () => {
  it.each([
    ['number', 'How long is leave?', 'Leave is 26 weeks.', true],
    ['number', 'How long is leave?', 'Leave lasts six weeks.', true],
    ['number', 'How often is it read?', 'It is read twice a year.', true],
    ['number', 'How long is leave?', 'Leave is granted by HR.', false],
    ['number', 'How much does an Aquilo 400 weigh?', 'The Aquilo 400 is weighed first.', false],
    ['time', 'When do we get paid?', 'Salaries come on the 25th.', true],
    ['time', 'When is soup served?', 'Soup is served on Mondays.', true],
    ['time', 'When is soup served?', 'You may have soup.', false],
    ['name', 'Who leads sales?', 'Sales is led by Priya Nair.', true],
    ['name', 'Who approves travel?', 'The line manager approves it.', true],
    ['name', 'Who leads Corvane?', 'Everybody at Corvane knows.', false],
  ] as const)('%s: %s %s', (kind, question, text, holds) => {
    expect(holdsKind(kind, question, text)).toBe(holds);
  });
});

it.each([
  ['Why?', 'The room is closed, because the floor is wet.', true],
  ['And why six weeks?', 'Six weeks are needed due to the plan of shifts.', true],
  ['warum?', 'Sechs Wochen vorher, weil die Pläne dann entstehen.', true],
  ['pourquoi ?', "Ce n'est pas possible, parce que l'assurance ne le couvre pas.", true],
  ['Why?', 'The room is closed.', false],
  ['When is the room closed?', 'It is closed because the floor is wet.', false],
])('%s is given its reason: %s', (question, text, expected) => {
  expect(givesReason(question, text)).toBe(expected);
});
