/** From a question to its evidence: the best passages that the asker may see, and what of them speaks to the question. */
import type { Passage } from '../core/chunk.ts';
import type { Omission } from '../core/context.ts';
import type { Evidence } from '../core/evidence.ts';
import { factFilterOf } from '../core/fact-filter.ts';
import { capPerDocument } from '../retrieval/diversity.ts';
import { foldDuplicates } from '../retrieval/duplicates.ts';
import { readQuestion } from '../retrieval/question-words.ts';
import { rankByVisibleWords } from '../retrieval/visible-ranking.ts';
import { type Inquiry, signalOf } from './inquiry.ts';

export interface Gathered {
  /** Best first. */
  readonly passages: readonly Passage[];
  /** Near-duplicates that another passage stands for. */
  readonly omitted: readonly Omission[];
  /** Null where nothing was found. */
  readonly evidence: Evidence | null;
}

/** What models are asked with. */
export interface Evidenced {
  readonly question: string;
  readonly evidence: Evidence;
  readonly passages: readonly Passage[];
  /** What of the passages no model is given, whichever it is. */
  readonly omitted: readonly Omission[];
}

export async function gather(inquiry: Inquiry, question: string): Promise<Gathered> {
  const { settings, retriever, scorer, denseWeight } = inquiry.dependencies;
  const facts = factFilterOf(inquiry.request.filters);
  const retrieval = await retriever.retrieve(inquiry.scope, question, {
    topK: settings.topK,
    ...(facts === undefined ? {} : { facts }),
    ...signalOf(inquiry),
  });
  inquiry.warnings.push(...retrieval.warnings.map((warning) => warning.message));
  inquiry.retrieveMs = performance.now() - inquiry.startedAt;
  inquiry.rerankMs = retrieval.timings.rerankMs ?? 0;
  inquiry.trace.retrieved(retrieval, denseWeight);
  const { readAs } = readQuestion(question, retrieval.candidates);
  for (const [asked, spelled] of readAs)
    inquiry.warnings.push(`Nothing that was found has the word "${asked}"; it was read as "${spelled}".`);
  const byWords = rankByVisibleWords(question, retrieval.candidates, denseWeight);
  const ranked = retrieval.rerank?.(byWords) ?? byWords;
  const { passages, omitted } = await distinct(inquiry, question, ranked);
  inquiry.trace.ranked(passages);
  if (passages.length === 0) return { passages, omitted, evidence: null };
  const evidence = await scorer.score(question, passages, {
    candidates: retrieval.candidates,
    ...signalOf(inquiry),
  });
  inquiry.trace.scored(evidence);
  return { passages, omitted, evidence };
}

/** The best passages; of near-duplicates the best one only. */
async function distinct(
  { dependencies, scope }: Inquiry,
  question: string,
  ranked: readonly Passage[],
): Promise<Pick<Gathered, 'passages' | 'omitted'>> {
  const { settings, catalog } = dependencies;
  const top = (passages: readonly Passage[]) =>
    capPerDocument(passages, settings.perDocument).passages.slice(0, settings.topK);
  if (settings.duplicates === 'show') return { passages: top(ranked), omitted: [] };
  const folded = await foldDuplicates(catalog, scope, question, ranked, {
    // A copy that more models may see must not give way to one that fewer may.
    mayStandFor: (shown, hidden) => shown.classification === hidden.classification,
  });
  const passages = top(folded.passages);
  const copies = passages.flatMap(({ chunk }) => folded.duplicates.get(chunk.chunkId) ?? []);
  const uris = [...new Set(copies.map(({ uri }) => uri))];
  return { passages, omitted: uris.map((uri) => ({ uri, reason: 'duplicate' })) };
}
