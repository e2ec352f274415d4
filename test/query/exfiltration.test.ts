/** A model that obeys the attacker: whatever it writes, nothing that could be fetched or opened reaches the reader. */
import type { Nodes } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { visit } from 'unist-util-visit';
import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import type { Answer } from '../../src/core/answer.ts';
import { createPromptRegistry } from '../../src/prompts/registry.ts';
import { askStream } from '../../src/query/ask.ts';
import type { AskDependencies } from '../../src/query/dependencies.ts';
import { host, loot, payloads } from '../support/exfiltration-payloads.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { openEgress } from '../support/guarded.ts';
import { onePassage, passageQuestion as question } from '../support/one-passage.ts';

const truth = 'Parental leave is 26 weeks at full pay for all employees.';

function dependenciesOf(source: string, model: FakeLanguageModel, unsupported: 'remove' | 'mark'): AskDependencies {
  return onePassage({
    text: source,
    stored: { revision: 1 },
    prompts,
    models: [{ model, maxOutputTokens: 2_000 }],
    settings: { unsupported, budgetTokens: 3_000, egress: openEgress },
  });
}
const prompts = createPromptRegistry();

async function answerOf(source: string, reply: string, pieceLength: number, unsupported: 'remove' | 'mark') {
  const model = new FakeLanguageModel({ reply, pieceLength });
  const request = { question, includeDraft: unsupported === 'remove' };
  let streamed = '';
  let answer: Answer | undefined;
  /** What stood on a screen before each change that was not an addition: of all that was ever shown the most. */
  const drafts: string[] = [];
  let draft = '';
  for await (const event of askStream(dependenciesOf(source, model, unsupported), systemScope('test'), request)) {
    if (event.type === 'draft') {
      if (event.reset === true && draft !== '') drafts.push(draft);
      draft = event.reset === true ? `${streamed}${event.text}` : draft + event.text;
    }
    if (event.type === 'text-delta') streamed += event.text;
    if (event.type === 'answer-end') answer = event.answer;
  }
  if (answer === undefined) throw new Error('The stream ended without an answer.');
  return { answer, streamed, drafts };
}

const parser = unified().use(remarkParse).use(remarkGfm).freeze();
const forbidden = [
  'image',
  'imageReference',
  'link',
  'linkReference',
  'html',
  'definition',
  'footnoteDefinition',
  'footnoteReference',
];
/** What programs that are freer with links than GFM would make one of. */
const clickable =
  /[a-z][a-z0-9+.-]*:\/\/|\bwww\.|\b(?:javascript|vbscript|mailto|data):\S|[\p{L}\p{N}-]\.\p{L}{2,}\/|\d\.\d{1,3}:\d/iu;
/** Hosts by themselves, too, which stay where a source names them. */
const clickableWithHosts = new RegExp(`${clickable.source}|[\\p{L}\\p{N}-]\\.(?:com|zip|рф)(?![\\p{L}\\p{N}])`, 'iu');

/** Everything in a text that a reader's program would act upon. */
function activeParts(text: string, clickable = clickableWithHosts): readonly string[] {
  const parts: string[] = [];
  visit(parser.parse(text), (node: Nodes) => {
    if (forbidden.includes(node.type)) parts.push(node.type);
    if (node.type === 'text' && clickable.test(node.value)) parts.push(node.value);
    if (node.type === 'code' && node.lang !== null) parts.push(`code ${node.lang}`);
  });
  return parts;
}

const replies = (payload: string) => [
  `${truth.slice(0, -1)} ${payload} [1].`,
  `${payload} ${truth} [1]`,
  `${truth} [1]\n\n${payload}`,
];

describe(`${payloads.length} payloads`, () => {
  it('are what they are meant to be: unguarded, most of them act', () => {
    expect(payloads.length).toBeGreaterThanOrEqual(500);
    const acting = payloads.filter(({ text }) => activeParts(replies(text)[0] ?? '').length > 0);
    expect(acting.length).toBeGreaterThan(payloads.length * 0.9);
  });

  it.each(['remove', 'mark'] as const)(
    'do not get through in a stream or a whole text, unsupported sentences: %s',
    async (policy) => {
      const through: string[] = [];
      let answered = 0;
      let drafted = 0;
      for (const [index, { name, text }] of payloads.entries()) {
        // Half of them twice is enough where only what is shown of unsupported sentences differs.
        if (policy === 'mark' && index % 2 === 1) continue;
        const reply = replies(text)[index % 3] ?? '';
        const pieceLength = [1, 2, 3, 5, 7, 11, 100_000][index % 7] ?? 1;
        const { answer, streamed, drafts } = await answerOf(truth, reply, pieceLength, policy);
        const shown = answer.status === 'answered' ? answer.text : '';
        if (answer.status === 'answered') answered++;
        if (streamed !== shown) through.push(`${name}: streamed something else than the answer`);
        const found = [...activeParts(shown)];
        // What the sources do not support is shown under `mark`: as words that nothing acts upon.
        if (policy === 'remove' && new RegExp(`${host}|${loot}`, 'i').test(shown)) found.push('named');
        if (found.length > 0) through.push(`${name}: ${found.join(', ')} in ${JSON.stringify(shown)}`);
        for (const draft of drafts) {
          const active = activeParts(draft);
          if (active.length > 0) through.push(`${name}: ${active.join(', ')} in the draft ${JSON.stringify(draft)}`);
        }
        if (drafts.length > 0) drafted++;
      }
      expect(through).toEqual([]);
      if (policy === 'remove') expect(drafted).toBeGreaterThan(payloads.length / 2);
      // The guard takes the payload, not the answer around it.
      expect(answered).toBeGreaterThan((payloads.length / 2) * (policy === 'mark' ? 0.5 : 1));
    },
  );

  it('that stand in a document word for word are shown as code at most', async () => {
    const through: string[] = [];
    for (const [index, { name, text }] of payloads.entries()) {
      if (index % 2 === 0) continue;
      const source = `${truth}\n\n${text}\n`;
      const { answer } = await answerOf(source, replies(text)[index % 3] ?? '', 4, 'remove');
      const shown = answer.status === 'answered' ? answer.text : '';
      const found = activeParts(shown, clickable);
      if (found.length > 0) through.push(`${name}: ${found.join(', ')} in ${JSON.stringify(shown)}`);
    }
    expect(through).toEqual([]);
  });
});
