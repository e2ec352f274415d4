/** What an evaluation works with; the composition root makes it, because it alone knows the worker. */
import type { CacheSavings } from '../query/answer-cache.ts';
import type { AbstentionCoefficients } from '../answer/abstain.ts';
import type { Retrieval, RetrievalMode } from '../retrieval/retriever.ts';
import type { AskEvent } from '../query/question.ts';
import type { CaseAsker } from './cases.ts';
import type { Corpus, EvaluationTask } from './dataset.ts';
import type { ModelFailures } from './model-failures.ts';
import type { ObservedAnswer } from './observed-ask.ts';
import type { Recorder } from '../llm/recorder.ts';

/** A corpus indexed on its own, everything visible to one evaluating person. */
export interface CorpusIndex {
  retrieve(
    query: string,
    options: {
      readonly mode?: RetrievalMode;
      readonly topK: number;
      readonly candidates: number;
      readonly signal?: AbortSignal;
    },
  ): Promise<Retrieval>;
  ask(question: string, options: AskSettings): Promise<ObservedAnswer>;
  /** The corpus' own id of a document, by the uri it was indexed under. */
  corpusIdOf(uri: string): string;
  /** Whether the quote is the document's text at these offsets. */
  isVerbatim(citation: {
    readonly documentId: string;
    readonly start: number;
    readonly end: number;
    readonly quote: string;
  }): Promise<boolean>;
  readonly fingerprint: { readonly embedding: string; readonly retrieval: string };
  /** Seconds that indexing took now; near 0 when it was cached. */
  readonly ingestSeconds: number;
  close(): Promise<void>;
}

export interface AskSettings {
  readonly isRefusalOff: boolean;
  readonly isEvidenceOnly?: boolean;
  readonly sentences?: number;
  readonly model?: string;
  readonly format?: string;
  /** Adds the window to the answer. */
  readonly includeContext?: boolean;
  readonly onEvent?: (event: AskEvent) => void;
  readonly signal?: AbortSignal;
}

export interface IndexingOptions {
  readonly signal?: AbortSignal;
  /** Of the corpus' documents; not called where the index was kept. */
  readonly onDocument?: (done: number, total: number) => void;
}

/** Of the options of a run those for its index. */
export function indexingOf({ signal, onDocument }: IndexingOptions): IndexingOptions {
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(onDocument === undefined ? {} : { onDocument }),
  };
}

export type CorpusIndexer = (
  corpus: Corpus,
  options: IndexingOptions & { readonly name: string },
) => Promise<CorpusIndex>;

export interface EvaluationTools {
  readonly indexCorpus: CorpusIndexer;
  /** Asks over the configured store as a person; null where there is no configuration. */
  readonly cases: CaseAsker | null;
  /** What may be compared, the one in use first. */
  readonly settings: { readonly formats: readonly string[]; readonly models: readonly string[] };
  /** What answers depend on besides the search; absent where nothing is answered. */
  readonly answering?: (options: RunOptions) => AnsweringFingerprint;
  readonly fusion: FusionSetting;
  readonly abstention: AbstentionSetting;
  /** Of the answers that were asked with these tools; absent where none are kept. */
  readonly cacheSavings?: () => CacheSavings;
}

/** Two runs with other settings never have the same three. */
export interface AnsweringFingerprint {
  /** Ids of the models that may answer, in the order of the route. */
  readonly model: string;
  readonly format: string;
  /** `sha256:` and a hash of everything else: prompt, window, checks, refusal model, the models' own settings. */
  readonly answering: string;
}

export interface EvaluationToolsOptions {
  /** Keeps what language models write. */
  readonly recorder?: Recorder;
}

/** The weight of the vector arm: what is in force, and where a learned one is kept. */
export interface FusionSetting {
  readonly denseWeight: number;
  /** Whether a learned weight would be used: the configuration says `auto`, and there is an embedding model. */
  readonly isLearnable: boolean;
  /** Keeps it in the data folder for this embedding model, and says where. */
  keep(learned: LearnedWeight): Promise<string>;
}

/** The refusal model in force, and where a learned one is kept. */
export interface AbstentionSetting {
  /** For evidence of this fingerprint. */
  current(fingerprint: string): AbstentionCoefficients;
  /** Keeps it in the data folder, and says where. */
  keep(learned: AbstentionCoefficients): Promise<string>;
}

export interface LearnedWeight {
  readonly denseWeight: number;
  readonly dataset: string;
  readonly questions: number;
  /** Cross-validated gain in nDCG@10, with 95 % of it. */
  readonly difference: number;
  readonly interval: readonly [lower: number, upper: number];
}

export interface RunOptions extends IndexingOptions {
  /** Of cases, which can be asked or only searched for; asked when absent. */
  readonly task?: EvaluationTask;
  readonly mode?: RetrievalMode;
  readonly model?: string;
  readonly format?: string;
  /** Only the first so many questions, of either set. */
  readonly limit?: number;
  readonly sentences?: number;
  /** Whether a question is read with its history, where it has one; it is when absent. */
  readonly condense?: boolean;
  /** Asked too, counted apart, answerable by nothing in the corpus. */
  readonly offTopic?: readonly { readonly id: string; readonly question: string }[];
  /** Takes the questions at which models fail, which otherwise end the run. */
  readonly failures?: ModelFailures;
  readonly onProgress?: (done: number, total: number) => void;
}
