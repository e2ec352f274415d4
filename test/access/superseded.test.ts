/** What replaced a document is named to whoever may see it, and to nobody else; what a document says of itself, to all who see it. */
import { expect, it } from 'vitest';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { openTestApp } from '../support/test-app.ts';

const old = (facts: string) => `---\n${facts}\n---\n# Parental leave\n\nParental leave is 26 weeks at full pay.\n`;
const documents = {
  'leave.md': old('superseded-by: hr/zanzibar.md'),
  // Has no word of the question, so that no search finds it.
  'hr/zanzibar.md': '# Zanzibar rules\n\nThey came into force on Monday.\n',
  'travel.md': '---\nvalid-until: 2024-12-31\n---\n# Trains\n\nTrains are booked in second class.\n',
  'canteen.md': '---\nstatus: Superseded\nsuperseded-by: nowhere.md\n---\n# Canteen\n\nThe canteen opens at noon.\n',
  'hotels-2023.md':
    '---\nsuperseded-by: hotels-2026.md\n---\n# Hotels of 2023\n\nA hotel room in Leeds is at most 120 crowns a night.\n',
  'hotels-2026.md': '# Hotels of 2026\n\nA hotel room in Leeds is at most 150 crowns a night.\n',
  // The newer one says it, lies elsewhere and has no word of the question.
  'meals.md': '# Meals\n\nSupper abroad is 35 pounds.\n',
  'hr/quito.md': '---\nsupersedes: docs/meals.md\n---\n# Quito rules\n\nThey came into force on Friday.\n',
  // By its title.
  'courses.md': '# Course fees\n\nA course in the library costs 80 pounds.\n',
  'hr/lima.md': '---\nsupersedes: Course fees\n---\n# Lima rules\n\nThey came into force on Sunday.\n',
  // Each says that the other one replaced it.
  'lockers.md': '---\nsuperseded-by: tokens.md\n---\n# Lockers\n\nA locker in the cellar costs 5 pounds.\n',
  'tokens.md': '---\nsuperseded-by: lockers.md\n---\n# Tokens\n\nThey came into force on Tuesday.\n',
  'parking.md':
    '---\nstatus: draft\nvalid-until: 2124-12-31\nsuperseded-by: nowhere.md\n---\n# Parking\n\nParking costs nothing.\n',
};
const question = 'How many weeks is parental leave at full pay?';
/** What the model of these tests says to each question. */
const replies: Readonly<Record<string, string>> = {
  [question]: 'Parental leave is 26 weeks at full pay [1].',
  'In which class are trains booked?': 'Trains are booked in second class [1].',
  'When does the canteen open?': 'The canteen opens at noon [1].',
  'How many pounds is supper abroad?': 'Supper abroad is 35 pounds [1].',
  'What does parking cost?': 'Parking costs nothing [1].',
  'How many pounds does a course in the library cost?': 'A course in the library costs 80 pounds [1].',
  'How many pounds does a locker in the cellar cost?': 'A locker in the cellar costs 5 pounds [1].',
  'How many crowns a night is a hotel room in Leeds at most?':
    'A hotel room in Leeds is at most 150 crowns a night [1].',
};

async function open(given: Readonly<Record<string, string>>) {
  const model = new FakeLanguageModel({ reply: ({ question: asked }) => replies[asked] ?? '' });
  const { app, ingest } = await openTestApp({
    documents: given,
    embedder: null,
    rules: '[{ match: "hr/**", label: { anyOf: [hr] } }]',
    models: [{ model, maxOutputTokens: 100, parameters: 'fixed' }],
  });
  await ingest();
  return async (person: string, asked: string) =>
    app.ask(await app.scopeFor(app.principal(person)), { question: asked, includeContext: true });
}

/** Without what differs from one question, and from one store, to the next. */
const comparable = (answer: object) =>
  JSON.stringify(answer, (key, value) =>
    /^(?:ms|traceId|documentId|chunkIds?|startMs|firstTokenMs|date)$/.test(key) ? null : value,
  ).replace(/\d{4}-\d\d-\d\d/g, '');

it('is named only to those who may see it, whoever asked before', async () => {
  const { 'hr/zanzibar.md': _, 'hr/quito.md': __, 'hr/lima.md': ___, ...without } = documents;
  const [ask, askLacking] = [await open(documents), await open(without)];
  expect((await ask('alice', question)).warnings).toEqual([
    '“Parental leave” (docs/leave.md) was replaced by “Zanzibar rules” (docs/hr/zanzibar.md).',
  ]);
  const bobs = await ask('bob', question);
  expect(bobs).toMatchObject({ status: 'answered', cache: 'hit', warnings: [] });
  expect(JSON.stringify(bobs)).not.toMatch(/zanzibar|replaced|supersed/i);
  await askLacking('alice', question);
  expect(comparable(bobs)).toBe(comparable(await askLacking('bob', question)));

  // What the newer one says counts, too, and only for those who may see it.
  const supper = 'How many pounds is supper abroad?';
  expect((await ask('alice', supper)).warnings).toEqual([
    '“Meals” (docs/meals.md) was replaced by “Quito rules” (docs/hr/quito.md).',
  ]);
  const bobsSupper = await ask('bob', supper);
  expect(bobsSupper).toMatchObject({ status: 'answered', warnings: [] });
  expect(JSON.stringify(bobsSupper)).not.toMatch(/quito|replaced|supersed/i);

  const course = 'How many pounds does a course in the library cost?';
  expect((await ask('alice', course)).warnings).toEqual([
    '“Course fees” (docs/courses.md) was replaced by “Lima rules” (docs/hr/lima.md).',
  ]);
  expect((await ask('bob', course)).warnings).toEqual([]);
  expect((await ask('alice', 'How many pounds does a locker in the cellar cost?')).warnings).toEqual([]);

  // What a document says of itself is told to all who see it.
  const trains = await ask('bob', 'In which class are trains booked?');
  expect(trains.warnings).toEqual(['“Trains” (docs/travel.md) was in force until 2024-12-31.']);
  expect(trains.citations[0]).toMatchObject({ validUntil: '2024-12-31' });
  const canteen = await ask('bob', 'When does the canteen open?');
  expect(canteen.warnings).toEqual(['“Canteen” (docs/canteen.md) says that it is no longer in force.']);
  expect(canteen.citations[0]).toMatchObject({ status: 'superseded' });
  const parking = await ask('bob', 'What does parking cost?');
  expect(parking.warnings).toEqual([]);
  expect(parking.citations[0]).toMatchObject({ validUntil: '2124-12-31' });
  expect(parking.citations[0]).not.toHaveProperty('status');
  expect(JSON.stringify(parking)).not.toContain('nowhere');

  // Where both are found, the newer one takes the place of the other.
  const hotel = await ask('bob', 'How many crowns a night is a hotel room in Leeds at most?');
  expect(hotel.text).toContain('150');
  expect(hotel.warnings).toEqual([
    '“Hotels of 2023” (docs/hotels-2023.md) was replaced by “Hotels of 2026” (docs/hotels-2026.md) and is left out.',
  ]);
  expect(hotel.context.omitted).toContainEqual({ uri: 'docs/hotels-2023.md', reason: 'superseded' });
  expect(hotel.context.text).not.toContain('120');

  // Of what an answer has nothing to do with nothing is said.
  const apart = await ask('bob', 'Who pays for hotel breakfasts of astronauts?');
  expect([apart.status, apart.warnings]).toEqual(['abstained', []]);
});

it('is named by a search that finds both, which leaves neither out', async () => {
  const { app, ingest } = await openTestApp({
    documents: {
      'hotels-2023.md': '# Hotels of 2023\n\nA hotel room in Leeds is at most 120 crowns a night.\n',
      'hr/hotels-2026.md':
        '---\nsupersedes: docs/hotels-2023.md\n---\n# Hotels of 2026\n\nA hotel room in Leeds is at most 150 crowns a night.\n',
    },
    embedder: null,
    rules: '[{ match: "hr/**", label: { anyOf: [hr] } }]',
  });
  await ingest();
  const search = async (person: string, query: string) => {
    const { hits, warnings } = await app.search(await app.scopeFor(app.principal(person)), { query });
    return { uris: hits.map(({ uri }) => uri).toSorted(), warnings };
  };
  expect(await search('alice', 'hotel room in Leeds')).toEqual({
    uris: ['docs/hotels-2023.md', 'docs/hr/hotels-2026.md'],
    warnings: ['“Hotels of 2023” (docs/hotels-2023.md) was replaced by “Hotels of 2026” (docs/hr/hotels-2026.md).'],
  });
  expect((await search('alice', 'hotel room in Leeds in 2023')).warnings).toEqual([]);
  expect(await search('bob', 'hotel room in Leeds')).toEqual({ uris: ['docs/hotels-2023.md'], warnings: [] });
});
