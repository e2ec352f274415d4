import { describe, expect, it } from 'vitest';
import { resolveAnswer } from '../../src/answer/answer-stream.ts';
import { createExtractiveModel, type ExtractiveOptions } from '../../src/llm/extractive.ts';
import { eventsOf, languageModelContract } from '../contract/language-model-contract.ts';
import { requestFor, type TestDocument } from '../support/context-window.ts';

languageModelContract('extractive', () => createExtractiveModel());

async function answerTo(
  question: string,
  documents: readonly TestDocument[],
  options: ExtractiveOptions = {},
): Promise<string> {
  const events = await eventsOf(createExtractiveModel(options), requestFor(documents, { question }));
  return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
}

const one = { maxSentences: 1 };

describe('the extractive model', () => {
  it('quotes the best sentence with the number of its item', async () => {
    const documents = [{ documentId: 'leave', text: 'Parental leave is 26 weeks. The canteen opens at noon.' }];
    expect(await answerTo('How long is parental leave?', documents, one)).toBe('Parental leave is 26 weeks. [1]');
  });

  it('reads a table row with the names of its columns', async () => {
    const text = '| item | limit |\n| --- | --- |\n| hotel, **Germany** | EUR 150 |';
    const request = requestFor([{ documentId: 'travel', text }], { question: 'hotel?' });
    const row = request.evidence.sentences.filter((sentence) => sentence.text.includes('Germany'));
    const events = await eventsOf(createExtractiveModel(), {
      ...request,
      evidence: { ...request.evidence, sentences: row },
    });
    expect(events[0]).toEqual({ type: 'text-delta', text: 'item: hotel, Germany; limit: EUR 150. [1]' });
  });

  it('never quotes the names of columns as an answer', async () => {
    const text = '| role | paid leave |\n| --- | --- |\n| parent | 26 weeks |';
    const answer = await answerTo('How long is the paid leave of each role?', [{ documentId: 'leave', text }]);
    expect(answer).toBe('role: parent; paid leave: 26 weeks. [1]');
  });

  it('leaves out the row of a table that lacks what the question names', async () => {
    const text = '| item | limit |\n| --- | --- |\n| hotel, Germany | EUR 150 |\n| hotel, elsewhere | EUR 180 |';
    const answer = await answerTo('What is the limit for a hotel in Germany?', [{ documentId: 'travel', text }]);
    expect(answer).toBe('item: hotel, Germany; limit: EUR 150. [1]');
  });

  it('takes the marks of Markdown off and escapes bracketed numbers of the source', async () => {
    const text = '- **Leave** of [26 weeks](https://example.com/a_(b)) is `paid` in full, see [3]';
    expect(await answerTo('leave?', [{ documentId: 'leave', text }], one)).toBe(
      'Leave of 26 weeks is paid in full, see \\[3\\]. [1]',
    );
  });

  it('quotes no bare number of a list', async () => {
    const text = 'Parental leave is applied for as follows. 1. Fill in Form 27b. 2. Give it to HR.';
    const request = requestFor([{ documentId: 'leave', text }], { question: 'parental leave?' });
    const marks = request.evidence.sentences.filter((sentence) => /^\d\.$/.test(sentence.text));
    expect(marks.length).toBeGreaterThan(0);
    expect(
      await eventsOf(createExtractiveModel(), { ...request, evidence: { ...request.evidence, sentences: marks } }),
    ).toEqual([expect.objectContaining({ type: 'finish' })]);
  });

  it('answers with what follows a heading or a question of the source', async () => {
    const text = '## Parental leave\n\nHow long is parental leave?\n\nIt is 26 weeks.';
    expect(await answerTo('How long is parental leave?', [{ documentId: 'leave', text }], one)).toBe(
      'It is 26 weeks. [1]',
    );
  });

  it('says the same thing once, though two documents say it', async () => {
    const text = 'Parental leave is 26 weeks.';
    const documents = [
      { documentId: 'a', text },
      { documentId: 'b', text },
    ];
    expect(await answerTo('How long is parental leave?', documents)).toBe('Parental leave is 26 weeks. [1]');
  });

  it('leaves a second sentence out that is far worse, whatever word of the question it adds', async () => {
    const request = requestFor([{ documentId: 'a', text: 'Annual leave is 27 days. Travellers get 26 EUR a day.' }]);
    const textFor = async (second: number) => {
      const [first, other] = request.evidence.sentences;
      const sentences = [first, other].flatMap((one, index) =>
        one === undefined ? [] : [{ ...one, score: index === 0 ? 1 : second }],
      );
      const asked = { ...request, question: 'How much annual leave do travellers get?' };
      const events = await eventsOf(createExtractiveModel(), {
        ...asked,
        evidence: { ...request.evidence, sentences },
      });
      return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
    };
    expect(await textFor(0.61)).toContain('Travellers');
    expect(await textFor(0.59)).toBe('Annual leave is 27 days. [1]');
  });

  it('leaves a second sentence out that is worse and adds no word of the question', async () => {
    const request = requestFor([
      { documentId: 'leave', text: 'Parental leave is 26 weeks. Lunch is at noon. Leave is paid.' },
    ]);
    const scores = [1, 0.7, 0.65];
    const sentences = request.evidence.sentences.map((sentence, index) => ({ ...sentence, score: scores[index] ?? 0 }));
    const textFor = async (question: string) =>
      (await eventsOf(createExtractiveModel(), { ...request, question, evidence: { ...request.evidence, sentences } }))
        .map((event) => (event.type === 'text-delta' ? event.text : ''))
        .join('');
    expect(await textFor('How long is parental leave?')).toBe('Parental leave is 26 weeks. [1]');
    expect(await textFor('Is parental leave paid?')).toBe('Parental leave is 26 weeks. [1] Leave is paid. [1]');
  });

  it('sets quotes apart that would otherwise read, and be checked, as one sentence', async () => {
    const documents = [
      {
        documentId: 'locks',
        text: '| colour | for whom |\n| --- | --- |\n| blue | electricians |\n| green | electricians, shift leaders |',
      },
    ];
    const request = requestFor(documents, { question: 'who are the blue and the green locks for?' });
    const rows = request.evidence.sentences.filter((sentence) => sentence.text.includes('electricians'));
    const events = await eventsOf(createExtractiveModel(), {
      ...request,
      evidence: { ...request.evidence, sentences: rows },
    });
    const text = events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
    expect(text).toContain('[1]\n\ncolour: ');
    const answer = resolveAnswer(text, { window: request.window, policy: 'remove' });
    expect(answer.claims.map((claim) => claim.support)).toEqual(['verbatim', 'verbatim']);
  });

  it('quotes nothing that is not in the window', async () => {
    const request = requestFor([{ documentId: 'leave', text: 'Parental leave is 26 weeks.' }]);
    const events = await eventsOf(createExtractiveModel(), { ...request, window: { ...request.window, items: [] } });
    expect(events).toEqual([{ type: 'finish', finishReason: 'stop', inputTokens: 0, outputTokens: 0 }]);
  });

  it('is recognised as verbatim, with the row itself as the quote', async () => {
    const text = 'Rates:\n\n| item | limit |\n| --- | --- |\n| *meals*, see [2] | EUR 45. Tips too. |\n';
    const request = requestFor([{ documentId: 'travel', text }]);
    const sentences = request.evidence.sentences.filter((sentence) => sentence.text.includes('meals'));
    const events = await eventsOf(createExtractiveModel(), {
      ...request,
      evidence: { ...request.evidence, sentences },
    });
    const answer = resolveAnswer(events.map((event) => (event.type === 'text-delta' ? event.text : '')).join(''), {
      window: request.window,
      policy: 'remove',
    });
    expect(answer.droppedClaims).toEqual([]);
    expect(answer.citations.map((citation) => [citation.quote, citation.support])).toEqual([
      ['| *meals*, see [2] | EUR 45. Tips too. |', 'verbatim'],
    ]);
  });
});
