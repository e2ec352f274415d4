/** Labelled questions with the evidence that is found for them, to learn from. Nothing is answered while it is collected. */
import type { LabelledQuestion } from './tune-abstention.ts';
import type { AnswersDataset, CasesDataset } from './dataset.ts';
import type { ObservedAnswer } from './observed-ask.ts';
import { gradesOf, onlyRelevant } from './ranked-documents.ts';
import { type EvaluationTools, type IndexingOptions, indexingOf } from './tools.ts';

export interface CollectEvidenceOptions extends IndexingOptions {
  readonly limit?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface CollectedEvidence {
  /** Those with evidence of one kind, the most frequent; not those for which nothing was found: they are abstained from whatever is learned. */
  readonly questions: readonly LabelledQuestion[];
  /** Of the evidence; null where there was none at all. */
  readonly fingerprint: string | null;
}

/** Cases are asked as their people. */
export async function collectEvidence(
  dataset: AnswersDataset | CasesDataset,
  tools: Pick<EvaluationTools, 'indexCorpus' | 'cases'>,
  options: CollectEvidenceOptions,
): Promise<CollectedEvidence> {
  const how = {
    isRefusalOff: false,
    isEvidenceOnly: true,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  if (dataset.kind === 'cases') {
    const { cases } = tools;
    if (cases === null) throw new TypeError('Cases need the configured store that they are asked over.');
    return collect(dataset.cases.slice(0, options.limit), options, async (one) => ({
      group: onlyRelevant(gradesOf(one)) ?? `question ${one.id}`,
      observed: await cases.ask(
        { question: one.question, as: one.as, ...(one.history === undefined ? {} : { history: one.history }) },
        how,
      ),
    }));
  }
  const index = await tools.indexCorpus(dataset.corpus, { name: dataset.name, ...indexingOf(options) });
  try {
    return await collect(dataset.questions.slice(0, options.limit), options, async (one) => ({
      group: one.goldDocument ?? `question ${one.id}`,
      observed: await index.ask(one.question, how),
    }));
  } finally {
    await index.close();
  }
}

async function collect<Question extends { readonly id: string; readonly isAnswerable: boolean }>(
  all: readonly Question[],
  { onProgress }: CollectEvidenceOptions,
  ask: (question: Question) => Promise<{ readonly group: string; readonly observed: ObservedAnswer }>,
): Promise<CollectedEvidence> {
  const read: { readonly fingerprint: string; readonly question: LabelledQuestion }[] = [];
  for (const [index, question] of all.entries()) {
    const { group, observed } = await ask(question);
    const { evidence } = observed;
    if (evidence !== null && evidence.sentences.length > 0) {
      const { fingerprint, features } = evidence;
      read.push({ fingerprint, question: { id: question.id, group, isAnswerable: question.isAnswerable, features } });
    }
    onProgress?.(index + 1, all.length);
  }
  // A question over a document in another language, or one that was read by words alone, because the model was busy or kept from it, has
  // features of another kind.
  const [most] = [...Map.groupBy(read, ({ fingerprint }) => fingerprint)].toSorted(
    ([, a], [, b]) => b.length - a.length,
  );
  if (most === undefined) return { questions: [], fingerprint: null };
  const [fingerprint, ofOneKind] = most;
  return { questions: ofOneKind.map(({ question }) => question), fingerprint };
}
