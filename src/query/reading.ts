/**
 * A question within a conversation may go on with what was asked before or open a subject of its own, and its words alone do not tell
 * which: `And the bonus?`. What is found for it does: an answer speaks of what the question says itself.
 */
import { decideAbstention } from '../answer/abstain.ts';
import type { OwnMatch } from '../core/evidence.ts';
import { type Standalone, subjectOf } from './condense.ts';
import { type Gathered, gather } from './gather.ts';
import type { Inquiry } from './inquiry.ts';

export interface Reading extends Gathered {
  readonly question: string;
  /** It goes on from what was asked before and asks about somebody or something that nothing found speaks of: `And in Oslo?` */
  readonly isBeside: boolean;
}

/** A passage that has this share of what was said is not beside it. */
const enoughSaid = 0.5;
/** So much more of it, and so much nearer to it in meaning, is another subject … */
const moreSaid = 0.2;
const nearer = 0.05;
/** … and so is nearly all of it instead of nothing; but one word is often a case of the old subject: `And part-timers?`. */
const nearlyAllSaid = 0.75;
const wordsOfSubject = 2;
const nothingSaid: OwnMatch = { inAnswer: 0, inPassage: 0, cosine: null, isOfUnknown: false };

/** As it seems to be meant; the other way where nothing that it says itself is found so, and is found otherwise. */
export async function readInConversation(inquiry: Inquiry, standalone: Standalone): Promise<Reading> {
  const { decide = decideAbstention } = inquiry.dependencies;
  const isAnswer = ({ evidence }: Gathered) => evidence !== null && decide(evidence).isAnswerable;
  const said = ({ evidence }: Gathered) => evidence?.own ?? nothingSaid;
  const first = await read(inquiry, standalone);
  const { otherwise, own } = standalone;
  if (otherwise === undefined) return first;
  const isCompleted = own !== standalone.question;
  if (isAnswer(first) && (!isCompleted || said(first).inPassage >= enoughSaid)) return first;

  const { warnings, replaced, trace } = inquiry;
  const asFirst = { warnings: warnings.splice(0), replaced: replaced.splice(0), restore: trace.found() };
  const second = await read(inquiry, otherwise);
  const isMeant =
    isCompleted && isAnswer(first)
      ? opensSubject(said(first), said(second), otherwise.question)
      : said(second).inAnswer >= nearlyAllSaid;
  if (isAnswer(second) && isMeant) return second;
  warnings.splice(0, warnings.length, ...asFirst.warnings);
  replaced.splice(0, replaced.length, ...asFirst.replaced);
  asFirst.restore();
  inquiry.searchedFor = standalone.question;
  inquiry.madeFrom = standalone.madeFrom;
  return first;
}

function opensSubject(completed: OwnMatch, alone: OwnMatch, question: string): boolean {
  const more = alone.inAnswer - completed.inPassage;
  if (more >= moreSaid && (alone.cosine ?? 0) - (completed.cosine ?? 0) >= nearer) return true;
  return more >= nearlyAllSaid && subjectOf(question).length >= wordsOfSubject;
}

async function read(inquiry: Inquiry, { question, query, own, madeFrom }: Standalone): Promise<Reading> {
  inquiry.searchedFor = question;
  inquiry.madeFrom = madeFrom;
  const gathered = await gather(inquiry, question, { query, own });
  const isCompleted = own !== undefined && own !== question;
  return { question, isBeside: isCompleted && gathered.evidence?.own?.isOfUnknown === true, ...gathered };
}
