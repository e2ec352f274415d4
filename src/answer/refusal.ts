/** Whether a model refuses to answer, as its makers taught it to, which says nothing about the sources. */
import { saysUnknown } from './abstain.ts';

const refusals: readonly RegExp[] = [
  /^(?:i'm |i am )?(?:very |so )?sorry,? (?:but )?i (?:cannot|can't|can not|am unable to|am not able to|won't) (?:help|assist|comply|fulfil|fulfill|discuss|engage|continue|do that|support)\b/,
  /^i (?:cannot|can't|can not|am unable to|am not able to|won't|must decline to) (?:help|assist|comply|fulfil|fulfill|discuss|engage|continue with|do that|support)\b/,
  /^as an ai(?: language model| assistant)?,? i (?:cannot|can't|can not|am unable to|am not able to)\b/,
  /^(?:es )?tut mir leid,? (?:aber )?(?:ich kann|dabei kann ich)\b.{0,40}\bnicht (?:helfen|weiterhelfen|unterstützen|behilflich)/,
  /^(?:je suis )?désolée?,? (?:mais )?je ne peux pas (?:vous aider|répondre à cette demande|accéder)/,
];
/** A refusal is short; a long text that begins like one goes on to answer. */
const maxLength = 400;

export function saysRefusal(text: string): boolean {
  const folded = text.replaceAll('’', "'").replace(/[*_`]/g, '').replace(/\s+/g, ' ').trim().toLowerCase();
  return folded.length <= maxLength && refusals.some((pattern) => pattern.test(folded)) && !speaksOfSources(folded);
}

/** `I can't help: the documents do not say` is an honest answer. */
function speaksOfSources(folded: string): boolean {
  return folded.split(/(?<=[.!?:;])\s/).some((sentence, index) => index > 0 && saysUnknown(sentence));
}
