/**
 * What a model is writing, as it may be shown before it is checked: words without marks. Nothing of it is a link, an image or HTML, in
 * whatever pieces it comes; a word waits until it is whole, and words that may become a piece of the instructions wait until they have not.
 */
import { wordSequence } from '../core/words.ts';
import { withoutInvisible } from './limits.ts';
import { holdsAddress, isSafeMarkdown, type MarkdownRules } from './markdown-safety.ts';

export interface DraftGuard {
  /** Takes whole words with the white space before them; returns what can be shown now. */
  push(text: string): string;
}

export interface DraftGuardOptions {
  readonly rules: MarkdownRules;
  /** Runs of words of the instructions, all of `wordsOfLeak` words, with single blanks. */
  readonly secret: ReadonlySet<string>;
  readonly wordsOfLeak: number;
  /** What the model wrote just before, which is decided already. */
  readonly before: string;
  readonly maxCharacters: number;
}

interface Held {
  readonly shown: string;
  readonly words: number;
}

/** Make a link, an image, HTML, code or a table of words. */
const marks = /[[\]【】<>|~$*#`\\]|&(?=#|[A-Za-z][A-Za-z0-9]*;)/g;
/** Stands where something was taken out. */
const ellipsis = '…';
const harmlessWord = /^[\p{L}\p{N}'’,;!?()%+-]*[.]?$/u;
const sentenceEnd = /[.!?…。！？]["'”»)]*$/u;
/** Of the line that a word stands in: what lies further back makes no address of it. */
const lineCharacters = 2_000;

export function createDraftGuard(options: DraftGuardOptions): DraftGuard {
  const { rules, secret, wordsOfLeak, before, maxCharacters } = options;
  const beginnings = beginningsOf(secret);
  let tail = wordsOf(before).slice(1 - wordsOfLeak);
  let held: Held[] = [];
  let isLeaking = false;
  let separator = before === '' ? '' : ' ';
  let hasText = false;
  let line = '';
  let room = maxCharacters;

  /** How many words at the end may become a run of the instructions. */
  const undecidedWords = () => {
    for (let count = Math.min(wordsOfLeak - 1, tail.length); count > 0; count--) {
      if (beginnings.has(tail.slice(-count).join(' '))) return count;
    }
    return 0;
  };

  const isRepeated = (words: readonly string[]) => {
    const withTail = [...tail, ...words];
    tail = withTail.slice(1 - wordsOfLeak);
    for (let at = 0; at + wordsOfLeak <= withTail.length; at++) {
      if (secret.has(withTail.slice(at, at + wordsOfLeak).join(' '))) return true;
    }
    return false;
  };

  const release = (): string => {
    let waiting = held.reduce((sum, { words }) => sum + words, 0);
    const undecided = undecidedWords();
    let released = '';
    for (let first = held[0]; first !== undefined && waiting - first.words >= undecided; first = held[0]) {
      waiting -= first.words;
      held.shift();
      released += first.shown;
    }
    const shown = released.length > room ? '' : released;
    room = shown === released ? room - shown.length : 0;
    return shown;
  };

  /** A word with what parts it from the one before. */
  const inert = (word: string): string => {
    const plain = word.replace(marks, '');
    if (plain === '') return '';
    const space = hasText || before !== '' ? separator : '';
    const isSafe =
      harmlessWord.test(plain) || (!holdsAddress(plain, rules) && isSafeMarkdown(`${line}${space}${plain}`, rules));
    const shown = `${space}${isSafe ? plain : ellipsis}`;
    separator = '';
    hasText = true;
    line = `${line}${shown}`.slice(-lineCharacters);
    if (line.includes('\n')) line = line.slice(line.lastIndexOf('\n') + 1);
    return shown;
  };

  return {
    push(text) {
      let shown = '';
      for (const [, space = '', written = ''] of text.matchAll(/(\s*)(\S*)/gu)) {
        separator = strongest(separator, space);
        if (space.includes('\n')) isLeaking = false;
        const word = withoutInvisible(written);
        if (word === '') continue;
        const words = wordsOf(word);
        if (isRepeated(words)) {
          isLeaking = true;
          held = [];
        } else if (!isLeaking) {
          held.push({ shown: inert(word), words: words.length });
        }
        if (isLeaking && sentenceEnd.test(word)) isLeaking = false;
        shown += release();
      }
      return shown;
    },
  };
}

function wordsOf(text: string): readonly string[] {
  const sequence = wordSequence(text).trim();
  return sequence === '' ? [] : sequence.split(' ');
}

function beginningsOf(runs: ReadonlySet<string>): ReadonlySet<string> {
  const beginnings = new Set<string>();
  for (const run of runs) {
    for (let end = run.indexOf(' '); end !== -1; end = run.indexOf(' ', end + 1)) beginnings.add(run.slice(0, end));
  }
  return beginnings;
}

function strongest(separator: string, space: string): string {
  const lines = Math.max(separator.split('\n').length, space.split('\n').length) - 1;
  if (lines > 0) return '\n'.repeat(Math.min(lines, 2));
  return separator === '' && space === '' ? '' : ' ';
}
