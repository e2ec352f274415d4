/** The judge in the whole path of a question, with models that do what they should not. */
import { describe, expect, it } from 'vitest';
import { scopeOf, systemScope } from '../../src/access/scope.ts';
import type { UsageRecord } from '../../src/catalog/catalog.ts';
import type { Answer } from '../../src/core/answer.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { AnswerCache } from '../../src/query/answer-cache.ts';
import { ask, askStream } from '../../src/query/ask.ts';
import type { AskDependencies } from '../../src/query/dependencies.ts';
import type { AskEvent } from '../../src/query/question.ts';
import { FakeLanguageModel, type FakeLanguageModelOptions } from '../support/fake-language-model.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { onePassage, passageQuestion as question } from '../support/one-passage.ts';

const scope = systemScope('test');
const quoted = 'Parental leave is 26 weeks at full pay for all employees [1].';
const partial = 'Parental leave lasts 26 weeks at full pay for all employees [1].';
const reworded = 'Staff receive 26 weeks of parental leave with their whole salary [1].';
const wrong = 'Parental leave lasts 27 weeks at full pay for all employees [1].';

const say = (...verdicts: readonly string[]) =>
  JSON.stringify({ verdicts: verdicts.map((verdict, index) => ({ claim: index + 1, verdict })) });

function setting(
  text: string,
  judgeReply: FakeLanguageModelOptions['reply'],
  more: Partial<AskDependencies> & { readonly judge?: never; readonly deadlineMs?: number } = {},
  judgeOptions: Partial<FakeLanguageModelOptions> = {},
) {
  const { deadlineMs = 30_000, ...dependencies } = more;
  const writer = new FakeLanguageModel({ id: 'writer', reply: text });
  const judge = new FakeLanguageModel({ id: 'judge', reply: judgeReply, ...judgeOptions });
  const path = onePassage({
    stored: { revision: 1 },
    models: [{ model: writer, maxOutputTokens: 100, parameters: 'x' }],
    settings: { deadlineMs },
    judge: { model: judge, inDoubt: ['none', 'partial'] },
    ...dependencies,
  });
  return { writer, judge, ask: () => ask(path, scope, { question }), path };
}

const supports = (answer: Answer) => answer.claims.map(({ support }) => support);

describe('a judge', () => {
  it('is asked once, about what is in doubt alone, and its call is on record', async () => {
    const records: UsageRecord[] = [];
    const { judge, ask: put } = setting(`${quoted} ${partial} ${reworded}`, say('supported', 'supported'), {
      recordUsage: async (usage) => void records.push(usage),
    });
    const answer = await put();
    expect(answer).toMatchObject({ status: 'answered', model: { id: 'writer' } });
    expect(supports(answer)).toEqual(['verbatim', 'entailed', 'partial']);
    expect(answer.warnings).toEqual(['1 sentence is only partly supported by the cited text.']);
    expect(judge.calls).toHaveLength(1);
    const sent = judge.calls[0]?.prompt;
    expect(sent).toMatchObject({ id: 'judge', version: '1' });
    expect(sent?.user.match(/"claim":/g)).toHaveLength(2);
    expect(answer.attempts).toMatchObject([
      { model: 'writer', outcome: 'answered' },
      { model: 'judge', purpose: 'judge', outcome: 'answered' },
    ]);
    expect(answer.attempts?.[0]).not.toHaveProperty('purpose');
    const spent = answer.attempts?.reduce((sum, { inputTokens }) => sum + inputTokens, 0);
    expect(answer.usage.inputTokens).toBe(spent);
    expect(records[0]?.calls?.map(({ modelId }) => modelId)).toEqual(['writer', 'judge']);
    expect(records[0]).toMatchObject({ modelId: 'writer', inputTokens: spent });
  });

  it('is not asked where nothing is in doubt, or where the rules contradict', async () => {
    for (const text of [quoted, `${quoted} ${wrong}`, "I don't know."]) {
      const { judge, ask: put } = setting(text, say('supported'));
      await put();
      expect(judge.calls).toHaveLength(0);
    }
  });

  it('takes away what it does not find supported', async () => {
    const answer = await setting(`${quoted} ${partial}`, say('unsupported')).ask();
    expect(supports(answer)).toEqual(['verbatim']);
    expect(answer.warnings).toEqual(['1 sentence was left out: the sources do not support it.']);
    expect(await setting(partial, say('unsupported')).ask()).toMatchObject({
      status: 'abstained',
      reason: 'unsupported-claims',
      citations: [],
    });
  });

  it('cannot raise what the rules contradict, whatever it says', async () => {
    const { judge, ask: put } = setting(`${wrong} ${reworded}`, say('supported'));
    const answer = await put();
    expect(judge.calls[0]?.prompt.user).not.toContain('27');
    expect(answer.text).not.toContain('27');
  });

  it.each([
    ['talks', 'Both claims are well supported, I think.', 'it replied with something else than verdicts'],
    ['leaves one out', say('supported'), 'it replied with something else than verdicts'],
    ['says nothing', '', 'it replied with something else than verdicts'],
    ['fails', new PerseaError('model-failed', 'down'), 'model-failed'],
  ])('that %s leaves it to the rules, with a warning', async (_, reply, reason) => {
    const answer = await setting(`${quoted} ${partial} ${reworded}`, reply).ask();
    expect(supports(answer)).toEqual(['verbatim', 'partial']);
    expect(answer.warnings[0]).toMatch(
      /^The judge "judge" gave no verdict on 2 sentences \(.*\); the rules decided alone\.$/,
    );
    expect(answer.warnings[0]).toContain(reason);
    expect(answer.attempts?.at(-1)).toMatchObject({ purpose: 'judge', outcome: 'failed', code: 'model-failed' });
  });

  it('that never replies is left when the time for the question is over', async () => {
    const { path } = setting(partial, '', { deadlineMs: 300 });
    const { judge } = path;
    if (!judge) throw new Error('no judge');
    async function* generate(): AsyncGenerator<never> {
      await new Promise<never>(() => undefined);
    }
    const silent = { ...path, judge: { ...judge, model: { ...judge.model, tokens: judge.model.tokens, generate } } };
    const answer = await ask(silent, scope, { question });
    expect(supports(answer)).toEqual(['partial']);
    expect(answer.warnings[0]).toContain('(model-timeout)');
  });

  it('is not asked where it may not see what the writer saw', async () => {
    const { judge, ask: put } = setting(partial, say('supported'), {}, { zone: 'external' });
    const answer = await put();
    expect(judge.calls).toHaveLength(0);
    expect(supports(answer)).toEqual(['partial']);
    expect(answer.warnings[0]).toContain('may not reach the zone external');
    expect(answer.attempts).toHaveLength(1);
  });

  it('is not asked when the budget is spent', async () => {
    const explanation = 'Your budget of tokens for today does not cover another question to this model.';
    let admissions = 0;
    const { judge, ask: put } = setting(partial, say('supported'), {
      budgets: {
        admit: async () =>
          admissions++ === 0 ? { isAdmitted: true, release: () => undefined } : { isAdmitted: false, explanation },
      },
    });
    const answer = await put();
    expect(judge.calls).toHaveLength(0);
    expect(supports(answer)).toEqual(['partial']);
    expect(answer.warnings[0]).toContain(explanation);
    expect(answer.attempts?.at(-1)).toMatchObject({ model: 'judge', purpose: 'judge', outcome: 'skipped' });
  });

  it('frees what it held of a budget', async () => {
    let held = 0;
    const { ask: put } = setting(partial, say('supported'), {
      budgets: {
        admit: async () => {
          held++;
          return { isAdmitted: true, release: () => held-- };
        },
      },
    });
    await put();
    expect(held).toBe(0);
  });

  it('streams sentences before the first in doubt as they pass, and the rest with its verdict', async () => {
    const { path, judge } = setting(`${quoted} ${partial} ${quoted.replace('all', 'all our')}`, say('supported'));
    const events: AskEvent[] = [];
    let callsAtFirst = -1;
    for await (const event of askStream(path, scope, { question })) {
      if (event.type === 'text-delta' && callsAtFirst < 0) callsAtFirst = judge.calls.length;
      events.push(event);
    }
    expect(callsAtFirst).toBe(0);
    const end = events.at(-1);
    if (end?.type !== 'answer-end') throw new Error('no answer');
    const sent = events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
    expect(sent).toBe(end.answer.text);
    const cited = events.flatMap((event) => (event.type === 'citation' ? [event.citation] : []));
    expect(cited).toEqual(end.answer.citations);
    expect(supports(end.answer).slice(0, 2)).toEqual(['verbatim', 'entailed']);
  });

  it('stops with its reader', async () => {
    const controller = new AbortController();
    const { path } = setting(partial, () => {
      controller.abort();
      return say('supported');
    });
    await expect(ask(path, scope, { question }, { signal: controller.signal })).rejects.toThrow();
  });

  it('decides whether an answer is worth keeping: one without its verdict is made again', async () => {
    const answers = new AnswerCache(() => ({ entries: 10, maxAgeMs: 60_000 }), new ManualClock());
    const without = setting(partial, 'no verdict', { answers });
    await without.ask();
    const { writer, judge, ask: put } = setting(partial, say('supported'), { answers });
    expect(await put()).toMatchObject({ cache: 'miss' });
    const again = await put();
    expect(again).toMatchObject({ cache: 'hit', status: 'answered' });
    expect(supports(again)).toEqual(['entailed']);
    expect([writer.calls.length, judge.calls.length]).toEqual([1, 1]);
  });

  it('that is another one under the same name, or has another prompt, judges anew', async () => {
    const answers = new AnswerCache(() => ({ entries: 10, maxAgeMs: 60_000 }), new ManualClock());
    const { path, ask: put } = setting(partial, say('supported'), { answers });
    await put();
    const { judge, prompts } = path;
    if (judge === undefined || judge === null) throw new Error('no judge');
    const askOf = (change: Partial<AskDependencies>) => ask({ ...path, ...change }, scope, { question });
    expect(await askOf({})).toMatchObject({ cache: 'hit' });
    expect(await askOf({ judge: { ...judge, parameters: 'another model' } })).toMatchObject({ cache: 'miss' });
    const reworded: AskDependencies['prompts'] = {
      ...prompts,
      choose: (purpose, model) => ({
        ...prompts.choose(purpose, model),
        ...(purpose === 'judge' && { hash: 'other' }),
      }),
    };
    expect(await askOf({ prompts: reworded })).toMatchObject({ cache: 'miss' });
  });

  it('leaves the marks of escalation to the models that answer', async () => {
    const cheap = new FakeLanguageModel({ id: 'cheap', reply: `${partial} ${wrong}` });
    const strong = new FakeLanguageModel({ id: 'strong', reply: quoted });
    const judge = new FakeLanguageModel({ id: 'judge', reply: say('supported') });
    const path = onePassage({
      stored: { revision: 1 },
      models: [
        {
          model: {
            ...cheap,
            tokens: cheap.tokens,
            generate: cheap.generate.bind(cheap),
            price: { inputPerMTok: 0, outputPerMTok: 0 },
          },
          maxOutputTokens: 100,
        },
        { model: strong, maxOutputTokens: 100 },
      ],
      settings: { routing: 'escalate' },
      judge: { model: judge, inDoubt: ['none', 'partial'] },
    });
    const answer = await ask(path, scopeOf({ id: 'bob', groups: [], roles: ['employee'], heldTags: new Set() }, []), {
      question,
    });
    expect(answer).toMatchObject({ status: 'answered', model: { id: 'strong' } });
    expect(answer.attempts).toMatchObject([
      { model: 'cheap', outcome: 'escalated' },
      { model: 'judge', outcome: 'answered' },
      { model: 'strong', outcome: 'answered' },
    ]);
  });
});

describe('a claim in another language than its source', () => {
  const german = 'Der Elternurlaub dauert 26 Wochen und wird voll bezahlt [1].';
  const supported = say('supported');

  it('comes before the judge, beside the sentence that speaks to the question, and is shown if that is what it says', async () => {
    const { judge, ask: put } = setting(german, supported);
    const answer = await put();
    expect(judge.calls[0]?.prompt.user).toContain('Parental leave is 26 weeks at full pay for all employees.');
    expect(answer).toMatchObject({ status: 'answered', text: `${german.replace(' [1].', '.')} [1]` });
    expect(supports(answer)).toEqual(['partial']);
    expect(answer.citations).toMatchObject([
      { marker: 1, quote: 'Parental leave is 26 weeks at full pay for all employees.' },
    ]);
  });

  it('is left out where the judge does not find it there', async () => {
    expect(await setting(german, say('unsupported')).ask()).toMatchObject({
      status: 'abstained',
      reason: 'unsupported-claims',
    });
  });

  it.each([
    ['has a number that its source has not', german.replace('26', '27')],
    ['has one of its numbers wrong', german.replace('wird', 'wird in 3 Teilen')],
    ['cites nothing', german.replace(' [1]', '')],
    ['is in a language that nobody knows', 'Blorf dunga 26 wibble [1].'],
  ])('never comes before the judge where it %s', async (_, text) => {
    const { judge, ask: put } = setting(text, supported);
    expect(await put()).toMatchObject({ status: 'abstained', citations: [] });
    expect(judge.calls).toHaveLength(0);
  });

  it('may be cited at the end of its paragraph', async () => {
    const { judge, ask: put } = setting(
      'Der Elternurlaub dauert 26 Wochen. Er wird voll bezahlt und gilt für alle [1].',
      say('supported', 'supported'),
    );
    const answer = await put();
    expect(judge.calls).toHaveLength(1);
    expect(supports(answer)).toEqual(['partial', 'partial']);
  });

  it('stays without support where there is no judge', async () => {
    const { path } = setting(german, supported);
    expect(await ask({ ...path, judge: null }, scope, { question })).toMatchObject({ status: 'abstained' });
  });
});
