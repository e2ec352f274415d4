/**
 * What was asked before, per person and conversation. Kept are the person's own questions and which chunks were cited, never
 * an answer's text: what is used of an earlier answer is read again under the scope of whoever asks now.
 */
import type { Answer } from '../core/answer.ts';
import type { ConversationTurn } from '../core/conversations.ts';
import { toPerseaError } from '../core/errors.ts';
import { mayReach } from '../egress/egress.ts';
import { recheckDocuments } from '../retrieval/recheck.ts';
import {
  type CitedHeading,
  condense,
  type EarlierTurn,
  isFollowUp,
  isPleasantry,
  type Standalone,
} from './condense.ts';
import type { Inquiry } from './inquiry.ts';
import type { HistoryTurn } from './question.ts';
import { rewriteFollowUp } from './rewrite.ts';

export interface ConversationLog {
  /** The last ones, oldest first; none for a conversation of somebody else. */
  turns(principalId: string, conversationId: string, limit: number): Promise<readonly ConversationTurn[]>;
  record(principalId: string, conversationId: string, turn: ConversationTurn): Promise<void>;
}

/** `auto`: by a model of the route that may see what is needed, else by rules; `rules`: never by a model; `off`: not at all. */
export type CondenseMode = 'auto' | 'rules' | 'off';

/** Earlier ones say little about what is asked now. */
const turnsRead = 6;
/** Of a turn that the caller tells of. */
const turnCharacters = 4_000;
const chunksKept = 4;
/** A short question may leave out what no word of it tells. */
const shortQuestion = 40;

/** The question as it stands for itself, with what was asked before it in its conversation. */
export async function standaloneOf(inquiry: Inquiry, question: string): Promise<Standalone> {
  const { condense: mode } = inquiry.dependencies.settings;
  const turns = mode === 'off' ? [] : await earlierTurns(inquiry);
  if (turns.length === 0) return { question, query: question, madeFrom: [] };
  if (mode === 'auto' && (isFollowUp(question) || question.length <= shortQuestion)) {
    const rewritten = await rewriteFollowUp(inquiry, question, turns);
    if (rewritten !== null) return rewritten;
  }
  return condense(question, turns);
}

export async function rememberTurn(inquiry: Inquiry, answer: Answer): Promise<void> {
  const { dependencies, scope, request } = inquiry;
  const { conversationId, question } = request;
  if (conversationId === undefined || scope.subject.kind !== 'principal' || answer.status === 'refused') return;
  const chunkIds = [...new Set(answer.citations.map(({ chunkId }) => chunkId))].slice(0, chunksKept);
  try {
    await dependencies.conversations?.record(scope.subject.id, conversationId, { question, chunkIds });
  } catch (thrown) {
    // The answer is there; only the next follow-up will miss it.
    inquiry.warnings.push(`This question could not be kept for its conversation (${toPerseaError(thrown).code}).`);
  }
}

/** What is searched for when a caller keeps the history: by rules alone. */
export function queryWithHistory(question: string, history: readonly HistoryTurn[] | undefined): string {
  return condense(question, (history ?? []).filter(isAsked).slice(-turnsRead).map(toTurn)).query;
}

/** Answers in a history are the caller's word only, of no known classification: the questions alone count. */
const isAsked = ({ role, text }: HistoryTurn) => role === 'user' && !isPleasantry(text);
const toTurn = ({ text }: HistoryTurn): EarlierTurn => ({ question: text.slice(0, turnCharacters), headings: [] });

async function earlierTurns(inquiry: Inquiry): Promise<readonly EarlierTurn[]> {
  const { scope, request } = inquiry;
  if (request.history !== undefined) return request.history.filter(isAsked).slice(-turnsRead).map(toTurn);
  if (request.conversationId === undefined || scope.subject.kind !== 'principal') return [];
  const turns = await storedTurns(inquiry, scope.subject.id, request.conversationId);
  const stored = turns.filter((turn) => !isPleasantry(turn.question));
  const last = stored.at(-1);
  const headings = last === undefined ? [] : await headingsOf(inquiry, last.chunkIds);
  return stored.map((turn) => ({ question: turn.question, headings: turn === last ? headings : [] }));
}

/** A conversation that cannot be read costs the follow-up its meaning, not the question its answer. */
async function storedTurns(
  { dependencies, warnings }: Inquiry,
  principalId: string,
  conversationId: string,
): Promise<readonly ConversationTurn[]> {
  try {
    return (await dependencies.conversations?.turns(principalId, conversationId, turnsRead)) ?? [];
  } catch (thrown) {
    const { code } = toPerseaError(thrown);
    warnings.push(`What was asked before in this conversation could not be read (${code}); ask in full.`);
    return [];
  }
}

/** Of the chunks that are still there as they were, that the asker may see now and that every model of the route may. */
async function headingsOf(
  { dependencies, scope }: Inquiry,
  chunkIds: readonly string[],
): Promise<readonly CitedHeading[]> {
  const { store, catalog, models, settings } = dependencies;
  const chunks = await store.chunksById(scope, chunkIds);
  const { documents, verdict } = await recheckDocuments(
    catalog,
    scope,
    chunks.map(({ documentId }) => documentId),
  );
  const byId = new Map(chunks.map((chunk) => [chunk.chunkId, chunk]));
  return chunkIds.flatMap((id): CitedHeading[] => {
    const chunk = byId.get(id);
    const document = chunk === undefined ? undefined : documents.get(chunk.documentId);
    if (chunk === undefined || document === undefined || verdict(chunk) !== null) return [];
    const { classification } = document.label;
    if (!models.every(({ model }) => mayReach(classification, model.zone, settings.egress))) return [];
    const innermost = chunk.headingPath.at(-1);
    const text =
      innermost === undefined || innermost === document.title ? document.title : `${document.title} ${innermost}`;
    return [{ text, classification }];
  });
}
