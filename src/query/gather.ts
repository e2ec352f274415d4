/** From a question to its evidence: the best passages that the asker may see, and what of them speaks to the question. */
import type { Passage } from '../core/chunk.ts';
import type { Omission, OmissionReason } from '../core/context.ts';
import type { Evidence } from '../core/evidence.ts';
import { factFilterOf } from '../core/fact-filter.ts';
import { ownRound } from '../core/event-loop.ts';
import { capPerDocument } from '../retrieval/diversity.ts';
import { foldDuplicates } from '../retrieval/duplicates.ts';
import { readSurroundings, type Surroundings } from '../retrieval/expand.ts';
import { withoutReplaced } from '../retrieval/supersession.ts';
import { respellingWarnings } from '../retrieval/respelling.ts';
import { readQuestion } from '../retrieval/question-words.ts';
import { rankByVisibleWords } from '../retrieval/visible-ranking.ts';
import { callGate } from './calls.ts';
import { type Inquiry, languageOf, loadOutputGuard, signalOf } from './inquiry.ts';

export interface Gathered {
  /** Best first. */
  readonly passages: readonly Passage[];
  /** Near-duplicates that another passage stands for, and what a document had beyond its number of passages. */
  readonly omitted: readonly Omission[];
  /** Null where nothing was found. */
  readonly evidence: Evidence | null;
  /** Of the passages; read while these are weighed. A failure is that of whoever needs them. */
  readonly surroundings: Promise<Surroundings>;
}

/** What models are asked with. */
export interface Evidenced {
  readonly question: string;
  readonly evidence: Evidence;
  readonly passages: readonly Passage[];
  readonly surroundings: Promise<Surroundings>;
  /** What of the passages no model is given, whichever it is. */
  readonly omitted: readonly Omission[];
}

/** `query`: what is searched for, where that is not the question itself; `own`: what a follow-up says itself. */
export async function gather(
  inquiry: Inquiry,
  question: string,
  { query = question, own }: { readonly query?: string; readonly own?: string | undefined } = {},
): Promise<Gathered> {
  const { settings, retriever, scorer, ranking, store } = inquiry.dependencies;
  const facts = factFilterOf(inquiry.request.filters);
  const retrieving = retriever.retrieve(inquiry.scope, query, {
    topK: settings.topK,
    madeFrom: inquiry.madeFrom,
    isRankedByCaller: true,
    calls: callGate(inquiry),
    ...(facts === undefined ? {} : { facts }),
    ...signalOf(inquiry),
  });
  // A command that has just started waits for its embedding model now, and will need this next.
  loadOutputGuard().catch(() => undefined);
  const retrieval = await retrieving;
  inquiry.warnings.push(...retrieval.warnings.map((warning) => warning.message));
  inquiry.retrieveMs = performance.now() - inquiry.startedAt;
  inquiry.rerankMs = retrieval.timings.rerankMs ?? 0;
  inquiry.trace.retrieved(retrieval, ranking.denseWeight);
  await ownRound();
  const { respelled } = retrieval;
  const { readAs } = respelled ?? readQuestion(question, retrieval.candidates);
  // The query of a follow-up has words of earlier questions too.
  const ofQuestion = [...readAs].filter(([typed]) => question.includes(typed));
  inquiry.warnings.push(...respellingWarnings(new Map(ofQuestion), languageOf(inquiry)));
  const asked = respelled?.respell(question) ?? question;
  const byWords = rankByVisibleWords(respelled?.query ?? query, retrieval.candidates, ranking);
  const ranked = retrieval.rerank?.(byWords) ?? byWords;
  const { passages, omitted } = await distinct(inquiry, asked, ranked);
  inquiry.trace.ranked(passages);
  const surroundings = readSurroundings(store, inquiry.scope, passages, settings.expansion);
  surroundings.catch(() => undefined);
  if (passages.length === 0) return { passages, omitted, evidence: null, surroundings };
  await ownRound();
  const evidence = await scorer.score(asked, passages, {
    candidates: retrieval.candidates,
    ...(own === undefined ? {} : { own: respelled?.respell(own) ?? own }),
    madeFrom: [...inquiry.madeFrom, ...(respelled?.madeFrom ?? [])],
    ...signalOf(inquiry),
  });
  inquiry.trace.scored(evidence);
  return { passages, omitted, evidence, surroundings };
}

/** The best passages; of near-duplicates the best one only. */
async function distinct(
  { dependencies, scope, replaced: found }: Inquiry,
  question: string,
  ranked: readonly Passage[],
): Promise<Pick<Gathered, 'passages' | 'omitted'>> {
  const { settings, catalog } = dependencies;
  const top = (passages: readonly Passage[]) => {
    const chosen = capPerDocument(passages, settings.perDocument).passages.slice(0, settings.topK);
    // What would have been among the best, had not its document had its share.
    const displaced = passages.slice(0, settings.topK).filter((passage) => !chosen.includes(passage));
    return { chosen, displaced: omissionsOf(displaced, 'limit') };
  };
  if (settings.duplicates === 'show') {
    const { chosen, displaced } = top(ranked);
    return { passages: chosen, omitted: displaced };
  }
  const folded = await foldDuplicates(catalog, scope, question, ranked, {
    // A copy that more models may see must not give way to one that fewer may.
    mayStandFor: (shown, hidden) => shown.classification === hidden.classification,
    // Replaced ones are left out of these; and documents that have their share give way to others.
    wanted: settings.perDocument === null ? 2 * settings.topK : Number.POSITIVE_INFINITY,
  });
  const { passages: current, replaced } = await withoutReplaced(
    catalog,
    scope,
    question,
    folded.passages,
    settings.topK,
  );
  found.push(...replaced);
  const { chosen, displaced } = top(current);
  const copies = chosen.flatMap(({ chunk }) => folded.duplicates.get(chunk.chunkId) ?? []);
  const superseded = omissionsOf(
    replaced.map(({ old }) => old),
    'superseded',
  );
  return { passages: chosen, omitted: [...displaced, ...omissionsOf(copies, 'duplicate'), ...superseded] };
}

function omissionsOf(left: readonly { readonly uri: string }[], reason: OmissionReason): readonly Omission[] {
  return [...new Set(left.map(({ uri }) => uri))].map((uri) => ({ uri, reason }));
}
