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
/** Patient, auxiliary, up to five words, `von` and who acts, up to eight words, participle. */
const germanPassive =
  /(?<!\p{L})(?<auxiliary>wird|werden|wurden?|muss|müssen|kann|können|darf|dürfen|soll|sollen|sollten?)\s+(?:\S+\s+){0,5}?(?:von|vom|durch)\s+(?!zu\s)(?<agent>(?:\p{Ll}+\s+){0,3}\p{Lu}[\p{L}-]*(?:\s+\p{Lu}[\p{L}-]*){0,3})\s+(?:\S+\s+){0,8}?(?<verb>\p{Ll}+(?:t|en)(?<infinitive>\s+werden)?\s*[.!]?\s*)$/du;
/** Of more characters a clause is none, and it runs on texts of others. */
const longestClause = 600;
/** What follows the agent says when, where and how. */
const afterAgent =
  /\s(?:in|on|at|for|from|with|without|during|after|before|since|until|till|to|under|over|within|through|because|when|where|which|who|that|dans|en|sur|pour|avec|sans|avant|après|depuis|qui)\s/iu;

/** The parts of a clause in the order of the active; one part where it has no passive with its agent. */
export function inActiveOrder(clause: string): readonly Span[] {
  const german = clause.length > longestClause ? null : germanPassive.exec(clause);
  const places = german?.indices?.groups;
  const [agent, verb] = [places?.agent, places?.verb];
  // `Muss … begleitet werden` and `wird … begleitet`, not `muss … arbeiten`.
  const isPassive = /^w/.test(german?.groups?.auxiliary ?? '') !== (german?.groups?.infinitive !== undefined);
  if (german !== null && agent !== undefined && verb !== undefined && isPassive) {
    return [
      { start: agent[0], end: agent[1] },
      { start: verb[0], end: verb[1] },
      { start: 0, end: german.index },
      { start: german.index, end: agent[0] },
      { start: agent[1], end: verb[0] },
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
