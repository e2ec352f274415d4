/**
 * Which claim of an answer is its core: the one that speaks most of what is asked. Where that one is left out, what remains is true and
 * beside the question.
 */
import { answerKindOf } from '../core/answer-kind.ts';
import { analyse, hasForm } from './canonical.ts';
import type { Rarity } from './rarity.ts';

export interface Bearing {
  /** Of the question's words, weighted by their rarity, so much stands in the claim; 0 to 1. */
  readonly share: number;
  /** Whether it tells a number, where one is asked for, that the question does not have. */
  readonly tellsNumber: boolean;
}

/** What speaks half as much of the question as the claim that was left out still speaks of it. */
const halfAsMuch = 0.5;

/** Measures claims against one question. Plain words of it that the window does not have are put aside: nothing of it could have them. */
export function bearingOn(question: string, rarity: Rarity): (claim: string) => Bearing {
  const asked = analyse(question);
  const words = [...new Map(asked.words.map((word) => [word.form, word])).values()].filter(
    ({ form, isName, isNumber }) => isName || isNumber || rarity.has(form),
  );
  const whole = words.reduce((sum, { form }) => sum + rarity.of(form), 0);
  const kind = answerKindOf(question);
  const wantsNumber = kind === 'number' || kind === 'time';
  return (text) => {
    const claim = analyse(text, { isClaim: true });
    const found = words.filter(({ form }) => hasForm(claim, form));
    return {
      share: whole === 0 ? 0 : found.reduce((sum, { form }) => sum + rarity.of(form), 0) / whole,
      tellsNumber: wantsNumber && claim.words.some(({ form, isNumber }) => isNumber && !asked.forms.has(form)),
    };
  };
}

/** Whether the core is among the supported claims, and not among those that were left out. */
export function keepsCore(supported: readonly Bearing[], leftOut: readonly Bearing[]): boolean {
  const most = (bearings: readonly Bearing[]) => Math.max(0, ...bearings.map(({ share }) => share));
  const tells = (bearings: readonly Bearing[]) => bearings.some(({ tellsNumber }) => tellsNumber);
  return most(supported) >= halfAsMuch * most(leftOut) && (tells(supported) || !tells(leftOut));
}
