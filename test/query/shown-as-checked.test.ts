/** What a sentence shows is what is held against the sources, however a model writes it. */
import { expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { askStream } from '../../src/query/ask.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { openEgress } from '../support/guarded.ts';
import { onePassage, passageQuestion as question } from '../support/one-passage.ts';

async function textOf(weeks: string): Promise<string> {
  const reply = `Parental leave is ${weeks} at full pay for all employees. [1]`;
  const dependencies = onePassage({
    stored: { revision: 1 },
    models: [{ model: new FakeLanguageModel({ reply }), maxOutputTokens: 500 }],
    settings: { egress: openEgress },
  });
  let text = '';
  for await (const event of askStream(dependencies, systemScope('test'), { question })) {
    if (event.type === 'text-delta') text += event.text;
  }
  return text;
}

it.each([
  '26 weeks <and 52 weeks for managers>',
  '26 weeks \\<and 52 weeks for managers>',
  '26 weeks </and 52 weeks for managers>',
  '26 weeks `<and 52 weeks for managers>`',
  '[26 weeks][or 52 weeks for managers]',
  '[26 weeks][^or 52 weeks for managers]',
  '\\[26 weeks](52_weeks_for_managers)',
  '`[26 weeks](52_weeks_for_managers)`',
])('%s is not shown where the source says 26 weeks', async (weeks) => {
  expect(await textOf(weeks)).not.toContain('52');
});

it('what the source says is shown with its marks', async () => {
  expect(await textOf('**26** `weeks`')).toBe('Parental leave is **26** `weeks` at full pay for all employees. [1]');
});
