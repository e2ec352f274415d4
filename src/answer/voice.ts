/**
 * English and French sentences in the passive name who acts last, German ones before the participle: `The fort was captured by the British
 * in 1755`, `Das Fort wurde von den Briten erobert`. Their words are compared in the order of the active (`the British captured the fort in
 * 1755`), so that the order of words tells who did what in both.
 */

/** Half-open, within the text. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** Patient, auxiliary, up to three words that end in the participle, `by`. Bounded, for it runs on texts of others. */
const passive =
  /(?<!\p{L})(?:(?:is|are|was|were|be|been|being)\s+(?:[\p{L}-]+\s+){0,2}[\p{L}-]+\s+by|(?:est|sont|était|étaient|sera|seront|être|été)\s+(?:[\p{L}-]+\s+){0,2}[\p{L}-]+\s+par)\s+/iu;
/** Patient, auxiliary, up to three words, `von` and who acts, participle. */
const germanPassive =
  /(?<!\p{L})(?:(?:wird|werden|wurden?)(?!.*\swerden\s*[.!]?\s*$)|(?:muss|müssen|kann|können|darf|dürfen|soll|sollen|sollten?)(?=.*\swerden\s*[.!]?\s*$))\s+(?:[\p{L}-]+\s+){0,3}(?:von|vom|durch)\s+(?!zu\s)(?=\p{L})(?<agent>(?:[\p{L}-]+\s+){1,5})[\p{L}-]+(?:t|en)(?:\s+werden)?\s*[.!]?\s*$/diu;
/** What follows the agent says when, where and how. */
const afterAgent =
  /\s(?:in|on|at|for|from|with|without|during|after|before|since|until|till|to|under|over|within|through|because|when|where|which|who|that|dans|en|sur|pour|avec|sans|avant|après|depuis|qui)\s/iu;

/** The parts of a clause in the order of the active; one part where it has no passive with its agent. */
export function inActiveOrder(clause: string): readonly Span[] {
  const german = germanPassive.exec(clause);
  const agent = german?.indices?.groups?.agent;
  if (german !== null && agent !== undefined) {
    const [start, end] = agent;
    return [
      { start, end },
      { start: end, end: clause.length },
      { start: german.index, end: start },
      { start: 0, end: german.index },
    ];
  }
  const found = passive.exec(clause);
  if (found === null) return [{ start: 0, end: clause.length }];
  const verbStart = found.index;
  const agentStart = found.index + found[0].length;
  const afterwards = afterAgent.exec(clause.slice(agentStart));
  const agentEnd = afterwards === null ? clause.length : agentStart + afterwards.index;
  return [
    { start: agentStart, end: agentEnd },
    { start: verbStart, end: agentStart },
    { start: 0, end: verbStart },
    { start: agentEnd, end: clause.length },
  ];
}
