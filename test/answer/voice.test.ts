import { describe, expect, it } from 'vitest';
import { SupportChecker } from '../../src/answer/verify.ts';
import { windowOf } from '../support/context-window.ts';

const text = `In 1755 the British captured Fort Beauséjour after a siege of two weeks.

Claims of Helen Marsh are approved by Tobias Renner within five days.

Expense reports are submitted by 15 March.

Die Teamleitung genehmigt Dienstreisen vor der Buchung. Gäste müssen vom Empfang abgeholt werden.
Rechnungen werden von der Buchhaltung innerhalb von 14 Tagen bezahlt.

Le directeur approuve les voyages avant la réservation.
`;
const checker = new SupportChecker(windowOf([{ documentId: 'voice', text, title: 'Notes' }]).items);
const supportOf = (claim: string) => checker.check(claim, [1]).support;

describe('a claim in the other voice than its source', () => {
  it.each([
    ['Fort Beauséjour was captured by the British in 1755.', 'entailed'],
    ['Fort Beauséjour was captured by the British in 1755, according to source.', 'entailed'],
    ['Tobias Renner approves claims of Helen Marsh within five days.', 'entailed'],
    ['Expense reports are submitted by 15 March.', 'verbatim'],
    ['Dienstreisen werden vor der Buchung von der Teamleitung genehmigt.', 'entailed'],
    ['Die Buchhaltung bezahlt Rechnungen innerhalb von 14 Tagen.', 'entailed'],
    ['Vom Empfang müssen Gäste abgeholt werden.', 'entailed'],
    ['Les voyages sont approuvés par le directeur avant la réservation.', 'entailed'],
  ])('%s is %s', (claim, support) => {
    expect(supportOf(claim)).toBe(support);
  });

  it.each([
    'The British were captured by Fort Beauséjour in 1755.',
    'Fort Beauséjour captured the British in 1755.',
    'Helen Marsh approves claims of Tobias Renner.',
    'Fort Beauséjour was captured by the French in 1755.',
    'Fort Beauséjour was captured by the British in 1756.',
    'Fort Beauséjour was not captured by the British in 1755.',
    'Die Buchhaltung wird von Rechnungen innerhalb von 14 Tagen bezahlt.',
    'Die Teamleitung wird vor der Buchung von Dienstreisen genehmigt.',
    'Les voyages approuvent le directeur avant la réservation.',
  ])('%s is not supported', (claim) => {
    expect(supportOf(claim)).toBe('none');
  });
});
