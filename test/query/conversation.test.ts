import { describe, expect, it } from 'vitest';
import type { AccessScope } from '../../src/access/scope.ts';
import type { Answer } from '../../src/core/answer.ts';
import { PerseaError } from '../../src/core/errors.ts';
import type { Zone } from '../../src/core/zones.ts';
import type { AskRequest } from '../../src/query/question.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { openIngestedApp } from '../support/test-app.ts';

const documents = {
  'leave.md':
    '# Leave\n\n## Parental leave\n\nParental leave is 26 weeks at full pay.\n\n## Notice\n\nThe notice period is 8 weeks.\n',
  'travel.md': '# Travel\n\nA hotel may cost EUR 140 a night. The notice of a trip is 3 days.\n',
  'hr/severance.md': '# Zanzibar settlement\n\nSeverance pay is one monthly salary for each year of service.\n',
};

async function open({ reply, zone = 'local' }: { reply?: string; zone?: Zone } = {}) {
  const model = new FakeLanguageModel({
    zone,
    reply: (request) => {
      if (request.prompt.id !== 'condense') return 'Parental leave is 26 weeks at full pay. [1]';
      return reply ?? new PerseaError('model-failed', 'down');
    },
  });
  const { app } = await openIngestedApp({
    documents,
    label: '{ anyOf: [staff], classification: public }',
    models: [{ model, maxOutputTokens: 100 }],
  });
  const ask = async (scope: AccessScope, request: AskRequest): Promise<Answer> => app.ask(scope, request);
  const scopeOf = (id: string) => app.scopeFor(app.principal(id));
  return { app, model, ask, scopeOf };
}

describe('a conversation', () => {
  it('makes a follow-up clear with what the same person asked before, by a model or, where that fails, by rules', async () => {
    const { model, ask, scopeOf } = await open();
    const [bob, alice] = [await scopeOf('bob'), await scopeOf('alice')];
    await ask(bob, { question: 'How long is parental leave?', conversationId: 'c1' });
    model.calls.length = 0;
    await ask(bob, { question: 'And at which pay?', conversationId: 'c1' });
    expect(model.calls.map(({ prompt }) => prompt.id)).toEqual(['condense', 'answer']);
    expect(model.calls[0]?.prompt.user).toContain('Employee: How long is parental leave?');
    expect(model.calls[1]?.prompt.user).toContain('Question: And at which pay? (long parental leave');
    model.calls.length = 0;
    await ask(alice, { question: 'And at which pay?', conversationId: 'c1' });
    expect(model.calls.map(({ prompt }) => prompt.user).join()).not.toContain('(long parental leave');
  });

  it('answers nothing to a word of thanks, and goes on with what was asked before it', async () => {
    const { model, ask, scopeOf } = await open();
    const bob = await scopeOf('bob');
    await ask(bob, { question: 'How long is parental leave?', conversationId: 'c1' });
    model.calls.length = 0;
    for (const question of ['Perfect!', 'Thanks', 'ok']) {
      const answer = await ask(bob, { question, conversationId: 'c1' });
      expect(answer).toMatchObject({ status: 'abstained', reason: 'no-evidence', citations: [], nearest: [] });
    }
    expect(model.calls).toEqual([]);
    await ask(bob, { question: 'And at which pay?', conversationId: 'c1' });
    expect(model.calls.at(-1)?.prompt.user).toContain('Question: And at which pay? (long parental leave');
  });

  describe('of which the words do not tell whether it goes on', () => {
    const pages = {
      'leave.md':
        '# Leave\n\n## Parental leave\n\nParental leave is 26 weeks at full pay. For twins four paid weeks are added.\n\n' +
        '## Annual leave\n\nAnnual leave is 27 days. Part-time employees receive leave in proportion.\n',
      'pay.md':
        '---\nsupersedes: old-pay.md\n---\n# Pay\n\n## Referral\n\nWhoever recommends a colleague receives a referral bonus of EUR 1,500.\n',
      'old-pay.md':
        '# Pay before\n\n## Referral\n\nThe referral bonus for a new colleague is EUR 900, paid after probation.\n',
      'training.md':
        '# Training\n\nThe training budget is EUR 1,200 a year. It covers courses, part-timers included in full.\n',
    };
    const followed = async (first: string, second: string, embedder?: null) => {
      const { app } = await openIngestedApp({ documents: pages, ...(embedder === null ? { embedder } : {}) });
      const bob = await app.scopeFor(app.principal('bob'));
      await app.ask(bob, { question: first, conversationId: 'c' });
      return app.ask(bob, { question: second, conversationId: 'c' });
    };

    it.each([[undefined], [null]])(
      'answers another subject by what is found for it (embedder %s)',
      async (embedder) => {
        const answer = await followed('How long is parental leave?', 'And the referral bonus?', embedder);
        expect(answer.citations[0]?.quote).toContain('EUR 1,500');
        expect(new Set(answer.warnings).size).toBe(answer.warnings.length);
      },
    );

    it('stays with the old one where that speaks of it', async () => {
      const twins = await followed('How long is parental leave?', 'and for twins?');
      expect(twins.citations[0]?.quote).toBe('For twins four paid weeks are added.');
    });

    it('says nothing of an old subject to whoever names what nothing speaks of', async () => {
      for (const second of ['And in Oslo?', 'and the ZRF?', 'What about it for Nina Petrov?']) {
        expect(await followed('How long is annual leave?', second)).toMatchObject({
          status: 'abstained',
          citations: [],
        });
      }
    });

    it('says nothing of an old subject to a new one that has no answer', async () => {
      const answer = await followed('How long is parental leave?', 'How high is the dividend for shareholders?');
      expect(answer).toMatchObject({ status: 'abstained' });
      expect(answer).not.toHaveProperty('searchedFor');
    });
  });

  it('uses what a model made of it as a question only', async () => {
    const { model, ask, scopeOf } = await open({ reply: 'At which pay is parental leave?' });
    const bob = await scopeOf('bob');
    await ask(bob, { question: 'How long is parental leave?', conversationId: 'c1' });
    const answer = await ask(bob, { question: 'And at which pay?', conversationId: 'c1' });
    expect(model.calls.at(-1)?.prompt.user).toContain('Question: At which pay is parental leave?');
    expect(answer.citations[0]?.quote).toBe('Parental leave is 26 weeks at full pay.');
  });

  it.each(['local', 'external'] as const)(
    'reads headings of earlier answers again: a model in the zone %s gets those that it may have and the person may see now',
    async (zone) => {
      const { app, model, ask, scopeOf } = await open({ zone });
      const alice = await scopeOf('alice');
      const sent = () => model.calls.map(({ prompt }) => `${prompt.system}${prompt.user}`).join('\n');
      const followUp = { question: 'What about it?', conversationId: 'c2' };
      await ask(alice, { question: 'List all documents about Zanzibar', conversationId: 'c2' });
      await ask(alice, followUp);
      expect(sent().includes('Zanzibar settlement')).toBe(zone === 'local');

      await ask(alice, { question: 'List all documents about Zanzibar', conversationId: 'c3' });
      model.calls.length = 0;
      const revoked = await app.scopeFor({ ...app.principal('alice'), heldTags: new Set(['staff']) });
      const later = await ask(revoked, { ...followUp, conversationId: 'c3' });
      expect(sent()).toContain('about Zanzibar');
      expect(sent() + JSON.stringify(later)).not.toContain('settlement');
    },
  );
});
