/**
 * One of several near-duplicates: what the passages of linked documents say alike is shown once, under the best of them. Only
 * visible passages are looked at, so that nothing else decides which one is shown.
 */
import type { AccessScope } from '../access/scope.ts';
import type { CatalogReader } from '../catalog/catalog.ts';
import type { Passage } from '../core/chunk.ts';
import { areNearDuplicates, jaccard, nearDuplicateJaccard, shinglesOf, shingleWordsOf } from '../core/minhash.ts';
import { questionLanguage } from '../core/question-language.ts';
import { splitSentences } from '../core/sentences.ts';
import { contentWords } from '../core/words.ts';

export interface DistinctPassages {
  /** In the order given, without those that were folded into a better one; beyond what was looked at, as they came. */
  readonly passages: readonly Passage[];
  /** By chunk id of the passage that is shown: what was folded into it, one a document. */
  readonly duplicates: ReadonlyMap<string, readonly Passage[]>;
}

export interface FoldOptions {
  /** Whether one may stand for the other; any may when absent. */
  readonly mayStandFor?: (shown: Passage, folded: Passage) => boolean;
  /** How many are wanted in the end: only as many passages are looked at as give so many different ones; `Infinity`, or absent, for all. */
  readonly wanted?: number;
}

/** Copies rank alike, so those of the best passages are not far down. */
const leastDepth = 50;
const depthPerWanted = 4;

/** The question's words, and how words of texts are compared with them. */
interface Asked {
  readonly words: ReadonlySet<string>;
  readonly wordsOf: (text: string) => readonly string[];
}

/** Sentences with so many words in common are two versions of one. */
const versionOverlap = 0.5;

/** @param passages best first */
export async function foldDuplicates(
  catalog: Pick<CatalogReader, 'signatures'>,
  scope: AccessScope,
  question: string,
  passages: readonly Passage[],
  { mayStandFor = () => true, wanted = Number.POSITIVE_INFINITY }: FoldOptions = {},
): Promise<DistinctPassages> {
  for (let depth = Math.max(leastDepth, depthPerWanted * wanted); ; depth *= 2) {
    const folded = await foldAmong(catalog, scope, question, passages.slice(0, depth), mayStandFor);
    if (folded.passages.length < wanted && depth < passages.length) continue;
    return { passages: [...folded.passages, ...passages.slice(depth)], duplicates: folded.duplicates };
  }
}

async function foldAmong(
  catalog: Pick<CatalogReader, 'signatures'>,
  scope: AccessScope,
  question: string,
  passages: readonly Passage[],
  mayStandFor: (shown: Passage, folded: Passage) => boolean,
): Promise<DistinctPassages> {
  const linked = await linkedDocuments(catalog, scope, passages);
  if (linked.size === 0) return { passages, duplicates: new Map() };
  const language = questionLanguage(question);
  const wordsOf = (text: string) => contentWords(text, { language });
  const asked: Asked = { words: new Set(wordsOf(question)), wordsOf };
  const kept: Passage[] = [];
  const duplicates = new Map<string, Passage[]>();
  for (const passage of passages) {
    const others = linked.get(passage.chunk.documentId);
    const shown =
      others === undefined
        ? undefined
        : kept.find(
            (better) =>
              others.has(better.chunk.documentId) &&
              mayStandFor(better, passage) &&
              saysTheSame(better.chunk.text, passage.chunk.text, asked),
          );
    if (shown === undefined) {
      kept.push(passage);
      continue;
    }
    const folded = duplicates.get(shown.chunk.chunkId) ?? [];
    if (!folded.some(({ chunk }) => chunk.documentId === passage.chunk.documentId)) folded.push(passage);
    duplicates.set(shown.chunk.chunkId, folded);
  }
  return { passages: kept, duplicates };
}

/** For each document the near-duplicates of it among the documents of these passages. */
async function linkedDocuments(
  catalog: Pick<CatalogReader, 'signatures'>,
  scope: AccessScope,
  passages: readonly Passage[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const documentIds = [...new Set(passages.map((passage) => passage.chunk.documentId))];
  const linked = new Map<string, Set<string>>();
  if (documentIds.length < 2) return linked;
  const signatures = [...(await catalog.signatures(scope, documentIds))];
  // Some ten thousand pairs: nothing is made for one.
  for (const [index, one] of signatures.entries()) {
    for (let at = index + 1; at < signatures.length; at++) {
      const other = signatures[at];
      if (other === undefined || !areNearDuplicates(one[1], other[1])) continue;
      const [a, b] = [one[0], other[0]];
      linked.set(a, (linked.get(a) ?? new Set()).add(b));
      linked.set(b, (linked.get(b) ?? new Set()).add(a));
    }
  }
  return linked;
}

/**
 * Nearly equal, and without a difference that could decide the answer: another version of a sentence, or a sentence more that has to
 * do with the question.
 */
function saysTheSame(shown: string, other: string, asked: Asked): boolean {
  if (shown === other) return true;
  if (jaccard(shinglesOf(shown), shinglesOf(other)) < nearDuplicateJaccard) return false;
  const [shownSentences, otherSentences] = [sentencesOf(shown), sentencesOf(other)];
  const lacking = (sentences: Sentences, from: Sentences) =>
    [...sentences].filter(([key]) => !from.has(key)).map(([, words]) => words);
  const added = lacking(otherSentences, shownSentences);
  const missing = lacking(shownSentences, otherSentences);
  const hasVersions = added.some((words) => missing.some((old) => overlap(words, old) >= versionOverlap));
  const isAskedFor = (words: ReadonlySet<string>) =>
    asked.wordsOf([...words].join(' ')).some((word) => asked.words.has(word));
  return !hasVersions && !added.some(isAskedFor);
}

/** Words of each sentence by the sentence without its marks and spaces. */
type Sentences = ReadonlyMap<string, ReadonlySet<string>>;

function sentencesOf(text: string): Sentences {
  const sentences = splitSentences(text).map(({ start, end }) => shingleWordsOf(text.slice(start, end)));
  return new Map(sentences.map((words) => [words.join(' '), new Set(words)]));
}

function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = [...a].filter((word) => b.has(word)).length;
  return shared / Math.max(1, a.size + b.size - shared);
}
