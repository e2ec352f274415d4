/**
 * Thoughts of a model whose template begins them itself: its text has only the tag that ends them. A model that did so once is taken to do
 * so always: its text is held until the tag comes, and given out whole where none does. So is a text that begins as thoughts do, for
 * nothing is known of a model yet when it answers its first question.
 */
const closing = /<\/think(?:ing)?>\s*/;
/** The beginning of such a tag at the end of a text. */
const unfinished = /<(?:\/(?:t(?:h(?:i(?:n(?:k(?:i(?:n(?:g)?)?)?)?)?)?)?)?)?$/;
/** Answers say what a source says; these speak of the task, or to oneself. Wrongly taken for thoughts, an answer comes all at once. */
const beginnings = [
  ...[
    'okay',
    'ok',
    'alright',
    'all right',
    'hmm',
    'hm',
    'wait',
    'so,',
    "let's",
    'let me',
    'let us',
    'looking at',
    'to answer',
  ],
  ...['we', 'i'].flatMap((who) => [`${who} need`, `${who} have to`, `${who} should`, `${who} must`]),
  ...['we are given', 'we are asked', 'i am asked', 'first, i', 'first, we', 'first, let', 'first i', 'first we'],
  ...[
    'the user',
    'the question',
    'the prompt',
    'the task',
    'this question',
    "here's a thinking",
    'thinking process',
    'thought process',
  ],
];

export interface ThoughtFilter {
  /** What of the text can be passed on now. */
  push(text: string): string;
  /** What waited. @param isCut whether the text was cut off, so that what waited are thoughts */
  end(isCut: boolean): string;
}

export class OpenThoughts {
  #isExpected = false;

  /** One for each text. */
  filter(): ThoughtFilter {
    let held = '';
    let isOver = false;
    let hasPassed = false;
    const wasExpected = this.#isExpected;
    return {
      push: (text) => {
        if (isOver) return text;
        held += text;
        const tag = closing.exec(held);
        if (tag !== null) {
          isOver = true;
          this.#isExpected = true;
          // What was passed on before stands for itself.
          return `${hasPassed ? '\n\n' : ''}${held.slice(tag.index + tag[0].length)}`;
        }
        if (wasExpected || (!hasPassed && mayBeThought(held))) return '';
        const from = unfinished.exec(held)?.index ?? held.length;
        const ready = held.slice(0, from);
        held = held.slice(from);
        hasPassed ||= ready !== '';
        return ready;
      },
      end: (isCut) => (isOver || (wasExpected && isCut) ? '' : held),
    };
  }
}

function mayBeThought(begun: string): boolean {
  const text = begun.trimStart().replace('’', "'").toLowerCase();
  return beginnings.some((beginning) =>
    text.startsWith(beginning) ? !/^[\p{L}\p{N}]/u.test(text.slice(beginning.length)) : beginning.startsWith(text),
  );
}
