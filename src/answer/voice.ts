/**
 * English sentences in the passive name who acts last: `The fort was captured by the British in 1755`. Their words are compared in the
 * order of the active (`the British captured the fort in 1755`), so that the order of words tells who did what in both.
 */

/** Half-open, within the text. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** Patient, auxiliary, up to three words that end in the participle, `by`. Bounded, for it runs on texts of others. */
const passive = /\b(?:is|are|was|were|be|been|being)\s+((?:[\p{L}-]+\s+){0,2}[\p{L}-]+)\s+by\s+/iu;
/** What follows the agent says when, where and how. */
const afterAgent =
  /\s(?:in|on|at|for|from|with|without|during|after|before|since|until|till|to|under|over|within|through|because|when|where|which|who|that)\s/iu;

/** The parts of a clause in the order of the active; one part where it has no passive with its agent. */
export function inActiveOrder(clause: string): readonly Span[] {
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
