/**
 * What a model's answer must not hold, whatever the model was told: links and images, what nobody sees, its own instructions,
 * quotations of what no source says, and more text than an answer has. It looks at each sentence before it is shown, and at the whole
 * answer with it, since pieces that are harmless alone can be an image together.
 */
import { type ContextItem, textBelowRepeated } from '../core/context.ts';
import { Memo } from '../core/memo.ts';
import { wordSequence } from '../core/words.ts';
import { createDraftGuard, type DraftGuard } from './draft.ts';
import { withoutInvisible } from './limits.ts';
import { isSafeMarkdown, type MarkdownRules, safeMarkdown, withoutMarks } from './markdown-safety.ts';

export interface OutputGuardOptions {
  readonly items: readonly ContextItem[];
  readonly question: string;
  /** The instructions that the model was given. */
  readonly system: string;
  /** Of the whole answer. */
  readonly maxCharacters: number;
}

export interface OutputGuard {
  /** A sentence as it may be shown; null where it must not be shown at all. */
  sentence(text: string): string | null;
  /** One that no source supports, with nothing in it but words. */
  plain(text: string): string;
  /** What may stand of `addition` between `before` and `suffix` in the answer; null for nothing. */
  joined(before: string, addition: string, suffix: string): string | null;
  /** For what the model goes on to write after `before`, as long as nothing of it is decided. */
  draft(before: string): DraftGuard;
  /** No more of the answer will be shown: the model can be told to stop. */
  readonly isFull: boolean;
  /** For the asker. */
  warnings(): readonly string[];
}

/** So many words in a row are not the same by chance; the window's own are no secret. */
const wordsOfLeak = 8;
const wordsOfQuotation = 5;
const quotations = /[“„«]([^“”„«»\n]{12,})[”“»]|"([^"\n]{12,})"/gu;
const tokenEdge = /[\p{L}\p{N}_%&=+~#/?@:.-]/u;

/** Prompts are few, and each has hundreds of runs. */
const maxInstructions = 8;
const instructions = new Memo<string, { readonly runs: ReadonlySet<string>; readonly beginnings: Beginnings }>(
  maxInstructions,
);

/** Second words of runs by their first ones. */
type Beginnings = ReadonlyMap<string, ReadonlySet<string>>;

export function createOutputGuard({ items, question, system, maxCharacters }: OutputGuardOptions): OutputGuard {
  const sources = items.map((item) => `${item.title}\n${item.headingPath.join('\n')}\n${textBelowRepeated(item)}`);
  const known = [...sources, question].map(wordSequence);
  const { runs, beginnings } = instructions.getOrMake(system, () => {
    const runs = runsOf(wordSequence(system), wordsOfLeak);
    return { runs, beginnings: beginningsOf(runs) };
  });
  const secret = new Set(runs);
  for (const sequence of known) {
    for (const run of runsOf(sequence, wordsOfLeak, beginnings)) secret.delete(run);
  }
  const rules: MarkdownRules = {
    addresses: new Set(items.flatMap(({ url }) => (url === undefined ? [] : [url]))),
    isInSources: (address) => sources.some((source) => standsIn(source, address)),
  };
  let removed = 0;
  let leaks = 0;
  let misquoted = 0;
  let shown = 0;
  let isFull = false;
  /** The end of what the model said before: instructions can be told in short sentences. */
  let tail: readonly string[] = [];

  return {
    sentence(text) {
      if (isFull) return null;
      const visible = withoutInvisible(text);
      const words = wordSequence(visible).trim().split(' ');
      const withTail = [...tail, ...words];
      tail = withTail.slice(-(wordsOfLeak - 1));
      if ([...runsOf(` ${withTail.join(' ')} `, wordsOfLeak)].some((run) => secret.has(run))) {
        leaks++;
        return null;
      }
      const safe = safeMarkdown(visible, rules);
      removed += safe.removed;
      if (hasForeignQuotation(safe.text, known)) {
        misquoted++;
        return null;
      }
      return safe.text.trim() === '' ? null : safe.text.trim();
    },
    plain: (text) => withoutMarks(text, rules),
    joined(before, addition, suffix) {
      if (shown + addition.length > maxCharacters) {
        isFull = true;
        return null;
      }
      let safe: string | null = addition;
      if (!isSafeMarkdown(`${before}${addition}${suffix}`, rules)) {
        removed++;
        safe = withoutMarks(addition, rules);
        if (!isSafeMarkdown(`${before}${safe}${suffix}`, rules)) safe = null;
      }
      shown += safe?.length ?? 0;
      return safe;
    },
    draft: (before) => createDraftGuard({ rules, secret, wordsOfLeak, before, maxCharacters }),
    get isFull() {
      return isFull;
    },
    warnings() {
      const said: string[] = [];
      if (removed > 0) said.push('Links, images or hidden text were taken out of the answer.');
      if (leaks > 0) said.push('A part of the answer repeated the instructions of the model and was left out.');
      if (misquoted > 0) said.push('A quotation that stands in none of the sources was left out.');
      if (isFull) said.push(`The answer was cut off at ${maxCharacters} characters (limits.answerCharacters).`);
      return said;
    },
  };
}

/** @param beginnings runs that begin otherwise are left out; a window has thousands of them, and making all costs a millisecond */
function runsOf(sequence: string, length: number, beginnings?: Beginnings): Set<string> {
  const words = sequence.trim().split(' ');
  const runs = new Set<string>();
  for (let at = 0; at + length <= words.length; at++) {
    const [first = '', second = ''] = [words[at], words[at + 1]];
    if (beginnings !== undefined && beginnings.get(first)?.has(second) !== true) continue;
    runs.add(words.slice(at, at + length).join(' '));
  }
  return runs;
}

function beginningsOf(runs: ReadonlySet<string>): Beginnings {
  const beginnings = new Map<string, Set<string>>();
  for (const run of runs) {
    const [first = '', second = ''] = run.split(' ', 2);
    beginnings.set(first, (beginnings.get(first) ?? new Set()).add(second));
  }
  return beginnings;
}

function hasForeignQuotation(text: string, known: readonly string[]): boolean {
  return [...text.matchAll(quotations)].some((match) => {
    const quoted = wordSequence(match[1] ?? match[2] ?? '');
    return quoted.trim().split(' ').length >= wordsOfQuotation && !known.some((sequence) => sequence.includes(quoted));
  });
}

/** Whole: a piece of a longer address says something else. */
function standsIn(source: string, address: string): boolean {
  if (address === '') return false;
  for (let at = source.indexOf(address); at !== -1; at = source.indexOf(address, at + 1)) {
    const before = source.charAt(at - 1);
    const after = source
      .slice(at + address.length)
      .replace(/^[.,;:!?]+(?=\s|$)/, '')
      .charAt(0);
    if (!tokenEdge.test(before) && !tokenEdge.test(after)) return true;
  }
  return false;
}
