import { describe, expect, it } from 'vitest';
import { supportOf } from '../support/context-window.ts';

describe('a German sentence', () => {
  it.each([
    ['Der Vorgesetzte unterschreibt den Urlaubsantrag.', 'Den Urlaubsantrag unterschreibt der Vorgesetzte.'],
    [
      'Der Arbeitgeber zahlt dem Arbeitnehmer einen Zuschuss von 200 Euro.',
      'Einen Zuschuss von 200 Euro zahlt der Arbeitgeber dem Arbeitnehmer.',
    ],
    ['Den Schlüssel bringt der Mieter dem Hausmeister.', 'Der Mieter bringt den Schlüssel dem Hausmeister.'],
    ['Die Bank erstattet die Gebühren zum Monatsende.', 'Die Gebühren erstattet die Bank zum Monatsende.'],
    ['Die Zentrale prüft die neuen Anträge im Mai.', 'Die neuen Anträge prüft die Zentrale im Mai.'],
  ])('is supported in another order where articles and numbers tell the parts: %s', (source, claim) => {
    expect(supportOf(source, claim)).toBe('entailed');
  });

  it.each([
    ['Der Vorgesetzte unterschreibt den Urlaubsantrag.', 'Den Vorgesetzten unterschreibt der Urlaubsantrag.'],
    ['Der Vorgesetzte unterschreibt den Urlaubsantrag.', 'Der Urlaubsantrag unterschreibt den Vorgesetzten.'],
    ['Den Schlüssel bringt der Mieter dem Hausmeister.', 'Der Hausmeister bringt den Schlüssel dem Mieter.'],
    ['Die Leitung bestätigt den Termin am Montag.', 'Am Montag bestätigt der Termin die Leitung.'],
    // Here nothing but their order tells the parts.
    ['Die Zentrale informiert die Filiale.', 'Die Filiale informiert die Zentrale.'],
    ['Die Zentrale informiert die Filialen sofort.', 'Die Filialen informieren die Zentrale sofort.'],
    ['Die Zentrale hat die Filialen informiert.', 'Die Filialen haben die Zentrale informiert.'],
  ])('is not where articles tell other parts, or nothing does: %s', (source, claim) => {
    expect(supportOf(source, claim)).toBe('none');
  });
});

describe('who acts in one part of a sentence', () => {
  it.each([
    ['The buyer checks the invoice, the manager releases it.', 'The manager checks the invoice.'],
    [
      'The caretaker locks the doors in the evening, and the cleaners open them in the morning.',
      'The cleaners lock the doors in the evening.',
    ],
    ['Der Einkauf prüft die Rechnung, der Leiter gibt sie frei.', 'Der Leiter prüft die Rechnung.'],
    [
      'Die Einweisung übernimmt der Hersteller, die Wartung übernimmt der Betreiber.',
      'Der Betreiber übernimmt die Einweisung.',
    ],
    [
      'Die Kosten für den Umzug trägt die Firma, die Kosten für das Hotel der Gast.',
      'Die Kosten für den Umzug trägt der Gast.',
    ],
  ])('does not act in another: %s', (source, claim) => {
    expect(supportOf(source, claim)).toBe('none');
  });

  it.each([
    ['The buyer checks the invoice, the manager releases it.', 'The buyer checks the invoice.'],
    ['Employees and managers sign the form, and HR keeps it.', 'Employees sign the form.'],
    [
      'Die Einweisung übernimmt der Hersteller, die Wartung übernimmt der Betreiber.',
      'Der Betreiber übernimmt die Wartung.',
    ],
    // Who acts is the one that the sentence went on about.
    [
      'Their rivals, the night team, have fewer members, yet they managed to win the cup in May.',
      'The night team won the cup in May.',
    ],
  ])('acts in its own: %s', (source, claim) => {
    expect(supportOf(source, claim)).toMatch(/verbatim|entailed/);
  });
});

describe('who acts behind `by`', () => {
  const plan = 'The depot plan predicts that repeated transfers called shuttles are the cheapest way.';

  it('is who acts before the verb', () => {
    expect(supportOf(plan, 'The repeated transfers predicted by the depot plan are shuttles.')).toBe('entailed');
    const passive = 'The keys are returned by the tenant within three days.';
    expect(supportOf(passive, 'The tenant returns the keys within three days.')).toBe('entailed');
  });

  it('is nobody else', () => {
    const active = 'The tenant returns the keys within three days.';
    expect(supportOf(active, 'The tenant is returned by the keys within three days.')).toBe('none');
    const passive = 'The keys are returned by the tenant within three days.';
    expect(supportOf(passive, 'The keys return the tenant within three days.')).toBe('none');
  });
});

describe('a unit that a later part leaves out', () => {
  it.each([
    ['Seniors have 8 weeks of notice and juniors 4.', 'Juniors have 4 weeks of notice.'],
    ['Bikes may stay for 7 days and cars for 2.', 'Cars may stay for 2 days.'],
    ['The fee is EUR 20 for members and 35 for guests.', 'The fee is EUR 35 for guests.'],
  ])('is that of the earlier one: %s', (source, claim) => {
    expect(supportOf(source, claim)).toMatch(/verbatim|entailed/);
  });

  it.each([
    ['Seniors have 8 weeks of notice and juniors 4.', 'Juniors have 8 weeks of notice.'],
    ['Bikes may stay for 7 days and cars for 2.', 'Bikes may stay for 2 days.'],
    ['The fee is EUR 20 for members and 35 for guests.', 'The fee is EUR 35 for members.'],
    ['Invoices of grade 3 are kept for 8 weeks and those of grade 4 for good.', 'Grade 4 is kept for 4 weeks.'],
  ])('does not move its value: %s', (source, claim) => {
    expect(supportOf(source, claim)).toBe('none');
  });
});

describe('a verb or an adjective in the place of another', () => {
  it.each([
    ['The treasurer signs contracts above EUR 9,000.', 'The treasurer cancels contracts above EUR 9,000.'],
    // Verbs by which a model speaks of its sources, too.
    ['Managers refuse overtime in July.', 'Managers provide overtime in July.'],
    ['HR stores the contracts in the blue archive.', 'HR states the contracts in the blue archive.'],
    ['Staff earn vacation days while on parental leave.', 'Staff lose vacation days while on parental leave.'],
    [
      'Minor damage to the hall is repaired by the caretaker.',
      'Major damage to the hall is repaired by the caretaker.',
    ],
    ['Die Teamleiter genehmigen Urlaub bis zu zwei Wochen.', 'Die Teamleiter verweigern Urlaub bis zu zwei Wochen.'],
  ])('says something else: %s', (source, claim) => {
    expect(supportOf(source, claim)).toBe('none');
  });

  it.each([
    ['Managers refuse overtime in July.', 'The document states that managers refuse overtime in July.', 'entailed'],
    ['Managers refuse overtime in July.', 'As stated in the passage, managers refuse overtime in July.', 'entailed'],
    ['The course starts at 9 am in room 204.', 'The course begins at 9 am in room 204.', 'entailed'],
    ['Requests require a form signed by the manager.', 'Requests need a form signed by the manager.', 'entailed'],
    ['The annual review takes place in May.', 'The yearly review takes place in May.', 'partial'],
    ['HR stores the contracts in the blue archive.', 'HR keeps the contracts in the blue archive.', 'partial'],
    ['All visitors sign in at reception.', 'Every visitor signs in at reception.', 'partial'],
  ])('says the same: %s', (source, claim, support) => {
    expect(supportOf(source, claim)).toBe(support);
  });
});
