/** What is shown of an answer before it is checked: only to whoever asks, only words, and never for longer than it may be true. */
import { expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import type { Answer } from '../../src/core/answer.ts';
import { PerseaError } from '../../src/core/errors.ts';
import type { GenerateEvent } from '../../src/llm/language-model.ts';
import { createPromptRegistry } from '../../src/prompts/registry.ts';
import { askStream } from '../../src/query/ask.ts';
import type { AskDependencies, AskSettings, RouteModel } from '../../src/query/dependencies.ts';
import type { AskEvent, AskRequest } from '../../src/query/question.ts';
import { FakeLanguageModel, type FakeLanguageModelOptions } from '../support/fake-language-model.ts';
import { onePassage, passageQuestion as question } from '../support/one-passage.ts';

const truth = 'Parental leave is 26 weeks at full pay for all employees [1].';
const scope = systemScope('test');
type Reply = FakeLanguageModelOptions['reply'];

const model = (id: string, reply: Reply, pieceLength = 3): RouteModel => ({
  model: new FakeLanguageModel({ id, reply, pieceLength }),
  maxOutputTokens: 500,
});
const over = (
  models: readonly RouteModel[],
  settings: Partial<AskSettings> = {},
  more: Partial<AskDependencies> = {},
) => onePassage({ stored: { revision: 1 }, models, settings, ...more });

interface Watched {
  readonly events: readonly AskEvent[];
  readonly answer: Answer;
  /** What stood on a screen after each event: checked text, then the draft. */
  readonly screens: readonly { readonly text: string; readonly draft: string }[];
}

async function watch(
  dependencies: AskDependencies,
  request: Partial<AskRequest> = { includeDraft: true },
): Promise<Watched> {
  const events: AskEvent[] = [];
  const screens: { text: string; draft: string }[] = [];
  let [text, draft] = ['', ''];
  for await (const event of askStream(dependencies, scope, { question, ...request })) {
    events.push(event);
    if (event.type === 'draft') draft = (event.reset === true ? '' : draft) + event.text;
    if (event.type === 'text-delta') text += event.text;
    screens.push({ text, draft });
  }
  const end = events.at(-1);
  if (end?.type !== 'answer-end') throw new Error('no answer');
  return { events, answer: end.answer, screens };
}
const drafts = ({ screens }: Watched) => [...new Set(screens.map(({ draft }) => draft))];

it('shows nobody a draft who did not ask for it, or where the company forbids it', async () => {
  const plain = await watch(over([model('m', truth)]), {});
  expect(plain.events.map(({ type }) => type)).not.toContain('draft');
  const forbidden = await watch(over([model('m', truth)], { drafts: 'never' }));
  expect(forbidden.events.map(({ type }) => type)).not.toContain('draft');
  expect(forbidden.answer.warnings.join()).toContain('answer.drafts');
  expect(forbidden.answer.text).toBe(plain.answer.text);
});

it('grows by whole words without markers, and leaves the answer as it is without drafts', async () => {
  const reply = `${truth} Everyone owns a yacht in Monaco [1]. It is for all employees.`;
  const [plain, watched] = [await watch(over([model('m', reply)]), {}), await watch(over([model('m', reply)]))];
  expect(watched.answer).toMatchObject({ text: plain.answer.text, citations: plain.answer.citations });
  expect(watched.events.filter(({ type }) => type !== 'draft').map(({ type }) => type)).toEqual(
    plain.events.map(({ type }) => type),
  );
  expect(drafts(watched)).toContain('Parental leave is 26 weeks');
  for (const draft of drafts(watched)) expect(draft).not.toMatch(/[[\]]/);
  // A sentence is not shown twice, and what no source says is gone when that is known.
  for (const { text, draft } of watched.screens) expect(`${text}${draft}`.split('26 weeks').length).toBeLessThan(3);
  expect(drafts(watched).some((draft) => draft.includes('yacht'))).toBe(true);
  expect(watched.screens.at(-1)).toEqual({ text: watched.answer.text, draft: '' });
});

it.each([
  ['fails', new PerseaError('model-failed', 'down')],
  ['declines', "I can't help with that request, sorry."],
])('clears what a model wrote that %s before the next one is heard', async (_, failure) => {
  const halfway: RouteModel = model('first', '');
  const first: RouteModel = {
    ...halfway,
    model: {
      ...halfway.model,
      id: 'first',
      tokens: halfway.model.tokens,
      async *generate(): AsyncGenerator<GenerateEvent> {
        if (typeof failure === 'string') yield { type: 'text-delta', text: failure };
        else yield { type: 'text-delta', text: 'The moon is made of cheese and' };
        if (typeof failure !== 'string') throw failure;
        yield { type: 'finish', finishReason: 'content-filter', inputTokens: 1, outputTokens: 1 };
      },
    },
  };
  const watched = await watch(over([first, model('second', truth)]));
  expect(watched.answer).toMatchObject({ status: 'answered', model: { id: 'second' } });
  const said = typeof failure === 'string' ? 'help' : 'cheese';
  const shown = watched.screens.findLastIndex(({ draft }) => draft.includes(said));
  expect(shown).toBeGreaterThan(0);
  expect(watched.events[shown + 1]).toEqual({ type: 'draft', text: '', reset: true });
});

it('shows the draft of a model whose answer is held back until it is checked, and clears it when another is asked', async () => {
  const models = [model('cheap', 'Every employee owns a yacht in Monaco [1].'), model('strong', truth)];
  const watched = await watch(over(models, { routing: 'escalate' }));
  expect(watched.answer).toMatchObject({ model: { id: 'strong' } });
  const reset = watched.events.findIndex((event) => event.type === 'draft' && event.reset === true);
  expect(watched.screens[reset - 1]?.draft).toContain('yacht');
  for (const { draft } of watched.screens.slice(reset)) expect(draft).not.toContain('yacht');
});

it('shows what a model writes when it is asked once more, until that is decided', async () => {
  const asked: string[] = [];
  const twice = model('m', '');
  const again: RouteModel = {
    ...twice,
    model: {
      ...twice.model,
      id: 'm',
      tokens: twice.model.tokens,
      async *generate({ prompt }): AsyncGenerator<GenerateEvent> {
        asked.push(prompt.id);
        const text = asked.length === 1 ? 'Everyone owns a yacht in Monaco [1].' : `${truth} Nobody owns a boat`;
        for (const piece of text.match(/.{1,3}/g) ?? []) yield { type: 'text-delta', text: piece };
        yield { type: 'finish', finishReason: 'stop', inputTokens: 1, outputTokens: 1 };
      },
    },
  };
  const watched = await watch(over([again], { repair: 'lost' }));
  expect(asked).toEqual(['answer', 'repair']);
  expect(watched.answer).toMatchObject({ status: 'answered' });
  const shown = drafts(watched);
  expect(shown.some((draft) => draft.includes('yacht'))).toBe(true);
  expect(shown).toContain('Parental leave is 26 weeks');
  expect(shown.some((draft) => draft.includes('Nobody owns'))).toBe(true);
  for (const draft of shown) expect(draft.includes('yacht') && draft.includes('leave')).toBe(false);
  expect(watched.screens.at(-1)).toEqual({ text: watched.answer.text, draft: '' });
});

it('tells no eight words of the instructions in a row, and not the words before them either', async () => {
  const { system } = createPromptRegistry().choose('answer');
  const rule = system.split('\n').find((line) => line.split(' ').length > 12) ?? '';
  const watched = await watch(over([model('m', `Sure thing: ${rule} ${truth}`, 5)]));
  const words =
    rule
      .toLowerCase()
      .match(/[a-z]+/g)
      ?.slice(0, 4)
      .join(' ') ?? 'none';
  const shown = drafts(watched).map(
    (draft) =>
      draft
        .toLowerCase()
        .match(/[a-z]+/g)
        ?.join(' ') ?? '',
  );
  expect(shown.join('\n')).toContain('sure thing');
  expect(shown.join('\n')).not.toContain(words);
});

it.each([11, 100_000])(
  'shows no word that is no word, and not more than an answer may have, in pieces of %i',
  async (length) => {
    const reply = `Take ${'QUJD'.repeat(80)} and ${'word '.repeat(400)}end.`;
    const watched = await watch(over([model('m', reply, length)], { answerCharacters: 300 }));
    const longest = drafts(watched).toSorted((a, b) => b.length - a.length)[0] ?? '';
    expect(longest).toMatch(/^Take and word/);
    expect(longest).not.toContain('QUJD');
    expect(longest.length).toBeLessThanOrEqual(300);
  },
);

it.each([
  ['See [the policy](https://evil.example/x) now.', 'See the … now.'],
  ['See <img src=https://evil.example/x> now.', 'See img … now.'],
  ['Ask `hr` at hr@evil.example or *us*, R&D & co.', 'Ask hr at … or us, R&D & co.'],
  ['As said [1, 2]. And [Source 3] 【4】 (see above).', 'As said. And (see above).'],
  ['Java&#10;script: a|b &lt; c', 'Java10;script: ab lt; c'],
  ['**Rates**\n\n| a | b |\n| --- | --- |\n| 1.5 | 77 |', 'Rates\n\na b\n--- ---\n1.5 77'],
  ['Pay\u200B is \u202Edue', 'Pay is due'],
  ['https:\u000B//evil.example/x or www.evil.example', 'https: … or …'],
])('%j stands there as %j', async (written, shown) => {
  for (const pieceLength of [1, 2, 5, 100]) {
    const watched = await watch(over([model('m', `${written} -`, pieceLength)], { unsupported: 'abstain' }));
    const longest = drafts(watched).toSorted((a, b) => b.length - a.length)[0];
    expect(longest).toBe(shown);
  }
});
