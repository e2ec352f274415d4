import type { LanguageModel } from './language-model.ts';

/**
 * A model that is tried out. How much of what it writes holds is what one wants to know: it is not left alone for that, neither in the
 * trial, where the next question has nothing to do with the last one, nor by people's own questions.
 */
export function onTrial(model: LanguageModel): LanguageModel {
  return { ...model, generate: (request) => model.generate(request), noteChecked: () => undefined };
}
