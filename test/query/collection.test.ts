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
  ])('%s', (question, kind, topic) => {
    expect(collectionQuestion(question)).toMatchObject({ kind, topic });
  });

  it.each([
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
