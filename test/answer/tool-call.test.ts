import { expect, it } from 'vitest';
import { isToolCall } from '../../src/answer/tool-call.ts';

const call = '{"name": "search", "arguments": {"query": "leave"}}';

it.each([
  ['of Qwen', `<tool_call>\n${call}\n</tool_call>`],
  ['that is cut off', '<tool_call>\n{"name": "sea'],
  ['twice', `<tool_call>${call}</tool_call>\n<tool_call>${call}</tool_call>`],
  ['between bars', `<|tool_call|>${call}<|/tool_call|>`],
  ['of Llama', '<function=search>{"query": "leave"}</function>'],
  ['of a code interpreter', '<|python_tag|>search.call(query="leave")'],
  ['of Mistral', `[TOOL_CALLS] [${call}]`],
  ['as bare JSON', ` ${call}\n`],
  ['with parameters', '{"type": "function", "name": "search", "parameters": {}}'],
  ['as JSON in a fence', `\`\`\`json\n${call}\n\`\`\``],
  ['as a list', `[${call}, ${call}]`],
  ['as the protocol has it', `{"tool_calls": [{"type": "function", "function": ${call}}]}`],
  ['of one function', `{"type": "function", "function": ${call}}`],
])('is a call %s', (_, text) => {
  expect(isToolCall(text)).toBe(true);
});

it.each([
  ['an answer', 'Parental leave is 26 weeks [1].'],
  ['nothing', ' '],
  ['a citation alone', '[1]'],
  ['an answer behind a call', `<tool_call>${call}</tool_call>\nParental leave is 26 weeks [1].`],
  ['an answer that speaks of a call', `Send ${call} to the search service [1].`],
  ['an object of another kind', '{"name": "Parental leave", "weeks": 26}'],
  ['an empty list', '[]'],
  ['broken JSON', '{"name": "search", "arguments"'],
])('is none: %s', (_, text) => {
  expect(isToolCall(text)).toBe(false);
});

it('takes no time that grows with what is never closed', () => {
  const startedAt = performance.now();
  isToolCall('<function'.repeat(20_000));
  expect(performance.now() - startedAt).toBeLessThan(500);
});
