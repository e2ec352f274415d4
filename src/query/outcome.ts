/** The outcomes of a question: each is an `Answer` with the facts of how it was made. */
import { abstentionText } from '../answer/abstain.ts';
import { contradictionsOf, contradictionWarning } from '../answer/contradiction.ts';
import type { ResolvedAnswer } from '../answer/answer-stream.ts';
import type { ReleasedSentence } from '../answer/answer-text.ts';
import type { AbstentionReason, Answer, AnswerContext, RefusalReason, Usage } from '../core/answer.ts';
import type { Passage } from '../core/chunk.ts';
import type { ContextItem, ContextWindow } from '../core/context.ts';
import type { RenderedPrompt } from '../core/prompt.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import { type Inquiry, languageOf } from './inquiry.ts';
import type { AskEvent } from './question.ts';
import { spentIn } from './usage.ts';

/** What is known about an answer once a model was asked. */
export interface Made {
  readonly model: Pick<LanguageModel, 'id' | 'provider' | 'zone'>;
  readonly prompt: Pick<RenderedPrompt, 'id' | 'version' | 'hash'>;
  readonly window: ContextWindow;
  /** It was made for an earlier question. */
  readonly isCached?: boolean;
}

/** How many visible documents an abstention names. */
const nearestDocuments = 3;

export function answered(inquiry: Inquiry, resolved: ResolvedAnswer, made: Made): Answer {
  const { text, citations, claims } = resolved;
  const differing = contradictionsOf(inquiry.searchedFor, citations, made.window.items);
  const language = languageOf(inquiry);
  inquiry.warnings.push(...differing.map((one) => contradictionWarning(one, language)));
  return { status: 'answered', text, citations, claims, reason: null, ...facts(inquiry, made) };
}

/** Made of what the catalogue knows, without any model. */
export function listed(
  inquiry: Inquiry,
  { text, citations, claims }: Pick<ResolvedAnswer, 'text' | 'citations' | 'claims'>,
): Answer {
  return { status: 'answered', text, citations, claims, reason: null, ...facts(inquiry) };
}

/** `passages`: what was found, of which the best documents are named. */
export function abstained(
  inquiry: Inquiry,
  reason: AbstentionReason,
  passages: readonly Passage[],
  made?: Made,
): Answer {
  const nearest = new Map(passages.map(({ uri, title }) => [uri, { uri, title }]));
  return {
    status: 'abstained',
    text: abstentionText(reason, languageOf(inquiry)),
    citations: [],
    claims: [],
    reason,
    ...(inquiry.searchedFor === inquiry.request.question ? {} : { searchedFor: inquiry.searchedFor }),
    nearest: [...nearest.values()].slice(0, nearestDocuments),
    ...facts(inquiry, made),
  };
}

export function refused(inquiry: Inquiry, reason: RefusalReason, text: string): Answer {
  return { status: 'refused', text, citations: [], claims: [], reason, ...facts(inquiry) };
}

function facts(inquiry: Inquiry, made?: Made) {
  return {
    ...accounts(inquiry),
    model: made === undefined ? null : { id: made.model.id, provider: made.model.provider, zone: made.model.zone },
    prompt: made === undefined ? null : { id: made.prompt.id, version: made.prompt.version, hash: made.prompt.hash },
    context: contextFacts(inquiry, made?.window),
    cache: made?.isCached === true ? ('hit' as const) : ('miss' as const),
    traceId: inquiry.traceId,
  };
}

/** The same answer with what became known after it was made: further attempts, their warnings and their cost. */
export function accounted(inquiry: Inquiry, answer: Answer): Answer {
  return { ...answer, ...accounts(inquiry) };
}

function accounts(inquiry: Inquiry) {
  const { warnings, attempts, retrieveMs, rerankMs, generateStartedAt, startedAt } = inquiry;
  const now = performance.now();
  const usage: Usage = {
    ...spentIn(inquiry),
    ms: {
      retrieve: Math.round(retrieveMs - rerankMs),
      rerank: Math.round(rerankMs),
      generate: Math.round(generateStartedAt === null ? 0 : now - generateStartedAt),
      total: Math.round(now - startedAt),
    },
  };
  return { warnings, usage, ...(attempts.length === 0 ? {} : { attempts: [...attempts] }) };
}

function contextFacts({ request, dependencies }: Inquiry, window: ContextWindow | undefined): AnswerContext {
  if (window === undefined) {
    return { format: request.format ?? dependencies.settings.format, tokens: 0, passages: 0, omitted: [] };
  }
  const { format, tokens, items, omitted, text } = window;
  const shape = { format, tokens, passages: items.length, omitted };
  if (request.includeContext !== true) return shape;
  const shownOf = (item: ContextItem) => {
    const { marker, uri, chunkIds, start, end, text } = item;
    return { marker, uri, chunkIds, start, end, text };
  };
  return { ...shape, text, items: items.map(shownOf) };
}

/** Citations come before the text that uses their markers. */
export function* eventsOf(sentence: ReleasedSentence): Generator<AskEvent> {
  for (const citation of sentence.newCitations) yield { type: 'citation', citation };
  yield { type: 'text-delta', text: sentence.text };
}
