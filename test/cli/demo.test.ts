import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { demoQuestions } from '../../src/cli/demo-questions.ts';

interface Case {
  readonly question: string;
  readonly as: string;
  readonly answerable: boolean;
  readonly tags: readonly string[];
  readonly relevant?: readonly { readonly uri: string }[];
}

describe('the questions of the demonstration', () => {
  const cases = readFileSync(new URL('../../fixtures/cases.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Case);
  const found = demoQuestions.map(({ question, person }) =>
    cases.find((one) => one.question === question && one.as === person),
  );

  it('are cases whose right answers are known', () => {
    expect(found.map((one) => one?.answerable)).toEqual([true, true, true, false, false, false]);
  });

  it('show what they are said to show', () => {
    expect(found[1]?.relevant?.[0]?.uri).toMatch(/\.pdf$/);
    expect([found[2]?.tags, found[3]?.tags]).toEqual([['permitted'], ['forbidden']]);
    expect(demoQuestions[2]?.question).toBe(demoQuestions[3]?.question);
    expect([found[4]?.tags, found[5]?.tags]).toEqual([['unanswerable'], ['off-topic']]);
  });
});
