/** What answering a question needs, and the settings it follows. */
import type { AbstentionDecision } from '../answer/abstain.ts';
import type { AnswerPolicy } from '../answer/answer-stream.ts';
import type { CatalogReader, UsageRecord } from '../catalog/catalog.ts';
import type { ReadFormats } from '../context/formats/registry.ts';
import type { WindowOrder } from '../context/order.ts';
import type { Clock } from '../core/async.ts';
import type { PerseaError } from '../core/errors.ts';
import type { Evidence, SentenceScorer } from '../core/evidence.ts';
import type { TraceRecord } from '../core/trace.ts';
import type { EgressPolicy } from '../egress/plan.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import type { PromptRegistry } from '../prompts/registry.ts';
import type { Expansion } from '../retrieval/expand.ts';
import type { Retriever } from '../retrieval/retriever.ts';
import type { VisibleRanking } from '../retrieval/visible-ranking.ts';
import type { ChunkStore } from '../store/chunk-store.ts';
import type { CondenseMode, ConversationLog } from './conversation.ts';
import type { AnswerCache } from './answer-cache.ts';
import type { BudgetGate } from './budget.ts';
import type { Judge } from './judging.ts';
import type { RepairMode } from './repair.ts';
import type { Routing } from './routing.ts';
import type { CurrentRights } from './still-visible.ts';

export interface AskSettings {
  readonly topK: number;
  readonly format: string;
  readonly order: WindowOrder;
  readonly budgetTokens: number;
  /** Of the budget, how much the text of one document may take. */
  readonly perDocumentShare: number;
  readonly expansion: Expansion;
  /** How many passages of one document come before those of others; null for any number. */
  readonly perDocument: number | null;
  readonly unsupported: AnswerPolicy;
  readonly questionCharacters: number;
  readonly answerCharacters: number;
  /** When a model is asked once more for what no source supports. */
  readonly repair: RepairMode;
  /** Whether who asks for it is shown what a model writes before it is checked. */
  readonly drafts: 'allow' | 'never';
  /** Of a question that reads like orders to a language model; noted in its trace in any case. */
  readonly injection: 'note' | 'refuse';
  /** fold: what near-duplicates say alike is given to a model once. */
  readonly duplicates: 'fold' | 'show';
  readonly egress: EgressPolicy;
  /** How follow-ups are read. */
  readonly condense: CondenseMode;
  readonly routing: Routing;
  /** For all models and attempts of one question together. */
  readonly deadlineMs: number;
}

export interface RouteModel {
  readonly model: LanguageModel;
  readonly maxOutputTokens: number;
  /** What else its answers depend on, such as temperature and address. An answer of a model without them is not given again. */
  readonly parameters?: string;
}

export interface AskDependencies extends CurrentRights {
  readonly catalog: Pick<
    CatalogReader,
    'text' | 'signatures' | 'documentIds' | 'documentsById' | 'documentByUri' | 'documentsReplacing' | 'countDocuments'
  >;
  readonly store: Pick<ChunkStore, 'chunksById'>;
  readonly retriever: Retriever;
  /** How what was found is ranked by what the asker may see. */
  readonly ranking: VisibleRanking;
  readonly scorer: SentenceScorer;
  /** Whether the evidence is enough; the fitted refusal model when absent. Evaluation passes one that only observes. */
  readonly decide?: (evidence: Evidence) => AbstentionDecision;
  readonly prompts: PromptRegistry;
  /** Built-in ones and the company's own. */
  readonly formats: ReadFormats;
  /** Absent where none are kept. */
  readonly conversations?: ConversationLog;
  /** In the order of the route. */
  readonly models: readonly RouteModel[];
  /** Answers where no model of the route does; null for nobody. */
  readonly lastResort?: RouteModel | null;
  /** Looks at claims that the rules leave in doubt; nobody does when absent. */
  readonly judge?: Judge | null;
  /** What people may still spend; without limits when absent. */
  readonly budgets?: BudgetGate;
  readonly settings: AskSettings;
  /** What the asker should know about the state of the index. */
  readonly warnings: readonly string[];
  /** Must not throw: an answer is given whether or not what it came to can be written down. */
  readonly recordUsage: (usage: UsageRecord) => Promise<void>;
  /** Must not throw: a question is answered whether or not its trace can be kept. */
  readonly recordTrace?: (trace: TraceRecord) => void;
  /** For the operator: why a model did not do what it was asked for, where the question went on without. Must not throw. */
  readonly onModelFailure?: (failure: PerseaError) => void;
  /** Checked answers of models, given again for the same evidence; none are kept when absent. */
  readonly answers?: AnswerCache;
  readonly clock: Clock;
}
