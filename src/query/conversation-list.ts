/**
 * A person's own conversations, each under a title. A title is made of the person's own first question and of nothing else, so that it
 * may be shown whatever becomes of rights; no word of an answer is in it.
 */
import type { AccessScope } from '../access/scope.ts';
import type { KeptConversation } from '../core/conversations.ts';
import { toPerseaError } from '../core/errors.ts';
import type { EgressRules } from '../egress/egress.ts';
import { sealPrompt } from '../egress/sealed-prompt.ts';
import { withoutInvisible } from '../guard/limits.ts';
import { replyOf } from '../llm/complete.ts';
import { unreadable } from '../llm/failures-told.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import { type PromptRegistry, renderPrompt } from '../prompts/registry.ts';
import { type CallRecords, recordedCalls } from './calls.ts';
import { questionIn } from './rewrite.ts';

export interface ConversationStore {
  /** The last ones first; none of anybody else. */
  list(principalId: string, limit: number): Promise<readonly KeptConversation[]>;
  setTitle(principalId: string, conversationId: string, title: string): Promise<void>;
  /** Every question of it and its title; nothing happens where there is none. */
  remove(principalId: string, conversationId: string): Promise<void>;
}

export interface ListedConversation {
  readonly id: string;
  readonly title: string;
  readonly questions: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly lastAt: string;
}

/** `rules`: the first question, shortened; `auto`: by a model of the route where one may and can, else by rules. */
export type TitleMode = 'rules' | 'auto';

export interface ConversationListDependencies extends CallRecords {
  readonly store: ConversationStore;
  /** In the order of the route. */
  readonly models: readonly { readonly model: LanguageModel }[];
  readonly prompts: PromptRegistry;
  readonly egress: EgressRules;
  readonly titles: TitleMode;
}

const titleCharacters = 60;
/** In which an answer would be longer, and a title is not. */
const mostCharacters = 80;
const maxOutputTokens = 30;
const questionCharacters = 400;
/** By a model, at one look at the list; the others have theirs by rules until the next one. */
const titlesAtOnce = 3;
const deadlineMs = 6_000;
const marks = /[[\]<>{}`*_#|\\]/;

export async function listConversations(
  dependencies: ConversationListDependencies,
  scope: AccessScope,
  { limit, signal }: { readonly limit: number; readonly signal?: AbortSignal },
): Promise<readonly ListedConversation[]> {
  if (scope.subject.kind !== 'principal') return [];
  const kept = await dependencies.store.list(scope.subject.id, limit);
  const titles = dependencies.titles === 'auto' ? await modelTitles(dependencies, scope, kept, signal) : new Map();
  return kept.map(({ id, firstQuestion, title, questions, startedAt, lastAt }) => ({
    id,
    title: title ?? titles.get(id) ?? titleByRules(firstQuestion),
    questions,
    startedAt: new Date(startedAt).toISOString(),
    lastAt: new Date(lastAt).toISOString(),
  }));
}

export async function removeConversation(store: ConversationStore, scope: AccessScope, id: string): Promise<void> {
  if (scope.subject.kind === 'principal') await store.remove(scope.subject.id, id);
}

/** The question itself on one line, cut at a word. */
export function titleByRules(question: string): string {
  const line = withoutInvisible(question).replace(/\s+/g, ' ').trim();
  if (line.length <= titleCharacters) return line;
  const cut = line.slice(0, titleCharacters);
  const space = cut.lastIndexOf(' ');
  return `${(space > titleCharacters / 2 ? cut.slice(0, space) : cut).toWellFormed().trimEnd()}…`;
}

/** Of the newest conversations that have none, by id; kept for the next time. What fails is tried again then. */
async function modelTitles(
  dependencies: ConversationListDependencies,
  scope: AccessScope,
  kept: readonly KeptConversation[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  const model = dependencies.models.map((entry) => entry.model).find(({ provider }) => provider !== 'extractive');
  const untitled = kept.filter(({ title }) => title === null).slice(0, titlesAtOnce);
  const titles = new Map<string, string>();
  if (model === undefined || untitled.length === 0 || scope.subject.kind !== 'principal') return titles;
  const { id: principalId } = scope.subject;
  const calls = recordedCalls(dependencies, scope, 'titled');
  const deadline = AbortSignal.timeout(deadlineMs);
  const within = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  await Promise.all(
    untitled.map(async ({ id, firstQuestion }) => {
      const title = await titleByModel(dependencies, calls.gate, model, firstQuestion, within);
      if (title === null) return;
      titles.set(id, title);
      await dependencies.store.setTitle(principalId, id, title);
    }),
  );
  await calls.recorded();
  signal?.throwIfAborted();
  return titles;
}

/** That of the rules where the model writes none of the question; null where it could not be asked, until the next time. */
async function titleByModel(
  { prompts, egress }: ConversationListDependencies,
  gate: ReturnType<typeof recordedCalls>['gate'],
  model: LanguageModel,
  question: string,
  signal: AbortSignal,
): Promise<string | null> {
  const asked = question.slice(0, questionCharacters).toWellFormed();
  try {
    const filled = renderPrompt(prompts.choose('title', model.id), { question: asked });
    const prompt = sealPrompt(filled, [], egress);
    const inputTokens = model.tokens.count(prompt.system + prompt.user);
    const admitted = await gate.admit(model, { purpose: 'title', inputTokens, maxOutputTokens });
    const request = { question: asked, prompt, maxOutputTokens, maxReplyCharacters: mostCharacters * 2, signal };
    const title = questionIn(withoutInvisible(await replyOf(admitted, request)), asked);
    if (title !== null && title.length <= mostCharacters && !marks.test(title)) return title;
    gate.failed('title', unreadable(model.id, 'title', 'a title of the question'));
    // The same model would write the like at every look at the list, for money each time.
    return titleByRules(question);
  } catch (thrown) {
    // A broken prompt of the company's own is shown by `persea doctor`; the list is not the place to fail for it.
    if (toPerseaError(thrown).code === 'internal') throw thrown;
    return null;
  }
}
