import { describe, expect, it } from 'vitest';
import { supportOf } from '../support/context-window.ts';

/** What follows from each sentence, and what differs from it in a word or two that decide. */
const sentences: readonly {
  readonly source: string;
  readonly follows: readonly string[];
  readonly differs: readonly string[];
}[] = [
  {
    source: 'Employees must notify their manager at least two weeks before the start of parental leave.',
    follows: [
      'You must notify your manager at least two weeks before the start of parental leave.',
      'Employees have to notify their manager at least 2 weeks before the start of parental leave.',
    ],
    differs: [
      'Employees may notify their manager at least two weeks before the start of parental leave.',
      'Employees can notify their manager at least two weeks before the start of parental leave.',
      'Employees must notify their manager at most two weeks before the start of parental leave.',
      'Employees must notify their manager at least two weeks after the start of parental leave.',
    ],
  },
  {
    source: 'Unused leave of up to five days may be carried over until 31 March.',
    follows: ['Up to 5 days of unused leave may be carried over until March 31.'],
    differs: [
      'Unused leave of up to five days must be carried over until 31 March.',
      'More than five days of unused leave may be carried over until 31 March.',
    ],
  },
  {
    source: 'Invoices over EUR 10,000 require the signature of two directors.',
    follows: ['Invoices of more than €10,000 require the signature of two directors.'],
    differs: ['Invoices under EUR 10,000 require the signature of two directors.'],
  },
  {
    source: 'The minimum order value is EUR 250 and the maximum discount is 15 percent.',
    follows: ['The minimum order value is EUR 250.', 'The maximum discount is 15%.'],
    differs: ['The maximum order value is EUR 250.', 'The minimum discount is 15 percent.'],
  },
  {
    source: 'Smoking is prohibited inside the buildings and permitted in the marked areas outside.',
    follows: ['Smoking is prohibited inside the buildings.', 'Smoking is permitted in the marked areas outside.'],
    differs: ['Smoking is permitted inside the buildings.', 'Smoking is prohibited in the marked areas outside.'],
  },
  {
    source: 'Revenue rose by 4.5 % to EUR 12.3 million in 2024.',
    follows: ['In 2024 revenue rose to EUR 12.3 million.'],
    differs: ['Revenue fell by 4.5 % to EUR 12.3 million in 2024.', 'Revenue rose by EUR 12.3 million in 2024.'],
  },
  {
    source: 'Backups run daily at 02:30, and support answers until 6 pm.',
    follows: ['Backups run every day at 2:30.', 'Support answers until 18:00.', 'Support answers until 6 p.m.'],
    differs: [
      'Backups run daily at 03:30.',
      'Backups run weekly at 02:30.',
      'Backups run daily at 14:30.',
      'Support answers until 6 am.',
    ],
  },
  {
    source: 'Sick pay starts on the fourth day of absence and is paid for at most 26 weeks.',
    follows: ['Sick pay starts on the 4th day of absence.', 'Sick pay is paid for up to 26 weeks.'],
    differs: [
      'Sick pay starts on the first day of absence.',
      'Sick pay starts on the 14th day of absence.',
      'Sick pay is paid for four weeks.',
    ],
  },
  {
    source: 'Visitors without a badge are unable to enter the laboratory.',
    follows: ['Visitors without a badge cannot enter the laboratory.'],
    differs: [
      'Visitors without a badge can enter the laboratory.',
      'Visitors with a badge cannot enter the laboratory.',
    ],
  },
  {
    source: 'From 1 July 2026 interns are paid EUR 14.50 per hour.',
    follows: ['Interns are paid €14.50 an hour from 1 July 2026.'],
    differs: ['Until 1 July 2026 interns are paid EUR 14.50 per hour.', 'Interns are paid EUR 14.50 a day.'],
  },
  {
    source: 'Probation lasts six months unless the contract says otherwise.',
    follows: ['Probation lasts 6 months, unless the contract says otherwise.'],
    differs: ['Probation lasts six months if the contract says otherwise.'],
  },
  {
    source: 'Private devices are not allowed in the plant network, except for phones in the guest network.',
    follows: ['Private devices are not allowed in the plant network, except for phones in the guest network.'],
    differs: [
      'Phones are not allowed in the guest network.',
      'Private devices are not allowed in the plant network, including phones in the guest network.',
    ],
  },
  {
    source: 'Neither contractors nor interns have access to the payroll system.',
    follows: ['Interns have no access to the payroll system.'],
    differs: ['Interns have access to the payroll system.'],
  },
  {
    source: 'Emergency exits must be kept clear and may not be locked during working hours.',
    follows: ['Emergency exits must be kept clear.', 'Emergency exits must not be locked during working hours.'],
    differs: ['Emergency exits may be locked during working hours.'],
  },
  {
    source: 'Überstunden müssen vorab von der Teamleitung genehmigt werden, höchstens zwei Stunden pro Woche.',
    follows: ['Überstunden müssen von der Teamleitung vorab genehmigt werden.'],
    differs: [
      'Überstunden können vorab von der Teamleitung genehmigt werden.',
      'Überstunden müssen nachträglich von der Teamleitung genehmigt werden.',
      'Überstunden müssen vorab von der Teamleitung genehmigt werden, mindestens zwei Stunden pro Woche.',
    ],
  },
  {
    source: 'Das Büro ist von 8 bis 18 Uhr geöffnet. Weder Gäste noch Lieferanten haben Zutritt.',
    follows: ['Das Büro ist von 8:00 Uhr bis 18:00 Uhr geöffnet.'],
    differs: [
      'Das Büro ist von 9 bis 18 Uhr geöffnet.',
      'Das Büro ist von 8 bis 18 Uhr geschlossen.',
      'Gäste haben Zutritt.',
    ],
  },
  {
    source: "Les frais de plus de 100 euros doivent être approuvés. Le parking n'est plus ouvert la nuit.",
    follows: ['Les frais de plus de 100 € doivent être approuvés.'],
    differs: [
      'Les frais de moins de 100 euros doivent être approuvés.',
      'Les frais de plus de 100 euros peuvent être approuvés.',
      'Le parking est ouvert la nuit.',
    ],
  },
  // What is said of several things one after the other.
  {
    source: 'The annual leave is 28 days for full-time employees and 14 days for part-time employees.',
    follows: [
      'The annual leave is 28 days for full-time employees.',
      'The annual leave is 14 days for part-time employees.',
      'The annual leave is 14 days for part-time employees and 28 days for full-time employees.',
    ],
    differs: [
      'The annual leave is 14 days for full-time employees.',
      'Part-time employees get 28 days of annual leave.',
      'The annual leave is 14 days for full-time employees and 28 days for part-time employees.',
    ],
  },
  {
    source: 'Accidents are reported to Marta Lindqvist, near misses to Paul Abegg.',
    follows: ['Near misses are reported to Paul Abegg.', 'Accidents are reported to Marta Lindqvist.'],
    differs: ['Near misses are reported to Marta Lindqvist.', 'Accidents are reported to Paul Abegg.'],
  },
  {
    source: 'Incidents of priority 1 are answered within 15 minutes, those of priority 2 within 4 hours.',
    follows: [
      'Incidents of priority 1 are answered within 15 minutes.',
      'Priority 2 incidents are answered within 4 hours.',
    ],
    differs: [
      'Incidents of priority 2 are answered within 15 minutes.',
      'Incidents of priority 1 are answered within 4 hours.',
    ],
  },
  {
    source: 'The travel desk books flights; employees book trains themselves.',
    follows: ['The travel desk books flights.', 'Employees book trains themselves.'],
    differs: ['Employees book flights themselves.', 'The travel desk books trains.'],
  },
  // One noun in the place of another.
  {
    source: 'The director approves travel requests over EUR 2,000 before the booking. The manager checks receipts.',
    follows: ['Travel requests over EUR 2,000 are approved by the director before the booking.'],
    differs: [
      'The manager approves travel requests over EUR 2,000 before the booking.',
      'Travel requests over EUR 2,000 are approved by the manager before the booking.',
      'The director approves travel requests over EUR 2,000 before the payment.',
    ],
  },
  {
    source: 'Freelancers who have worked here for more than two years receive a bonus of 3 percent.',
    follows: ['Freelancers who have worked here for more than 2 years receive a bonus of 3 %.'],
    differs: [
      'Employees who have worked here for more than two years receive a bonus of 3 percent.',
      'Freelancers who have worked here for more than two years receive a discount of 3 percent.',
    ],
  },
  {
    source: 'Le directeur approuve les voyages avant la réservation.',
    follows: ['Avant la réservation, le directeur approuve les voyages.'],
    differs: ['Le comptable approuve les voyages avant la réservation.'],
  },
  // What is denied, and of what.
  {
    source: 'The insurance does not cover glasses and hearing aids. It covers dental treatment up to EUR 900 a year.',
    follows: ['The insurance does not cover glasses.', 'The insurance does not cover hearing aids.'],
    differs: [
      'The insurance does not cover glasses but covers hearing aids.',
      'The insurance does not cover glasses, and it covers hearing aids.',
      'The insurance does not cover dental treatment.',
    ],
  },
  {
    source: 'You must not share passwords, keys or tokens with anybody.',
    follows: ['You must not share keys with anybody.'],
    differs: ['You must not share passwords, but you may share tokens with anybody.'],
  },
  {
    source: 'You should not rely on others noticing, reviewing, and merging your changes for you.',
    follows: ['You should not rely on others merging, noticing and reviewing your changes for you.'],
    differs: ['You should rely on others merging, noticing and reviewing your changes for you.'],
  },
  {
    source: 'Parental leave can be taken by mothers and fathers, but not by grandparents.',
    follows: ['Parental leave can be taken by mothers and fathers.'],
    differs: ['Parental leave can be taken by mothers and grandparents.'],
  },
  {
    source: 'The generator starts within 10 seconds of a power failure and runs for 48 hours without new fuel.',
    follows: [
      'The generator starts within 10 seconds of a power failure.',
      'The generator runs for 48 hours without new fuel.',
    ],
    differs: ['The generator runs for 48 hours with new fuel.'],
  },
  // Values of several things in clauses of their own, and in the columns of a table.
  {
    source:
      'The Leeds office has 40 desks and 3 meeting rooms, while the Kassel office has 25 desks and 5 meeting rooms.',
    follows: ['The Leeds office has 40 desks.', 'The Kassel office has 25 desks and 5 meeting rooms.'],
    differs: ['The Leeds office has 25 desks.', 'The Kassel office has 40 desks and 3 meeting rooms.'],
  },
  {
    source: 'Interns earn EUR 1,200 a month, working students EUR 15 an hour.',
    follows: ['Interns earn €1,200 per month.'],
    differs: ['Interns earn EUR 15 an hour.', 'Working students earn EUR 1,200 a month.'],
  },
  {
    source:
      '| Grade | Leave | Notice |\n| --- | --- | --- |\n| Junior | 25 days | 4 weeks |\n| Senior | 28 days | 8 weeks |',
    follows: ['The notice of a Senior is 8 weeks.', 'Senior: 28 days of leave, 8 weeks of notice.'],
    differs: [
      'The notice of a Senior is 28 days.',
      'Junior leave is 4 weeks.',
      'Senior: 28 days of notice, 8 weeks of leave.',
    ],
  },
  {
    source:
      'The manager will edit the sections of the template, including the scope of work, which begins on page 7 of the template.',
    follows: [
      'The document states that the manager will edit the sections of the template, including the scope of work, which begins on page 7 of the template.',
    ],
    differs: [],
  },
  // Who does it to whom, why, and who alone.
  {
    source: 'Mentors choose their trainees in the first week.',
    follows: ['In the first week, mentors choose their trainees.'],
    differs: ['Trainees choose their mentors in the first week.'],
  },
  {
    source: 'Sales fell in 2024. The company closed its plant in Ghent in the same year.',
    follows: ['Sales fell in 2024, and the company closed its plant in Ghent in the same year.'],
    differs: [
      'Sales fell in 2024 because the company closed its plant in Ghent.',
      'Sales fell in 2024, so the company closed its plant in Ghent.',
      'The company closed its plant in Ghent, therefore sales fell in 2024.',
    ],
  },
  {
    source: 'Employees may work from home two days a week.',
    follows: ['Employees may work from home 2 days a week.'],
    differs: [
      'Only employees may work from home two days a week.',
      'Employees may only work from home two days a week.',
    ],
  },
  {
    source:
      'The tenant hands the keys over to the landlord after 30 days. Managers must notify staff of changes. HR informs the works council of every dismissal.',
    follows: [
      'The keys are handed over to the landlord by the tenant after 30 days.',
      'Staff must be notified of changes by managers.',
      'The works council is informed of every dismissal by HR.',
    ],
    differs: [
      'The landlord hands the keys over to the tenant after 30 days.',
      'Staff must notify managers of changes.',
      'The works council informs HR of every dismissal.',
    ],
  },
  {
    source: 'The employee and the manager sign the form for HR.',
    follows: ['The manager and the employee sign the form for HR.'],
    differs: ['HR signs the form for the employee and the manager.'],
  },
  {
    source: 'Le gardien remet la clé au visiteur.',
    follows: ['Au visiteur, le gardien remet la clé.'],
    differs: ['Le visiteur remet la clé au gardien.'],
  },
  {
    source: 'Keep invoices for ten years. The mentor is chosen by the trainee.',
    follows: ['Invoices are kept for ten years.', 'The trainee chooses the mentor.'],
    differs: ['Invoices are kept for six years.', 'The mentor chooses the trainee.'],
  },
  // Amounts, units and currencies, however they are written.
  {
    source: 'The fee is 12.50 € per person and 5 €/h for the room, at most EUR 1,500 in total.',
    follows: ['The fee is EUR 12.50 per person.', 'The fee is €12.50 per person and 5 euros per hour for the room.'],
    differs: ['The fee is $12.50 per person.', 'The fee is 12', 'The fee is 12.50 % per person.'],
  },
  {
    source: 'The travel allowance is 0.38 EUR/km, the supplement for nights 25 %.',
    follows: ['The travel allowance is 0.38 euros per kilometre.', 'The supplement for nights is 25 percent.'],
    differs: ['The travel allowance is 0.38 euros per mile.', 'The supplement for nights is 25 €.'],
  },
  {
    source: 'Revenue was EUR 4 million in 2024, and the plant lies 2 km from the office.',
    follows: [
      'Revenue was €4m in 2024.',
      'Revenue was four million euros in 2024.',
      'The plant lies 2 kilometres from the office.',
    ],
    differs: [
      'Revenue was EUR 4 in 2024.',
      'Revenue was EUR 4 billion in 2024.',
      'The plant lies 2 m from the office.',
    ],
  },
  {
    source: 'Response within 30 min, repair within 8 h. Samples are kept at -18 °C.',
    follows: ['Repair within 8 hours.', 'Samples are kept at minus 18 °C.'],
    differs: ['Repair within 8 min.', 'Samples are kept at 18 °C.'],
  },
  {
    source: 'Die Probezeit dauert 6 Mon. Die Schicht dauert 8 Std. Der Kurs dauert 90 Min.',
    follows: ['Die Probezeit dauert 6 Monate.', 'Die Schicht dauert acht Stunden.'],
    differs: ['Die Probezeit dauert 6 Wochen.', 'Die Schicht dauert 90 Stunden.'],
  },
];

describe('a claim one word apart from its source', () => {
  it.each(sentences.flatMap(({ source, follows }) => follows.map((claim) => [claim, source] as const)))(
    'is supported where it says the same: %s',
    (claim, source) => {
      expect(supportOf(source, claim)).toMatch(/verbatim|entailed/);
    },
  );

  it.each(sentences.flatMap(({ source, differs }) => differs.map((claim) => [claim, source] as const)))(
    'is not where it says something else: %s',
    (claim, source) => {
      expect(supportOf(source, claim)).toBe('none');
    },
  );

  it.each([
    ['Most of the servers were migrated in 2025.', 'The servers were migrated in 2025.'],
    ['Only managers with a budget may approve overtime.', 'Managers with a budget may approve overtime.'],
    ['Expenses are paid within 30 days if the receipts are attached.', 'Expenses are paid within 30 days.'],
    ['Hotels are paid up to EUR 120 a night, except in Munich.', 'Hotels are paid up to EUR 120 a night.'],
    ['Employees who have worked here for two years receive a bonus.', 'Employees receive a bonus.'],
  ])('is supported in part where it leaves out how far it holds: %s', (source, claim) => {
    expect(supportOf(source, claim)).toBe('partial');
    expect(supportOf(source, source)).toBe('verbatim');
  });

  it.each([
    // Verbs for the same, a longer form of the same word, another spelling, and a word of the question.
    [
      'The travel desk offers three rail tickets to guests of the company.',
      'The travel desk issues three rail tickets to guests of the company.',
    ],
    [
      'Every mobile app of the company is tested by the quality team in May.',
      'Every mobile application of the company is tested by the quality team in May.',
    ],
    [
      'The organised sector employs 27 people in the north of the county.',
      'The organized sector employs 27 people in the north of the county.',
    ],
  ])('is supported in part where another word says the same: %s', (source, claim) => {
    expect(supportOf(source, claim)).toBe('partial');
  });
});
