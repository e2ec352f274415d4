import { describe, expect, it } from 'vitest';
import { SupportChecker } from '../../src/answer/verify.ts';
import { windowOf } from '../support/context-window.ts';

const text = `# Travel policy 2026

Version 4.0, in force from 1 February 2026 for all journeys.

Trips expected to cost more than EUR 1,500 in total need approval in advance by your line manager on Form 14.

| item | limit |
| --- | --- |
| hotel a night, United Kingdom | EUR 165 |
| hotel a night, Germany | EUR 150 |
| laundry | none |

Business class is not reimbursed, except for medical reasons with the consent of HR.
Breakfast is not included, but the meal allowance is EUR 45 a day.
Parental leave is 26 weeks. It is announced ten days before with Form 7.
Tobias Renner approves claims of Helen Marsh.
Helen leads people. Tobias leads finance. A lamp costs EUR 10. A chair costs EUR 20. Sick pay is for all. It lasts 13 weeks.

For IT.

For the visa bring:
- a passport
- a photograph

Visitors must not:
- copy a badge
- enter the vault, even with a guide

The following are not covered:

1. dental care
2. massage

If the lift does not start:
- call extension 42

Every Monday before noon Tobias Renner approves claims of Helen Marsh in the small hall.
Since 2019 Corvane Ltd has audited the accounts of Orla Byrne for the board.
Kassel is the largest site of all in Leeds. Antwerp and Basel share one manager with Turin.
The cloakroom is not open without a key that is lost.
The desk is staffed until 5 pm. It was not until 1891 that the vault was certified. Guests are not only welcome but invited to lunch. Dogs are not welcome there.
Brass locks are common. Steel is the strongest of these locks. The merger with Corvane was successful. The alarm reached the guard.
The tapestry in the hall is not a tapestry but a work of embroidery.
`;
const orla = 'Since 2019 Corvane Ltd has audited the accounts of Orla Byrne for the board.';
const checker = new SupportChecker(windowOf([{ documentId: 'travel', text, title: 'Travel policy 2026' }]).items);

describe('the support of a claim', () => {
  it.each([
    // Word for word, whatever the case, the marks and the punctuation.
    ['Parental leave is 26 weeks.', 'verbatim', 'Parental leave is 26 weeks.'],
    ['**Parental leave** is 26 weeks', 'verbatim', 'Parental leave is 26 weeks.'],
    ['item: hotel a night, Germany; limit: EUR 150.', 'verbatim', '| hotel a night, Germany | EUR 150 |'],
    [
      'the meal allowance is EUR 45 a day',
      'verbatim',
      'Breakfast is not included, but the meal allowance is EUR 45 a day.',
    ],
    // In other words, but all of them there.
    ['The hotel limit in Germany is €150 a night.', 'entailed', '| hotel a night, Germany | EUR 150 |'],
    [
      'The policy is in force since 2026-02-01.',
      'partial',
      'Version 4.0, in force from 1 February 2026 for all journeys.',
    ],
    [
      'The policy has been in force from 2026-02-01.',
      'entailed',
      'Version 4.0, in force from 1 February 2026 for all journeys.',
    ],
    [
      'Approval by the line manager on Form 14 is needed for trips expected to cost more than €1500 in total.',
      'entailed',
      'Trips expected to cost more than EUR 1,500 in total need approval in advance by your line manager on Form 14.',
    ],
    ['Parental leave is twenty-six weeks.', 'entailed', 'Parental leave is 26 weeks.'],
    ['It is announced 10 days before with Form 7.', 'entailed', 'It is announced ten days before with Form 7.'],
    ['For IT.', 'verbatim', 'For IT.'],
    ['item: laundry; limit: none.', 'verbatim', '| laundry | none |'],
    // Wrong numbers, units, names, polarity.
    ['Parental leave is 27 weeks.', 'none', null],
    ['Parental leave is 10 weeks.', 'none', null],
    ['The hotel limit in France is EUR 150 a night.', 'none', null],
    ['The hotel limit in Germany is EUR 165 a night.', 'none', null],
    ['Business class is reimbursed.', 'none', null],
    ['Business class is reimbursed for medical reasons with the consent of HR.', 'none', null],
    ['The meal allowance is not EUR 45 a day.', 'none', null],
    ['The policy is in force from 2 February 2026.', 'none', null],
    [
      'Claims of Helen Marsh are approved by Tobias Renner.',
      'entailed',
      'Tobias Renner approves claims of Helen Marsh.',
    ],
    ['Helen Marsh approves claims of Tobias Renner.', 'none', null],
    // Roles exchanged, however much else stands around them.
    ['Every Monday before noon Helen Marsh approves claims of Tobias Renner in the small hall.', 'none', null],
    ['Since 2019 Orla Byrne has audited the accounts of Corvane Ltd for the board.', 'none', null],
    ['Since 2019 Corvane Ltd has audited the accounts of Orla Byrne for the board.', 'verbatim', orla],
    ['Corvane Ltd has audited the accounts of Orla Byrne for the board since 2019.', 'entailed', orla],
    ['The accounts of Orla Byrne, for the board, have been audited by Corvane Ltd since 2019.', 'entailed', orla],
    ['Leeds is the largest site in Kassel of all.', 'none', null],
    ['The largest site of all in Leeds is Kassel.', 'entailed', 'Kassel is the largest site of all in Leeds.'],
    ['Basel and Antwerp share one manager with Turin.', 'entailed', 'Antwerp and Basel share one manager with Turin.'],
    // A unit is no word that may be missing, and a part that is too short to be proved must not deny.
    ['Parental leave is 26 months.', 'none', null],
    ['The meal allowance on any journey is EUR 45 an hour, for a day.', 'none', null],
    ['If not asked, parental leave of all is 26 weeks.', 'none', null],
    ['The cloakroom is not open without a key that is not lost.', 'none', null],
    ['The canteen opens at noon.', 'none', null],
    // Sentences side by side must not lend each other their numbers and names.
    ['Helen leads finance.', 'none', null],
    // Times of the day, and a `not` that denies nothing.
    ['The desk is staffed until 5 p.m.', 'entailed', 'The desk is staffed until 5 pm.'],
    ['The desk is staffed until 5 am.', 'none', null],
    ['The vault was certified in 1891.', 'entailed', 'It was not until 1891 that the vault was certified.'],
    ['The vault was not certified in 1891.', 'none', null],
    ['Guests are welcome, and invited to lunch.', 'entailed', 'Guests are not only welcome but invited to lunch.'],
    ['Guests are not welcome at lunch.', 'none', null],
    ['Dogs are welcome there.', 'none', null],
    [
      'The tapestry in the hall is not a tapestry but a work of embroidery.',
      'verbatim',
      'The tapestry in the hall is not a tapestry but a work of embroidery.',
    ],
    ['The tapestry in the hall is a tapestry', 'none', null],
    ['The alarm failed to reach the guard.', 'none', null],
    ['The alarm reached the guard.', 'verbatim', 'The alarm reached the guard.'],
    ['The merger with Corvane was unsuccessful.', 'none', null],
    // What a sentence points back to stands in the one before.
    [
      'Steel is the strongest of the brass locks.',
      'entailed',
      'Brass locks are common. Steel is the strongest of these locks.',
    ],
    ['Laundry has a limit.', 'none', null],
    ['Laundry has no limit.', 'entailed', '| laundry | none |'],
    ['A lamp costs EUR 20.', 'none', null],
    ['Sick pay lasts 13 weeks.', 'entailed', 'Sick pay is for all. It lasts 13 weeks.'],
    ['For the visa bring a photograph.', 'verbatim', '- a photograph'],
    ['Copy a badge.', 'none', null],
    ['Visitors may copy a badge.', 'none', null],
    ['Visitors must not copy a badge.', 'verbatim', '- copy a badge'],
    ['Visitors may enter the vault with a guide.', 'none', null],
    ['Dental care is covered.', 'none', null],
    ['Dental care is not covered.', 'entailed', '1. dental care'],
    [
      'The following are not covered: dental care; massage.',
      'verbatim',
      'The following are not covered:\n\n1. dental care\n2. massage',
    ],
    ['Call extension 42.', 'partial', '- call extension 42'],
  ] as const)('%s is %s', (claim, support, quote) => {
    const check = checker.check(claim, [1]);
    const [best] = check.spans;
    expect([check.support, best === undefined ? null : best.item.text.slice(best.start, best.end)]).toEqual([
      support,
      quote,
    ]);
  });

  it('joins places that each carry a good part of the claim', () => {
    const check = checker.check(
      'The hotel limit a night is EUR 165 in the United Kingdom and EUR 150 in Germany.',
      [1],
    );
    expect(check.support).toBe('entailed');
    expect(check.spans.map(({ item, start, end }) => item.text.slice(start, end)).join('\n')).toBe(
      '| hotel a night, United Kingdom | EUR 165 |\n| hotel a night, Germany | EUR 150 |',
    );
  });

  it('knows what claims nothing', () => {
    expect(['Yes.', 'According to the sources:', '…'].map((sentence) => checker.isClaim(sentence))).toEqual([
      false,
      false,
      false,
    ]);
    expect(checker.isClaim('Leave is paid.')).toBe(true);
  });
});

describe('the words of the question', () => {
  const items = windowOf([{ documentId: 'n', text: 'They gave their name to Normandy, a region in France.' }]).items;
  const support = (claim: string, question: string) => new SupportChecker(items, question).check(claim, [1]).support;

  it('complete a claim in part, if they are no names or numbers', () => {
    expect(support('Normandy is located in France.', 'In what country is Normandy located?')).toBe('partial');
    expect(support('Normandy is located in France.', '')).toBe('none');
    expect(support('Brittany is a region in France.', 'What is Brittany?')).toBe('none');
    expect(support('Normandy is a region in France since 1204.', 'What is Normandy since 1204?')).toBe('none');
  });
});

describe('a noun of the question in the place of another', () => {
  const text =
    'The director approves travel requests over EUR 2,000 before the booking. The manager checks the receipts. ' +
    'Annual leave is 28 days for all full-time staff in the first year of work.';
  const { items } = windowOf([{ documentId: 'travel', text }]);

  it('is let pass if the sources do not use it', () => {
    const claim = 'Annual vacation is 28 days for all full-time staff in the first year of work.';
    expect(new SupportChecker(items, 'How much vacation do I get?').check(claim, [1]).support).toBe('partial');
    expect(new SupportChecker(items).check(claim, [1]).support).toBe('none');
  });

  it('is somebody else if they do', () => {
    const claim = 'The manager approves travel requests over EUR 2,000 before the booking.';
    expect(new SupportChecker(items, 'Does the manager approve travel?').check(claim, [1]).support).toBe('none');
  });
});

describe('a name of the question', () => {
  it('is one at the beginning of a sentence, too', () => {
    const { items } = windowOf([
      { documentId: 'born', text: 'The composer was born in the village of Wola about 60 km from Warsaw.' },
    ]);
    const claim = 'Frederic, born in the village of Wola about 60 km from Warsaw.';
    expect(new SupportChecker(items, 'Who was the composer?').check(claim, [1]).support).toBe('partial');
    expect(new SupportChecker(items, 'Who was Frederic?').check(claim, [1]).support).toBe('none');
  });
});

describe('the sources of a claim', () => {
  const window = windowOf([
    { documentId: 'a', text: 'The canteen opens at noon.' },
    { documentId: 'b', text: 'Parental leave is 26 weeks.' },
    { documentId: 'c', text: 'The guide says: parental leave is 26 weeks.' },
  ]);
  const sources = new SupportChecker(window.items);
  const itemsFor = (cited: readonly number[]) =>
    sources.check('Parental leave is 26 weeks.', cited).spans.map((span) => span.item.documentId);

  it('are the cited ones that support it', () => {
    expect(itemsFor([2])).toEqual(['b']);
    expect(itemsFor([3])).toEqual(['c']);
    expect(itemsFor([2, 3])).toEqual(['b', 'c']);
    expect(itemsFor([1, 3])).toEqual(['c']);
  });

  it('are found where the marker is wrong, missing or of no item', () => {
    expect(itemsFor([1])).toEqual(['b']);
    expect(itemsFor([])).toEqual(['b']);
    expect(itemsFor([9])).toEqual(['b']);
  });
});

describe('German and French', () => {
  const languages = new SupportChecker(
    windowOf([
      {
        documentId: 'de',
        text: 'Die Kernarbeitszeit beginnt um 9 Uhr und endet um 15 Uhr. Der Antrag ist nicht nötig.',
      },
      { documentId: 'fr', text: "Le télétravail est possible deux jours par semaine. Il n'est pas autorisé le lundi." },
    ]).items,
  );

  it.each([
    ['Die Kernarbeitszeit endet um 15 Uhr.', 'entailed'],
    ['Die Kernarbeitszeit endet um 16 Uhr.', 'none'],
    ['Der Antrag ist nötig.', 'none'],
    ['Der Antrag ist nicht nötig.', 'verbatim'],
    ['Le télétravail est possible deux jours par semaine.', 'verbatim'],
    ['Le télétravail est possible trois jours par semaine.', 'none'],
    ['Il est autorisé le lundi.', 'none'],
  ])('%s is %s', (claim, support) => {
    expect(languages.check(claim, []).support).toBe(support);
  });
});

describe('the support of a claim in other languages', () => {
  const rules = `Die Kündigungsfrist beträgt vier Wochen zum Monatsende.
Reisekosten werden innerhalb von dreißig Tagen erstattet.
Eigene Kleidungsstücke wäscht die Wäscherei nicht.
Les notes de frais sont remboursées sous vingt-cinq jours.
Les pesticides n'y sont pas admis.
有給休暇は年間二十日間付与されます。
借りた傘は三日以内に返却しなければなりません。
窓際のサボテンには水をやらないでください。
参加者の自己負担は一人15,000円です。
家族の同伴もできますが、事前の登録が必要です。
`;
  const foreign = new SupportChecker(windowOf([{ documentId: 'rules', text: rules, title: 'Regeln' }]).items);

  it.each([
    'Die Kündigungsfrist beträgt 4 Wochen zum Monatsende.',
    'Reisekosten werden innerhalb von 30 Tagen erstattet.',
    'Les notes de frais sont remboursées sous 25 jours.',
    '有給休暇は年間20日間付与されます。',
    '傘は三日以内に返却しなければなりません。',
  ])('takes a number in words for the same in digits: %s', (claim) => {
    expect(foreign.check(claim, [1]).support).toBe('entailed');
  });

  it.each([
    'Die Kündigungsfrist beträgt sechs Wochen zum Monatsende.',
    'Reisekosten werden innerhalb von zwanzig Tagen erstattet.',
    'Eigene Kleidungsstücke wäscht die Wäscherei.',
    'Les notes de frais sont remboursées sous vingt-six jours.',
    'Les pesticides y sont admis.',
    '有給休暇は年間三十日間付与されます。',
    '有給休暇は年間二十日間付与されません。',
    '借りた傘は五日以内に返却しなければなりません。',
    '窓際のサボテンには水をやってください。',
    '参加者の自己負担は一人25,000円です。',
    '家族の同伴もできませんが、事前の登録が必要です。',
  ])('never takes another number, nor the contrary: %s', (claim) => {
    expect(foreign.check(claim, [1])).toEqual({ support: 'none', spans: [] });
  });
});

describe('a heading', () => {
  const handbook = `# Leave

## Vienna

Staff have 26 days of leave.

## Prague

Staff have 22 days of leave.

# Equipment for interns

A laptop is lent for six months.

# Equipment for managers

A laptop is lent for three years.`;
  const read = new SupportChecker(windowOf([{ documentId: 'd', text: handbook }]).items);

  it.each([
    'Staff in Vienna have 26 days of leave.',
    'For interns, a laptop is lent for six months.',
    'A laptop is lent for three years to managers.',
  ])('completes what stands below it: %s', (claim) => {
    expect(read.check(claim, [1]).support).toMatch(/verbatim|entailed/);
  });

  it.each([
    'Staff in Vienna have 22 days of leave.',
    'For interns, a laptop is lent for three years.',
    'A laptop is lent for six months to managers.',
  ])('does not where it stands above another section: %s', (claim) => {
    expect(read.check(claim, [1]).support).toBe('none');
  });
});
