/** What prompts are for. Each purpose has the variables that its caller fills, so that any prompt of it can take the place of another. */

export const promptPurposes = ['answer', 'condense', 'judge', 'rerank', 'title'] as const;
export type PromptPurpose = (typeof promptPurposes)[number];

/** What models are asked for on the way to an answer and beside it. */
export const sidePurposes = ['condense', 'judge', 'rerank', 'title'] as const satisfies readonly PromptPurpose[];
export type SidePurpose = (typeof sidePurposes)[number];

export const purposeVariables: Readonly<Record<PromptPurpose, readonly string[]>> = {
  answer: ['context', 'question'],
  condense: ['conversation', 'question'],
  judge: ['claim', 'passages'],
  rerank: ['passages', 'question'],
  title: ['question'],
};

export function isPromptPurpose(name: string): name is PromptPurpose {
  return promptPurposes.some((purpose) => purpose === name);
}

/**
 * The family that a model belongs to by its name: the letters that its last part begins with, such as `qwen` of
 * `Qwen/Qwen2.5-7B-Instruct`. Null where it begins with none.
 */
export function familyOfModel(name: string): string | null {
  const last = name.split('/').at(-1) ?? name;
  return /^\p{L}+/u.exec(last)?.[0].toLowerCase() ?? null;
}
