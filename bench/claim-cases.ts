/**
 * Sentences that people wrote as answers from one passage (clapnq), each with the rules' reader of a window that has that passage among
 * others, and the same sentences with one thing changed that the passage does not say. For the measurements of checks.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SupportChecker } from '../src/answer/verify.ts';
import type { ContextItem } from '../src/core/context.ts';
import { splitSentences } from '../src/core/sentences.ts';
import { sharedData } from './support.ts';

interface Passage {
  readonly _id: string;
  readonly title: string;
  readonly text: string;
}

interface Question {
  readonly question: string;
  readonly answerable: boolean;
  readonly gold_passage: string;
  readonly answers: readonly { readonly answer: string }[];
}

export interface ClaimCase {
  readonly id: string;
  /** What was changed; `asWritten` where nothing was. */
  readonly kind: string;
  readonly claim: string;
  readonly checker: SupportChecker;
}

export const asWritten = 'as people wrote it';
/** The passage that the claim was written from. */
export const goldMarker = 1;
/** So many passages stand in a window. */
const windowSize = 5;

const folder = join(sharedData, 'clapnq');
const corpus = new Map(linesOf<Passage>('corpus.jsonl').map((passage) => [passage._id, passage]));
const passages = [...corpus.values()];
const passagesWith = new Map<string, number>();

export function* claimCases(): Generator<ClaimCase> {
  const questions = linesOf<Question>('qa.jsonl').filter(({ answerable }) => answerable);
  for (const { question, gold_passage: gold, answers } of questions) {
    const passage = corpus.get(gold);
    if (passage === undefined) continue;
    const at = passages.indexOf(passage);
    const others = Array.from(
      { length: windowSize - 1 },
      (_, n) => passages[(at + n + 1) % passages.length] ?? passage,
    );
    const checker = new SupportChecker([passage, ...others].map(itemOf), question);
    const claims = new Set(
      answers.flatMap(({ answer }) => splitSentences(answer).map((s) => answer.slice(s.start, s.end))),
    );
    for (const claim of claims) {
      if (!checker.isClaim(claim)) continue;
      yield caseOf(asWritten, claim, checker);
      for (const [kind, altered] of alterations(claim, passage.text)) yield caseOf(kind, altered, checker);
    }
  }
}

function caseOf(kind: string, claim: string, checker: SupportChecker): ClaimCase {
  return { id: `${kind}: ${claim}`, kind, claim, checker };
}

/** The claim with one thing changed that the passage does not say; only where the claim has such a thing. */
function* alterations(claim: string, source: string): Generator<readonly [string, string]> {
  const number = /(?<![\p{L}\p{N}.,])\d{1,4}(?![\p{L}\p{N}]|[.,]\d)/u.exec(claim)?.[0];
  if (number !== undefined) {
    const other = String(Number(number) + 1);
    if (!source.includes(other)) yield ['another number', claim.replace(number, other)];
  }
  const numbers = [...claim.matchAll(/(?<![\p{L}\p{N}.,])\d{1,4}(?![\p{L}\p{N}]|[.,]\d)/gu)];
  const [a, b] = numbers;
  if (a !== undefined && b !== undefined && a[0] !== b[0]) {
    const between = claim.slice(a.index + a[0].length, b.index);
    if (/\p{L}{4}/u.test(between)) {
      yield ['numbers exchanged', claim.slice(0, a.index) + b[0] + between + a[0] + claim.slice(b.index + b[0].length)];
    }
  }
  const unit =
    /(?<=(?<![\p{L}\p{N}.,])\d{1,4} )(?:years?|months?|weeks?|days?|hours?|minutes?|metres?|kilometres?|km|miles?|feet|percent|people|million|seasons?|episodes?)\b/u.exec(
      claim,
    )?.[0];
  if (unit !== undefined) yield ['another unit', claim.replace(unit, unit.startsWith('decade') ? 'years' : 'decades')];
  const words = [...claim.matchAll(/(?<=[a-z] )\p{Ll}{5,}(?=[ .,])/gu)].map(([word]) => word);
  const word = words.toSorted((x, y) => commonness(x) - commonness(y))[0];
  const other = words.length < 3 ? undefined : foreignWord(source, claim.length);
  if (word !== undefined && other !== undefined) yield ['another word', claim.replace(word, other)];
  const verb = /\b(?:is|are|was|were|can|will|has|have|had)\b/.exec(claim)?.[0];
  if (verb !== undefined && !/\b(?:not|no|never)\b|n't/.test(claim)) {
    yield ['negated', claim.replace(new RegExp(`\\b${verb}\\b`), `${verb} not`)];
  }
  const names = [...claim.matchAll(/(?<=[a-z,] )(?:\p{Lu}\p{Ll}+)(?: \p{Lu}\p{Ll}+)*/gu)].map(([name]) => name);
  const [first] = names;
  if (first !== undefined && !source.includes('Wanstead')) yield ['another name', claim.replace(first, 'Wanstead')];
  const exchanged = exchangedNames(claim);
  if (exchanged !== null && !source.includes(exchanged)) yield ['names exchanged', exchanged];
  yield* bendings(claim, source);
}

/** What is said of another thing, of a narrower circle, the other way round, or as a reason, in words of the passage. */
function* bendings(claim: string, source: string): Generator<readonly [string, string]> {
  const nouns = (text: string) =>
    [...text.matchAll(/(?<=\b(?:the|an?|of|in|by|for|with|from) )\p{Ll}{5,}(?<!ing)\b/gu)].map(([noun]) => noun);
  const [noun] = nouns(claim);
  const other = nouns(source).find((word) => !claim.includes(word.slice(0, 5)));
  if (noun !== undefined && other !== undefined) {
    yield ['a noun of another sentence', claim.replace(new RegExp(`(?<= )${noun}\\b`, 'u'), other)];
  }
  const contrary = Object.entries(contraries).find(([word]) => new RegExp(`\\b${word}\\b`).test(claim));
  if (contrary !== undefined) {
    yield ['a contrary word', claim.replace(new RegExp(`\\b${contrary[0]}\\b`), contrary[1])];
  }
  const verb = /\b(?:is|are|was|were|can|will|has|have|had)\b/.exec(claim)?.[0];
  if (verb !== undefined && !/\bonly\b/i.test(source)) {
    yield ['only added', claim.replace(new RegExp(`\\b${verb}\\b`), `${verb} only`)];
  }
  const reason = splitSentences(source)
    .map(({ start, end }) => source.slice(start, end).replace(/[\s.]+$/, ''))
    .find((sentence) => /^(?:The|A|It|In) /.test(sentence) && !claim.includes(sentence.slice(0, 40)));
  if (reason !== undefined && !/\bbecause\b/i.test(claim)) {
    yield [
      'a reason made',
      `${claim.replace(/[\s.]+$/, '')} because ${reason.charAt(0).toLowerCase()}${reason.slice(1)}.`,
    ];
  }
}

const contraries = {
  'more than': 'less than',
  'less than': 'more than',
  over: 'under',
  'at least': 'at most',
  'up to': 'at least',
  before: 'after',
  after: 'before',
  since: 'until',
  until: 'since',
  all: 'some',
  some: 'all',
  most: 'all',
  many: 'all',
  first: 'last',
  must: 'may',
  may: 'must',
  can: 'must',
} as const;

/** In how many passages a word stands. */
function commonness(word: string): number {
  const known = passagesWith.get(word);
  if (known !== undefined) return known;
  const count = passages.filter(({ text }) => text.includes(word)).length;
  passagesWith.set(word, count);
  return count;
}

/** A word of another passage that this one does not have; which one depends on the claim alone. */
function foreignWord(source: string, start: number): string | undefined {
  for (let n = 0; n < 50; n++) {
    const words = passages[(start * 31 + n) % passages.length]?.text.match(/(?<=[a-z] )\p{Ll}{5,}(?=[ .,])/gu) ?? [];
    const word = words[(start * 7 + n) % Math.max(1, words.length)];
    if (word !== undefined && !source.includes(word.slice(0, 5))) return word;
  }
  return undefined;
}

/** `A … B` as `B … A`, where something stands between them; what is enumerated may stand in any order. */
function exchangedNames(claim: string): string | null {
  const pattern = /\p{Lu}[\p{Ll}’']+(?: (?:of |the |de )?\p{Lu}[\p{Ll}’']+)*/gu;
  const names = [...claim.matchAll(pattern)].filter(
    ({ 0: name }) => !/^(?:The|A|An|In|On|It|He|She|They|This|These|As|At|By|For|After)$/.test(name),
  );
  for (const [index, a] of names.entries()) {
    const b = names[index + 1];
    if (b === undefined) continue;
    const between = claim.slice(a.index + a[0].length, b.index);
    if (!/\b(?:is|was|were|are)?\s*\p{L}+(?:ed|s|t|d)\b/u.test(between) || /,|\band\b|\bor\b|\bof\b/.test(between))
      continue;
    return claim.slice(0, a.index) + b[0] + between + a[0] + claim.slice(b.index + b[0].length);
  }
  return null;
}

function itemOf({ _id, title, text }: Passage, index: number): ContextItem {
  return {
    marker: index + 1,
    uri: _id,
    title,
    documentId: _id,
    headingPath: [title],
    page: null,
    classification: 'public',
    date: null,
    places: [],
    chunkIds: [_id],
    chunks: [],
    start: 0,
    end: text.length,
    text,
    tableHeader: null,
    score: 1,
  };
}

function linesOf<Line>(file: string): Line[] {
  const lines = readFileSync(join(folder, file), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
}
