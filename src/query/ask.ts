/**
 * The whole path of one question, top to bottom. Retrieved text is data throughout: fenced, quoted, never obeyed. Every
 * outcome is an `Answer`; only what is not about the question itself (aborted, store broken) is thrown.
 */
import type { AccessScope } from '../access/scope.ts';
import { type AbstentionDecision, abstentionText, decideAbstention } from '../answer/abstain.ts';
import {
  type AnswerPolicy,
  createAnswerStream,
  type ReleasedSentence,
  type ResolvedAnswer,
} from '../answer/answer-stream.ts';
import type { CatalogReader, StoredText, UsageRecord } from '../catalog/catalog.ts';
import type { FormatRequest } from '../context/formats/format.ts';
import { type FormatRegistry, findFormat } from '../context/formats/registry.ts';
import type { WindowOrder } from '../context/order.ts';
import { buildContextWindow } from '../context/window.ts';
import type { AbstentionReason, Answer, AnswerContext, RefusalReason, Usage } from '../core/answer.ts';
import type { Clock } from '../core/async.ts';
import type { Passage } from '../core/chunk.ts';
import type { ContextItem, ContextWindow, Omission } from '../core/context.ts';
import { PerseaError, toPerseaError } from '../core/errors.ts';
import type { Evidence, SentenceScorer } from '../core/evidence.ts';
import { factFilterOf } from '../core/fact-filter.ts';
import { randomId } from '../core/ids.ts';
import type { RenderedPrompt } from '../core/prompt.ts';
import { type EgressPolicy, planEgress } from '../egress/plan.ts';
import { sealPrompt } from '../egress/sealed-prompt.ts';
import { checkQuestion } from '../guard/limits.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import { type PromptRegistry, renderPrompt } from '../prompts/registry.ts';
import { capPerDocument } from '../retrieval/diversity.ts';
import { foldDuplicates } from '../retrieval/duplicates.ts';
import { type Expansion, expandPassages } from '../retrieval/expand.ts';
import type { Retriever } from '../retrieval/retriever.ts';
import { rankByVisibleWords } from '../retrieval/visible-ranking.ts';
import type { ChunkStore } from '../store/chunk-store.ts';
import type { AskEvent, AskRequest } from './question.ts';
import { usageOf } from './usage.ts';

export interface AskSettings {
  readonly topK: number;
  readonly format: string;
  readonly order: WindowOrder;
  readonly budgetTokens: number;
  readonly expansion: Expansion;
  /** How many passages of one document come before those of others; null for any number. */
  readonly perDocument: number | null;
  readonly unsupported: AnswerPolicy;
  readonly questionCharacters: number;
  /** fold: what near-duplicates say alike is given to a model once. */
  readonly duplicates: 'fold' | 'show';
  readonly egress: EgressPolicy;
}

export interface RouteModel {
  readonly model: LanguageModel;
  readonly maxOutputTokens: number;
}

export interface AskDependencies {
  readonly catalog: Pick<CatalogReader, 'text' | 'signatures'>;
  readonly store: Pick<ChunkStore, 'chunksById'>;
  readonly retriever: Retriever;
  /** Share of the vector arm where both arms are weighed. */
  readonly denseWeight: number;
  readonly scorer: SentenceScorer;
  /** Whether the evidence is enough; the fitted refusal model when absent. Evaluation passes one that only observes. */
  readonly decide?: (evidence: Evidence) => AbstentionDecision;
  readonly prompts: PromptRegistry;
  /** Built-in ones and the company's own. */
  readonly formats: () => Promise<FormatRegistry>;
  /** In the order of the route. */
  readonly models: readonly RouteModel[];
  readonly settings: AskSettings;
  /** What the asker should know about the state of the index. */
  readonly warnings: readonly string[];
  readonly recordUsage: (usage: UsageRecord) => Promise<void>;
  readonly clock: Clock;
}

export interface AskOptions {
  readonly signal?: AbortSignal;
  /** Of the request that asks, so that its log and its answer bear the same one. */
  readonly traceId?: string;
}

/** The answer as it is made: checked sentences as they pass, then the whole. */
export async function* askStream(
  dependencies: AskDependencies,
  scope: AccessScope,
  request: AskRequest,
  options: AskOptions = {},
): AsyncGenerator<AskEvent, Answer> {
  const traceId = options.traceId ?? randomId('trace');
  yield { type: 'answer-start', traceId };
  const answer = yield* new Question(dependencies, scope, request, traceId, options.signal).answer();
  await dependencies.recordUsage(usageOf(answer, scope, dependencies.clock.now()));
  yield { type: 'answer-end', answer };
  return answer;
}

export async function ask(
  dependencies: AskDependencies,
  scope: AccessScope,
  request: AskRequest,
  options: AskOptions = {},
): Promise<Answer> {
  const events = askStream(dependencies, scope, request, options);
  for (;;) {
    const next = await events.next();
    if (next.done === true) return next.value;
  }
}

/** How many visible documents an abstention names. */
const nearestDocuments = 3;

type Sentences = AsyncGenerator<AskEvent, Answer>;

/** A model with the passages it may see, and what had to be kept from it. */
interface Candidate extends RouteModel {
  readonly passages: readonly Passage[];
  readonly withheld: readonly Omission[];
}

class Question {
  readonly #dependencies: AskDependencies;
  readonly #scope: AccessScope;
  readonly #request: AskRequest;
  readonly #traceId: string;
  readonly #signal: AbortSignal | undefined;
  readonly #startedAt = performance.now();
  readonly #warnings: string[];
  #retrieveMs = 0;
  #rerankMs = 0;

  constructor(
    dependencies: AskDependencies,
    scope: AccessScope,
    request: AskRequest,
    traceId: string,
    signal: AbortSignal | undefined,
  ) {
    this.#dependencies = dependencies;
    this.#scope = scope;
    this.#request = request;
    this.#traceId = traceId;
    this.#signal = signal;
    this.#warnings = [...dependencies.warnings];
  }

  async *answer(): Sentences {
    const { settings, retriever, scorer } = this.#dependencies;
    const checked = checkQuestion(this.#request.question, settings);
    if (checked.verdict === 'refused') return this.#refuse(checked.reason, checked.message);
    const { question } = checked;

    const facts = factFilterOf(this.#request.filters);
    const retrieval = await retriever.retrieve(this.#scope, question, {
      topK: settings.topK,
      ...(facts === undefined ? {} : { facts }),
      ...this.#withSignal(),
    });
    this.#warnings.push(...retrieval.warnings.map((warning) => warning.message));
    this.#retrieveMs = performance.now() - this.#startedAt;
    this.#rerankMs = retrieval.timings.rerankMs ?? 0;
    const byWords = rankByVisibleWords(question, retrieval.candidates, this.#dependencies.denseWeight);
    const ranked = retrieval.rerank?.(byWords) ?? byWords;
    const { passages, omitted } = await this.#distinct(question, ranked);
    if (passages.length === 0) return this.#abstain('no-evidence', passages);

    const evidence = await scorer.score(question, passages, {
      candidates: retrieval.candidates,
      ...this.#withSignal(),
    });
    const decide = this.#dependencies.decide ?? decideAbstention;
    if (!decide(evidence).isAnswerable) return this.#abstain('insufficient-evidence', passages);

    const candidates = this.#modelsFor(passages, omitted);
    if (candidates.length === 0) {
      return this.#refuse('egress', 'None of the configured models may see the passages that answer this question.');
    }
    for (const [index, candidate] of candidates.entries()) {
      const isLast = index === candidates.length - 1;
      try {
        return yield* this.#generate(candidate, question, evidence);
      } catch (thrown) {
        const error = toPerseaError(thrown);
        this.#signal?.throwIfAborted();
        if (isLast || error.kind === 'internal' || error.kind === 'invalid') throw error;
        this.#warnings.push(`The model "${candidate.model.id}" did not answer (${error.code}); another one was asked.`);
      }
    }
    throw new PerseaError('internal', 'The route of models ended without an answer or an error.');
  }

  /** The best passages; of near-duplicates the best one only. */
  async #distinct(
    question: string,
    ranked: readonly Passage[],
  ): Promise<{ readonly passages: readonly Passage[]; readonly omitted: readonly Omission[] }> {
    const { settings, catalog } = this.#dependencies;
    const top = (passages: readonly Passage[]) =>
      capPerDocument(passages, settings.perDocument).passages.slice(0, settings.topK);
    if (settings.duplicates === 'show') return { passages: top(ranked), omitted: [] };
    const distinct = await foldDuplicates(catalog, this.#scope, question, ranked, {
      // A copy that more models may see must not give way to one that fewer may.
      mayStandFor: (shown, folded) => shown.classification === folded.classification,
    });
    const passages = top(distinct.passages);
    const folded = passages.flatMap(({ chunk }) => distinct.duplicates.get(chunk.chunkId) ?? []);
    const uris = [...new Set(folded.map(({ uri }) => uri))];
    return { passages, omitted: uris.map((uri) => ({ uri, reason: 'duplicate' })) };
  }

  /** The models of the route that may be asked, each with the passages that it may see. */
  #modelsFor(passages: readonly Passage[], omitted: readonly Omission[]): readonly Candidate[] {
    const { models, settings } = this.#dependencies;
    const wanted = this.#request.model;
    const route = wanted === undefined ? models : models.filter(({ model }) => model.id === wanted);
    if (wanted !== undefined && route.length === 0) {
      throw new PerseaError(
        'unknown-model',
        `There is no active model "${wanted}"; there are: ${models.map(({ model }) => model.id).join(', ')}.`,
      );
    }
    const { candidates, explanation } = planEgress(route, passages, settings.egress);
    if (explanation !== null) this.#warnings.push(explanation);
    return candidates.map(({ entry, passages: allowed, blocked }): Candidate => {
      const withheld = [...new Set(blocked.map(({ uri }) => uri))].map((uri) => ({ uri, reason: 'egress' }) as const);
      return { ...entry, passages: allowed, withheld: [...withheld, ...omitted] };
    });
  }

  async *#generate(candidate: Candidate, question: string, evidence: Evidence): Sentences {
    const { settings, prompts } = this.#dependencies;
    const { model, passages, maxOutputTokens } = candidate;
    const startedAt = performance.now();
    const template = prompts.template('answer');
    const bare = renderPrompt(template, { context: '', question });
    const promptTokens = model.tokens.count(bare.system + bare.user);
    const window = await this.#window(candidate, promptTokens, { question, sentences: evidence.sentences });
    const filled = renderPrompt(template, { context: window.text, question });
    const prompt = sealPrompt(filled, window.items, settings.egress);
    const spent = { inputTokens: 0, outputTokens: 0 };
    const outcome = (resolved: ResolvedAnswer): Answer => {
      const made = { model, prompt, window, spent, generateMs: performance.now() - startedAt };
      this.#warnings.push(...resolved.warnings);
      // "I don't know" is an honest answer; one of which nothing is left is not.
      const hasUnsupported = resolved.status === 'abstained' && resolved.reason === 'unsupported-claims';
      model.noteChecked?.(!hasUnsupported);
      if (resolved.status === 'abstained') {
        return this.#abstain(resolved.reason ?? 'insufficient-evidence', passages, made);
      }
      const { text, citations, claims } = resolved;
      return { status: 'answered', text, citations, claims, reason: null, ...this.#facts(made) };
    };

    const stream = createAnswerStream({ window, question, policy: settings.unsupported });
    let hasReleased = false;
    try {
      const request = { question, prompt, window, evidence, maxOutputTokens };
      for await (const event of model.generate({ ...request, ...this.#withSignal() })) {
        if (event.type === 'finish') {
          Object.assign(spent, { inputTokens: event.inputTokens, outputTokens: event.outputTokens });
          if (event.finishReason === 'length') this.#warnings.push('The model was cut off at its output limit.');
          continue;
        }
        for (const sentence of stream.push(event.text)) {
          hasReleased = true;
          yield* eventsOf(sentence);
        }
      }
    } catch (thrown) {
      // What was released was checked and stays; before that another model can still answer.
      if (!hasReleased || this.#signal?.aborted === true) throw thrown;
      this.#warnings.push(
        `The model "${model.id}" broke off (${toPerseaError(thrown).code}); the answer may be incomplete.`,
      );
    }
    const { released, answer } = stream.end();
    for (const sentence of released) yield* eventsOf(sentence);
    return outcome(answer);
  }

  /** Packs what the model may see under both the configured budget and what its context leaves. */
  async #window(
    { model, passages, withheld, maxOutputTokens }: Candidate,
    promptTokens: number,
    request: FormatRequest,
  ): Promise<ContextWindow> {
    const { settings, store, catalog, formats } = this.#dependencies;
    const formatName = this.#request.format ?? settings.format;
    const expanded = await expandPassages(store, this.#scope, passages, settings.expansion);
    const texts = new Map<string, StoredText>();
    for (const documentId of new Set(passages.map((passage) => passage.chunk.documentId))) {
      const stored = await catalog.text(this.#scope, documentId);
      const isCurrent = passages.some(
        (passage) => passage.chunk.revision === stored?.revision && passage.chunk.documentId === documentId,
      );
      if (stored !== undefined && isCurrent) texts.set(documentId, stored);
    }
    // A document that changed or was withdrawn since it was retrieved is not shown in its old form.
    const present = expanded.filter(({ passage }) => texts.has(passage.chunk.documentId));
    const budgetTokens = Math.min(settings.budgetTokens, model.contextTokens - maxOutputTokens - promptTokens);
    return buildContextWindow(present, {
      format: { name: formatName, render: await findFormat(formatName, formats) },
      request,
      order: settings.order,
      budgetTokens: Math.max(0, budgetTokens),
      tokens: model.tokens,
      textOf: (documentId) => texts.get(documentId)?.text ?? '',
      blocksOf: (documentId) => texts.get(documentId)?.blocks ?? [],
      omitted: withheld,
    });
  }

  #abstain(reason: AbstentionReason, passages: readonly Passage[], made?: Made): Answer {
    const nearest = new Map(passages.map(({ uri, title }) => [uri, { uri, title }]));
    return {
      status: 'abstained',
      text: abstentionText(reason),
      citations: [],
      claims: [],
      reason,
      nearest: [...nearest.values()].slice(0, nearestDocuments),
      ...this.#facts(made),
    };
  }

  #refuse(reason: RefusalReason, text: string): Answer {
    return { status: 'refused', text, citations: [], claims: [], reason, ...this.#facts() };
  }

  #facts(made?: Made) {
    const { inputTokens, outputTokens } = made?.spent ?? { inputTokens: 0, outputTokens: 0 };
    const price = made?.model.price ?? { inputPerMTok: 0, outputPerMTok: 0 };
    const usage: Usage = {
      inputTokens,
      outputTokens,
      costUsd: (inputTokens * price.inputPerMTok + outputTokens * price.outputPerMTok) / 1_000_000,
      ms: {
        retrieve: Math.round(this.#retrieveMs - this.#rerankMs),
        rerank: Math.round(this.#rerankMs),
        generate: Math.round(made?.generateMs ?? 0),
        total: Math.round(performance.now() - this.#startedAt),
      },
    };
    return {
      warnings: this.#warnings,
      model: made === undefined ? null : { id: made.model.id, provider: made.model.provider, zone: made.model.zone },
      prompt: made === undefined ? null : { id: made.prompt.id, version: made.prompt.version, hash: made.prompt.hash },
      context: this.#contextFacts(made?.window),
      usage,
      cache: 'miss' as const,
      traceId: this.#traceId,
    };
  }

  #contextFacts(window: ContextWindow | undefined): AnswerContext {
    if (window === undefined) {
      return {
        format: this.#request.format ?? this.#dependencies.settings.format,
        tokens: 0,
        passages: 0,
        omitted: [],
      };
    }
    const { format, tokens, items, omitted, text } = window;
    const facts = { format, tokens, passages: items.length, omitted };
    if (this.#request.includeContext !== true) return facts;
    const shownOf = (item: ContextItem) => {
      const { marker, uri, chunkIds, start, end, text } = item;
      return { marker, uri, chunkIds, start, end, text };
    };
    return { ...facts, text, items: items.map(shownOf) };
  }

  #withSignal(): { readonly signal?: AbortSignal } {
    return this.#signal === undefined ? {} : { signal: this.#signal };
  }
}

/** What is known about an answer once a model was asked. */
interface Made {
  readonly model: LanguageModel;
  readonly prompt: Pick<RenderedPrompt, 'id' | 'version' | 'hash'>;
  readonly window: ContextWindow;
  readonly spent: { readonly inputTokens: number; readonly outputTokens: number };
  readonly generateMs: number;
}

/** Citations come before the text that uses their markers. */
function* eventsOf(sentence: ReleasedSentence): Generator<AskEvent> {
  for (const citation of sentence.newCitations) yield { type: 'citation', citation };
  yield { type: 'text-delta', text: sentence.text };
}
