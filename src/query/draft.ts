/**
 * What a model writes, shown as it comes to whoever asks for drafts: the words after the last sentence that was decided. A sentence
 * that is released or left out takes its words with it, and a model that gives way takes all of its own.
 */
import { stripMarkers } from '../answer/markers.ts';
import type { OutputGuard } from '../guard/output.ts';
import type { Inquiry } from './inquiry.ts';
import type { AskEvent } from './question.ts';
import { isExtractive } from './routing.ts';
import type { Candidate } from './route.ts';

export interface Draft {
  /** @param text all that the model wrote; `undecided`: how many characters at its end are of no decided sentence */
  written(text: string, undecided: number): Iterable<AskEvent>;
  /** Nothing of it is shown any more. */
  ended(): Iterable<AskEvent>;
}

export interface DraftOptions {
  readonly guard: Pick<OutputGuard, 'draft'>;
  /** Sentences are held back when they are decided, so their words stay. */
  readonly isHeld: boolean;
}

/** A word that is longer is none and is not shown. */
const longestWord = 200;
/** So much of what was decided tells whether words go on that may not be shown. */
const contextCharacters = 400;
/** Up to the white space, or the sign, behind the last whole word. */
const wholeWords =
  /^[\s\S]*(?:(?<!\s)(?=\s)|(?<=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}][。！？])(?=\p{L}))/u;
/** Of a marker, with its blanks; numbers in brackets are citations only once they are checked. */
const openBracket = /\s*[[【][^\]】\n]{0,60}$/u;

/** Whoever quotes writes nothing that would have to be waited for. */
export function draftOf(inquiry: Inquiry, candidate: Candidate, options: DraftOptions): Draft {
  const isWanted = inquiry.request.includeDraft === true && inquiry.dependencies.settings.drafts === 'allow';
  return isWanted && !isExtractive(candidate) ? new ShownDraft(options) : noDraft;
}

/** Tells the asker where drafts were asked for and are not given. */
export function warnOfMissingDrafts({ request, dependencies, warnings }: Inquiry): void {
  if (request.includeDraft !== true || dependencies.settings.drafts === 'allow') return;
  warnings.push('Drafts are switched off (answer.drafts in persea.yaml); only checked sentences are shown.');
}

const noDraft: Draft = { written: () => [], ended: () => [] };

class ShownDraft implements Draft {
  readonly #options: DraftOptions;
  #words: ReturnType<OutputGuard['draft']>;
  /** Where the undecided text begins, and up to where it was taken. */
  #from = 0;
  #taken = 0;
  #isInLongWord = false;
  #isShown = false;

  constructor(options: DraftOptions) {
    this.#options = options;
    this.#words = options.guard.draft('');
  }

  *written(text: string, undecided: number): Generator<AskEvent> {
    const from = this.#options.isHeld ? 0 : text.length - undecided;
    const isReset = from > this.#from && this.#isShown;
    if (from > this.#from) this.#restart(text, from);
    const shown = this.#words.push(stripMarkers(this.#nextWords(text)).text);
    this.#isShown = shown !== '' || (this.#isShown && !isReset);
    if (isReset) yield { type: 'draft', text: shown, reset: true };
    else if (shown !== '') yield { type: 'draft', text: shown };
  }

  *ended(): Generator<AskEvent> {
    if (this.#isShown) yield { type: 'draft', text: '', reset: true };
    this.#isShown = false;
  }

  #restart(text: string, from: number): void {
    this.#from = from;
    this.#taken = from;
    this.#isInLongWord = false;
    this.#words = this.#options.guard.draft(text.slice(Math.max(0, from - contextCharacters), from));
  }

  /** The whole words that came, with the white space before them; a word is whole when something follows it. */
  #nextWords(text: string): string {
    if (this.#isInLongWord) {
      const rest = text.slice(this.#taken).search(/\s/);
      this.#isInLongWord = rest === -1;
      this.#taken = rest === -1 ? text.length : this.#taken + rest;
    }
    const coming = text.slice(this.#taken);
    const whole = (wholeWords.exec(coming)?.[0] ?? '').replace(openBracket, '');
    this.#taken += whole.length;
    if (coming.length - whole.length > longestWord) {
      this.#isInLongWord = true;
      this.#taken = text.length;
    }
    return whole;
  }
}
