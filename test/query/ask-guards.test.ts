import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { ask } from '../../src/query/ask.ts';
import type { AskDependencies } from '../../src/query/dependencies.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { onePassage, passageQuestion as question } from '../support/one-passage.ts';

/** Between retrieval and the window a document can be withdrawn or replaced by whoever else is writing. */
describe('a document that changed since it was retrieved', () => {
  const dependencies = (stored: { readonly revision: number } | undefined, model: FakeLanguageModel): AskDependencies =>
    onePassage({ stored, models: [{ model, maxOutputTokens: 100 }] });

  it('is shown while it is the same', async () => {
    const model = new FakeLanguageModel({ reply: 'Parental leave is 26 weeks at full pay [1].' });
    const answer = await ask(dependencies({ revision: 1 }, model), systemScope('test'), { question });
    expect(answer.status).toBe('answered');
  });

  it.each([
    ['withdrawn', undefined],
    ['replaced', { revision: 2 }],
  ])('is not shown to a model once it is %s', async (_state, stored) => {
    const model = new FakeLanguageModel({ reply: 'Parental leave is 26 weeks at full pay [1].' });
    const answer = await ask(dependencies(stored, model), systemScope('test'), { question });
    expect(answer).toMatchObject({ status: 'abstained', citations: [] });
    for (const call of model.calls) expect(call.window.items).toEqual([]);
  });
});
