import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/core/answer.ts';
import { collectionQuestion } from '../../src/query/collection-question.ts';
import type { AskEvent, AskRequest } from '../../src/query/question.ts';
import { openIngestedApp } from '../support/test-app.ts';

describe('questions about the whole collection', () => {
  it.each([
    ['How many documents are there?', 'count', null],
    ['How many documents do you have about parental leave?', 'count', 'parental leave'],
    ['How many PDFs are in the knowledge base?', 'count', null],
    ['Please list all of our policies about travel', 'list', 'policies travel'],
    ['Which documents do we have?', 'list', null],
    ['Can you give me a summary of the whole knowledge base?', 'contents', null],
    ['Summarise everything', 'contents', null],
    ['How many documents mention Kestrel?', 'contents', 'Kestrel'],
    ['List all people named in all documents', 'contents', 'all people named'],
    ['Wie viele Dokumente gibt es zum Thema Urlaub?', 'count', 'Urlaub'],
    ['Liste alle Richtlinien auf', 'list', 'Richtlinien'],
    ['Kannst du mir alle Dokumente auflisten?', 'list', null],
    ['Fasse bitte alle Dokumente zusammen', 'contents', null],
    ['Combien de documents y a-t-il ?', 'count', null],
    ['Liste tous les documents sur le télétravail', 'list', 'télétravail'],
    ['What can you answer?', 'list', null],
    ['what topics do you cover', 'list', null],
    ['Was kannst du alles?', 'list', null],
    ['Que peux-tu faire ?', 'list', null],
    ['Summarise the handbook', 'contents', null],
    ['Fasse das Handbuch zusammen', 'contents', null],
  ])('%s', (question, kind, topic) => {
    expect(collectionQuestion(question)).toMatchObject({ kind, topic });
  });

  it.each([
    ['Which documents changed this month?', { unit: 'month', ago: 0 }],
    ['which policies were updated last week', { unit: 'week', ago: 1 }],
    ['Which files are from 2025?', { year: 2025 }],
    ['Welche Dokumente wurden dieses Jahr geändert?', { unit: 'year', ago: 0 }],
    ["Quels documents ont été modifiés aujourd'hui ?", { unit: 'day', ago: 0 }],
  ])('%s asks for a period', (question, period) => {
    expect(collectionQuestion(question)).toMatchObject({ kind: 'list', period, isNewestFirst: true });
  });

  it.each([
    ['how many policies', 'first'],
    ['Wie viele Dokumente?', 'first'],
    ['quels documents', 'first'],
    ['Is there a policy on remote work?', 'titles'],
    ['show me all travel policies', 'titles'],
  ])('%s may be one', (question, onlyIf) => {
    expect(collectionQuestion(question)?.onlyIf).toBe(onlyIf);
  });

  it.each([
    'What can you tell me about parental leave?',
    'What do you know about pumps?',
    'Which documents changed hands in the audit?',
    'Which minutes?',
    'How many days of leave do I get?',
    'How many documents do I need for a visa?',
    'How many pages may I print per month?',
    'How many policies does the insurer offer?',
    'How many policies exist in my account?',
    'What is the maximum number of documents that can be retrieved in a single request?',
    'How many books are endorsed by the American Library Association?',
    'Which documents do I need for parental leave?',
    'List all steps to restore Meridian',
    'Summarise the travel policy',
    'Summarise everything about parental leave',
    'policies about travel',
    'documents',
    'Wie viele Tage Urlaub habe ich?',
    'Welche Dokumente brauche ich für die Elternzeit?',
    'Fasse die Reiserichtlinie zusammen',
    'Combien de jours de congé ai-je ?',
  ])('%s is an ordinary question', (question) => {
    expect(collectionQuestion(question)).toBeNull();
  });
});

const documents = {
  'leave-policy.md': '# Leave policy\n\nEveryone has 27 days.\n',
  'travel-policy.md': '# Travel policy\n\nTrains go in second class.\n',
  'canteen.md': '# Canteen hours [3]\n\nLunch is from 12.\n',
  'hr/pay-policy.md': '# Pay policy\n\nPay is secret.\n',
};

async function asker() {
  const { app } = await openIngestedApp({ documents });
  return {
    app,
    async ask(person: string, request: AskRequest): Promise<Answer> {
      return app.ask(await app.scopeFor(app.principal(person)), request);
    },
  };
}

describe('what the catalogue answers', () => {
  it('counts and lists only what the person may see, each document cited by its own words', async () => {
    const { app, ask } = await asker();
    const scope = await app.scopeFor(app.principal('bob'));
    const bob = await ask('bob', { question: 'How many documents are there?' });
    expect(bob).toMatchObject({ status: 'answered', model: null, usage: { inputTokens: 0 } });
    expect(bob.text).toBe(
      'You may see 3 documents:\n- Canteen hours \\[3\\] [1]\n- Leave policy [2]\n- Travel policy [3]',
    );
    for (const { documentId, start, end, quote } of bob.citations) {
      expect((await app.catalog.text(scope, documentId))?.text.slice(start, end)).toBe(quote);
    }
    const alice = await ask('alice', { question: 'How many documents are there?' });
    expect(alice.text).toContain('You may see 4 documents');
    expect(alice.citations.map(({ uri }) => uri)).toContain('docs/hr/pay-policy.md');
    expect(JSON.stringify(bob)).not.toContain('pay-policy');
  });

  it('narrows by title, by format and by the filters of the request', async () => {
    const { ask } = await asker();
    const uris = async (request: AskRequest) => (await ask('bob', request)).citations.map(({ uri }) => uri);
    const policies = ['docs/leave-policy.md', 'docs/travel-policy.md'];
    expect(await uris({ question: 'List all policies' })).toEqual(policies);
    expect(await uris({ question: 'Welche Dokumente gibt es zu Travel?' })).toEqual(['docs/travel-policy.md']);
    expect(await uris({ question: 'List all documents', filters: { uriPrefix: 'docs/c' } })).toEqual([
      'docs/canteen.md',
    ]);
    expect(await uris({ question: 'List all documents', filters: { uriPrefix: 'docs/hr/' } })).toEqual([]);
  });

  it.each(['Summarise everything', 'How many documents mention pay?', 'Which policies do we have on pay?'])(
    'abstains and says why: %s',
    async (question) => {
      const { ask } = await asker();
      const answer = await ask('bob', { question });
      expect(answer).toMatchObject({ status: 'abstained', reason: 'whole-collection', citations: [], model: null });
      expect(answer.text).toContain('all documents at once');
      expect(JSON.stringify(answer)).not.toContain('pay-policy');
    },
  );

  it('lists what is dated in a period, the newest first', async () => {
    const { app } = await openIngestedApp({
      documents: {
        'a.md': '---\ndate: 2024-02-01\n---\n# Parking\n\nFree.\n',
        'b.md': '---\ndate: 2025-03-01\n---\n# Bicycles\n\nFree.\n',
        'c.md': '---\ndate: 2025-12-31\n---\n# Buses\n\nFree.\n',
        'hr/d.md': '---\ndate: 2025-06-01\n---\n# Pay\n\nSecret.\n',
      },
    });
    const bob = await app.scopeFor(app.principal('bob'));
    const { text } = await app.ask(bob, { question: 'Which documents were updated in 2025?' });
    expect(text).toBe('You may see 2 documents of that time, the newest first:\n- Buses [1]\n- Bicycles [2]');
    const filters = { until: '2025-06-30' };
    const first = await app.ask(bob, { question: 'Which documents were updated in 2025?', filters });
    expect(first.citations.map(({ uri }) => uri)).toEqual(['docs/b.md']);
    const none = await app.ask(bob, { question: 'Which documents are from 1999?' });
    expect(none).toMatchObject({ status: 'abstained', reason: 'no-evidence', nearest: [] });
  });

  it('leaves to a search what no title names, and to the question before what goes on from it', async () => {
    const { app, ask } = await asker();
    const listed = await ask('bob', { question: 'Is there a policy on travel?' });
    expect(listed.text).toContain('You may see 1 document');
    const found = await ask('bob', { question: 'Is there a policy on second class?' });
    expect(found.citations[0]?.quote).toBe('Trains go in second class.');
    expect((await ask('bob', { question: 'how many policies' })).text).toContain('You may see 2 documents');
    const history = [{ role: 'user' as const, text: 'How many days does everyone have?' }];
    const goesOn = await app.ask(await app.scopeFor(app.principal('bob')), { question: 'which documents?', history });
    expect(goesOn.text).not.toContain('You may see');
  });

  it('abstains in the language of the question', async () => {
    const { ask } = await asker();
    const text = async (question: string) => (await ask('bob', { question })).text;
    expect(await text('Fasse alles zusammen')).toContain('Diese Frage betrifft alle Dokumente zugleich.');
    expect(await text('Wie hoch ist der Zuschlag für Nachtarbeit?')).toContain('die Sie sehen dürfen');
    expect(await text('Quelle est la prime de nuit ?')).toContain('que vous pouvez voir');
    expect(await text('Quanto custa o estacionamento?')).toContain('that you may see');
  });

  it('sends each citation before the line that uses it, and the pieces make up the text', async () => {
    const { app } = await asker();
    const scope = await app.scopeFor(app.principal('bob'));
    const events: AskEvent[] = [];
    for await (const event of app.askStream(scope, { question: 'List all policies' })) events.push(event);
    const known = new Set<number>();
    let text = '';
    for (const event of events) {
      if (event.type === 'citation') known.add(event.citation.marker);
      if (event.type !== 'text-delta') continue;
      text += event.text;
      for (const [, marker] of text.matchAll(/(?<!\\)\[(\d+)\]/g)) expect(known).toContain(Number(marker));
    }
    const last = events.at(-1);
    expect(last?.type === 'answer-end' ? last.answer.text : null).toBe(text);
  });
});
