/**
 * A second look at claims in doubt by a language model: what it is asked, how its reply is read, and how far its verdict goes (after
 * Zheng et al., "Judging LLM-as-a-Judge", 2023, but over one passage a claim and three verdicts). It is asked about words alone: what
 * numbers, units, names, negation or order contradict never comes before it.
 */
import { z } from 'zod';
import { type ContextItem, repeatedAbove } from '../core/context.ts';
import { fenceFor } from '../core/fence.ts';
import { splitSentences } from '../core/sentences.ts';
import type { DoubtfulClaim } from './answer-stream.ts';
import type { SupportingSpan } from './candidates.ts';
import type { ClaimCheck } from './verify.ts';

const verdictNames = ['supported', 'partly', 'unsupported'] as const;
export type Verdict = (typeof verdictNames)[number];

export interface JudgeQuestion {
  /** Those that are asked about, in their order; the others keep their own checks. */
  readonly asked: readonly DoubtfulClaim[];
  /** Values of the prompt `judge`. */
  readonly claims: string;
  readonly passages: string;
}

const mostClaims = 12;
/** What is longer is no single claim. */
const claimCharacters = 600;
const passageCharacters = 1_200;
/** Of all passages together, in UTF-8. */
const maxPassagesBytes = 12_288;

export function judgeQuestion(doubtful: readonly DoubtfulClaim[]): JudgeQuestion {
  let bytes = 0;
  const cases = doubtful
    .filter(({ text }) => text.length <= claimCharacters)
    .slice(0, mostClaims)
    .map((claim) => ({ claim, passage: passageOf(claim) }))
    .filter(({ passage }) => {
      bytes += Buffer.byteLength(passage);
      return bytes <= maxPassagesBytes;
    });
  return {
    asked: cases.map(({ claim }) => claim),
    claims: cases.map(({ claim }, index) => JSON.stringify({ claim: index + 1, text: claim.text })).join('\n'),
    passages: fenced(cases.map(({ passage }) => passage)),
  };
}

const replySchema = z.strictObject({
  verdicts: z.array(z.strictObject({ claim: z.int().min(1), verdict: z.enum(verdictNames) })).max(mostClaims),
});

/** One verdict for each of `count` claims, in their order; null for a reply that is anything else. */
export function verdictsIn(reply: string, count: number): readonly Verdict[] | null {
  let value: unknown;
  try {
    value = JSON.parse(reply.trim().replace(/^```(?:json)?\n([\s\S]*)\n```$/, '$1'));
  } catch {
    return null;
  }
  const { data } = replySchema.safeParse(value);
  if (data === undefined || data.verdicts.length !== count) return null;
  const byClaim = new Map(data.verdicts.map(({ claim, verdict }) => [claim, verdict]));
  const verdicts = Array.from({ length: count }, (_, index) => byClaim.get(index + 1));
  return verdicts.every((verdict) => verdict !== undefined) ? verdicts : null;
}

/**
 * A verdict lowers any support, but raises it by one step only: `partial` to `entailed`, and `none`, where something comes near without
 * contradicting, to `partial`.
 */
export function afterVerdict({ check, nearest }: DoubtfulClaim, verdict: Verdict): ClaimCheck {
  if (check.support === 'none') {
    return verdict === 'supported' && nearest !== null ? { support: 'partial', spans: [nearest] } : check;
  }
  if (verdict === 'unsupported') return { support: 'none', spans: [] };
  if (verdict === 'partly') return { ...check, support: 'partial' };
  return check.support === 'partial' ? { ...check, support: 'entailed' } : check;
}

/** The sentences that a claim rests on, each with what stands above it and one sentence on either side. */
function passageOf({ check, nearest }: DoubtfulClaim): string {
  const spans = nearest === null ? check.spans : [nearest];
  const texts = spans.map(({ item, ...span }) => `${headOf(item)}\n${surroundings(item, span)}`);
  return texts.join('\n…\n').slice(0, passageCharacters).toWellFormed();
}

function headOf(item: ContextItem): string {
  const head = [...new Set([item.title, ...item.headingPath])].join(' > ');
  const above = repeatedAbove(item);
  return above === null ? head : `${head}\n${above}`;
}

function surroundings({ text }: ContextItem, { start, end }: Omit<SupportingSpan, 'item'>): string {
  const sentences = splitSentences(text);
  const before = sentences.findLast((sentence) => sentence.end <= start);
  const after = sentences.find((sentence) => sentence.start >= end);
  const quote = text.slice(start, end);
  const wide = text.slice(before?.start ?? start, after?.end ?? end);
  return wide.length * 2 <= passageCharacters ? wide : quote;
}

function fenced(texts: readonly string[]): string {
  const fence = fenceFor(texts);
  return texts.map((text, index) => `Passage ${index + 1}\n${fence}\n${text}\n${fence}`).join('\n\n');
}
