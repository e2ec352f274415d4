/** One more attempt of a model whose sentences no source supports. */
import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import type { AnswerPolicy } from '../../src/answer/answer-stream.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { AnswerCache } from '../../src/query/answer-cache.ts';
import { ask, askStream } from '../../src/query/ask.ts';
import type { AskDependencies } from '../../src/query/dependencies.ts';
import type { AskEvent } from '../../src/query/question.ts';
import type { RepairMode } from '../../src/query/repair.ts';
import { FakeLanguageModel, type FakeLanguageModelOptions } from '../support/fake-language-model.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { onePassage, passageQuestion as question } from '../support/one-passage.ts';

const scope = systemScope('test');
const text = 'Parental leave is 26 weeks at full pay for all employees. It is announced ten days before with Form 7.';
const right = 'Parental leave is 26 weeks at full pay for all employees [1].';
const form = 'It is announced ten days before with Form 7 [1].';
const wrong = 'Parental leave is 27 weeks at full pay for all employees [1].';
const yacht = 'Every employee owns a yacht in Monaco [1].';

function setting(
  reply: FakeLanguageModelOptions['reply'],
  {
    repair = 'lost',
    unsupported = 'remove',
    ...more
  }: Partial<AskDependencies> & { readonly repair?: RepairMode; readonly unsupported?: AnswerPolicy } = {},
  options: Partial<FakeLanguageModelOptions> = {},
) {
  const model = new FakeLanguageModel({ id: 'writer', reply, ...options });
  const path = onePassage({
    text,
    stored: { revision: 1 },
    models: [{ model, maxOutputTokens: 100, parameters: 'x' }],
    settings: { repair, unsupported },
    ...more,
  });
  return { model, path, ask: () => ask(path, scope, { question }) };
}

describe('a model whose answer is lost', () => {
  it('is asked once more, told what no source supports, and answers', async () => {
    const { model, ask: put } = setting([`${wrong} ${yacht}`, right]);
    const answer = await put();
    expect(answer).toMatchObject({
      status: 'answered',
      text: 'Parental leave is 26 weeks at full pay for all employees. [1]',
    });
    expect(answer.warnings).toEqual([]);
    const [first, second] = model.calls.map(({ prompt }) => prompt);
    expect([first?.id, second?.id]).toEqual(['answer', 'repair']);
    expect(answer.prompt?.id).toBe('answer');
    expect(second?.user).toContain('"Parental leave is 27 weeks at full pay for all employees."\n"Every employee owns');
    expect(second?.user).toContain(text);
    expect(answer.attempts).toMatchObject([
      { model: 'writer', outcome: 'answered' },
      { model: 'writer', purpose: 'repair', outcome: 'answered' },
    ]);
    const spent = answer.attempts?.reduce((sum, { inputTokens }) => sum + inputTokens, 0);
    expect(answer.usage.inputTokens).toBe(spent);
  });

  it.each([
    ['invents again', yacht, 'unsupported-claims'],
    ['repeats itself', wrong, 'unsupported-claims'],
    ['says that it does not know', "I don't know.", 'insufficient-evidence'],
    ['says nothing', '', 'unsupported-claims'],
    ['fails', new PerseaError('model-failed', 'down'), 'unsupported-claims'],
  ])('and that %s is asked no third time', async (_, reply, reason) => {
    const { model, ask: put } = setting([wrong, reply, right]);
    expect(await put()).toMatchObject({ status: 'abstained', reason, citations: [], claims: [], warnings: [] });
    expect(model.calls).toHaveLength(2);
  });

  it('shows what is beside the question only with what answers it', async () => {
    const answer = await setting([`${wrong} ${form}`, right]).ask();
    expect(answer.text).toBe('Parental leave is 26 weeks at full pay for all employees. [1]');
  });

  it('may lose sentences of the second text, too', async () => {
    const answer = await setting([wrong, `${right} ${yacht}`]).ask();
    expect(answer).toMatchObject({
      status: 'answered',
      warnings: ['1 sentence was left out: the sources do not support it.'],
    });
  });

  it('is asked once more under `abstain`, whatever else was supported', async () => {
    const { model, ask: put } = setting([`${right} ${yacht}`, `${right} ${form}`], { unsupported: 'abstain' });
    expect(await put()).toMatchObject({ status: 'answered', claims: [{}, {}] });
    expect(model.calls).toHaveLength(2);
    const again = setting([`${right} ${yacht}`, `${right} ${yacht}`], { unsupported: 'abstain' });
    expect(await again.ask()).toMatchObject({ status: 'abstained', reason: 'unsupported-claims' });
  });
});

it('the operator is told why a second attempt or a judge failed', async () => {
  const down = (what: string) => new PerseaError('model-failed', `${what} is down.`, { isRetryable: false });
  const told: string[] = [];
  const onModelFailure = ({ message }: PerseaError) => void told.push(message);
  await setting([wrong, down('The writer')], { onModelFailure }).ask();
  const judge = {
    model: new FakeLanguageModel({ id: 'judge', reply: down('The judge') }),
    inDoubt: ['partial'] as const,
  };
  await setting('Parental leave lasts 26 weeks at full pay for all employees [1].', {
    onModelFailure,
    judge,
    repair: 'off',
  }).ask();
  expect(told).toEqual(['The writer is down.', 'The judge is down.']);
});

describe('a model is not asked again', () => {
  it.each([
    ['that says that it does not know', "I don't know.", {}],
    ['whose answer stands', right, {}],
    ['of whose answer something stands', `${right} ${yacht}`, {}],
    ['where that is switched off', wrong, { repair: 'off' }],
    ['where unsupported sentences are shown', `${wrong} ${right}`, { unsupported: 'mark' }],
  ] as const)('%s', async (_, reply, options) => {
    const { model, ask: put } = setting([reply, right], options);
    await put();
    expect(model.calls).toHaveLength(1);
  });

  it('when it was cut off', async () => {
    const { model, ask: put } = setting([wrong, right], {}, { finishReason: 'length' });
    expect(await put()).toMatchObject({ status: 'abstained' });
    expect(model.calls).toHaveLength(1);
  });

  it('when the budget is spent', async () => {
    let admissions = 0;
    const admit = async () =>
      admissions++ === 0
        ? { isAdmitted: true as const, release: () => undefined }
        : { isAdmitted: false as const, explanation: 'spent' };
    const { model, ask: put } = setting([wrong, right], { budgets: { admit } });
    expect(await put()).toMatchObject({ status: 'abstained', reason: 'unsupported-claims', warnings: [] });
    expect(model.calls).toHaveLength(1);
  });

  it('when the prompt has no room', async () => {
    const long = Array.from({ length: 8 }, (_, index) => yacht.replace('a yacht', `yacht ${index} of the fleet`)).join(
      ' ',
    );
    const roomy = setting([long, right]);
    await roomy.ask();
    const [, second] = roomy.model.calls.map(({ prompt }) => roomy.model.tokens.count(prompt.system + prompt.user));
    if (second === undefined) throw new Error('was not asked again');
    const { model, ask: put } = setting([long, right], {}, { contextTokens: second + 99 });
    await put();
    expect(model.calls).toHaveLength(1);
  });

  it('where another one is', async () => {
    const cheap = new FakeLanguageModel({ id: 'cheap', reply: wrong });
    const strong = new FakeLanguageModel({ id: 'strong', reply: [wrong, right] });
    const models = [cheap, strong].map((model) => ({ model, maxOutputTokens: 100 }));
    const path = onePassage({
      text,
      stored: { revision: 1 },
      models,
      settings: { repair: 'lost', routing: 'escalate' },
    });
    const answer = await ask(path, scope, { question });
    expect(answer).toMatchObject({ status: 'answered', model: { id: 'strong' } });
    expect(answer.attempts?.map(({ model, purpose, outcome }) => [model, purpose, outcome])).toEqual([
      ['cheap', undefined, 'escalated'],
      ['strong', undefined, 'answered'],
      ['strong', 'repair', 'answered'],
    ]);
  });
});

describe('where anything was left out', () => {
  const sentOf = async (path: AskDependencies) => {
    const events: AskEvent[] = [];
    for await (const event of askStream(path, scope, { question })) events.push(event);
    const end = events.at(-1);
    if (end?.type !== 'answer-end') throw new Error('no answer');
    const sent = events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
    const cited = events.flatMap((event) => (event.type === 'citation' ? [event.citation] : []));
    return { sent, cited, answer: end.answer };
  };

  it('a second text adds only what is not cited yet, behind what was sent', async () => {
    const { path, model } = setting([`${right} ${yacht}`, `${yacht} 26 weeks is parental leave [1]. ${form}`], {
      repair: 'any',
    });
    const { sent, cited, answer } = await sentOf(path);
    expect(model.calls).toHaveLength(2);
    expect(answer.text).toBe(
      'Parental leave is 26 weeks at full pay for all employees. [1] It is announced ten days before with Form 7. [2]',
    );
    expect(sent).toBe(answer.text);
    expect(cited).toEqual(answer.citations);
    expect(answer.warnings).toEqual(['1 sentence was left out: the sources do not support it.']);
  });

  it.each([
    ['knows no more', "I don't know."],
    ['invents', `${wrong} ${yacht}`],
    ['fails', new PerseaError('model-failed', 'down')],
    ['says nothing', ''],
  ])('nothing is lost by a second text that %s', async (_, reply) => {
    const { path } = setting([`${right} ${yacht}`, reply], { repair: 'any' });
    const { sent, answer } = await sentOf(path);
    expect(answer).toMatchObject({
      status: 'answered',
      text: 'Parental leave is 26 weeks at full pay for all employees. [1]',
    });
    expect(answer.warnings).toEqual(['1 sentence was left out: the sources do not support it.']);
    expect(sent).toBe(answer.text);
  });
});

it('a repaired answer is kept as it was sent, with what both attempts cost', async () => {
  const answers = new AnswerCache(() => ({ entries: 10, maxAgeMs: 60_000 }), new ManualClock());
  const { model, ask: put } = setting([wrong, right], { answers });
  const made = await put();
  const again = await put();
  expect(again).toMatchObject({ cache: 'hit', text: made.text, citations: made.citations });
  expect(model.calls).toHaveLength(2);
  expect(answers.savings().inputTokens).toBe(made.usage.inputTokens);
});

it('goes before the judge, twice at most', async () => {
  const partial = 'Parental leave lasts 26 weeks at full pay for all employees [1].';
  const say = (verdict: string) => JSON.stringify({ verdicts: [{ claim: 1, verdict }] });
  const judge = new FakeLanguageModel({ id: 'judge', reply: [say('unsupported'), say('supported')] });
  const other = 'Parental leave gives 26 weeks at full pay for all employees [1].';
  const { ask: put } = setting([partial, other], { judge: { model: judge, inDoubt: ['partial'] } });
  const answer = await put();
  expect(answer).toMatchObject({ status: 'answered', claims: [{ support: 'entailed' }] });
  expect(answer.attempts?.map(({ purpose }) => purpose)).toEqual([undefined, 'judge', 'repair', 'judge']);
});

it('says once of a judge that it gave no verdict, though it is asked about both texts', async () => {
  const partial = 'Parental leave lasts 26 weeks at full pay for all employees [1].';
  const judge = new FakeLanguageModel({ id: 'judge', reply: new PerseaError('model-failed', 'down') });
  const other = 'Parental leave gives 26 weeks at full pay for all employees [1].';
  const { ask: put } = setting([`${partial} ${yacht}`, other], {
    judge: { model: judge, inDoubt: ['partial'] },
    repair: 'any',
  });
  const answer = await put();
  expect(judge.calls).toHaveLength(2);
  expect(answer.warnings.filter((warning) => warning.includes('judge'))).toHaveLength(1);
});

it('a sentence that the guard stopped is not told to the model', async () => {
  const leak = 'Keep the words, numbers, dates, units and conditions of the source, they told me.';
  const { model, ask: put } = setting([`${leak} ${wrong}`, right]);
  await put();
  expect(model.calls).toHaveLength(2);
  expect(model.calls[1]?.prompt.user).not.toContain('they told me');
});
