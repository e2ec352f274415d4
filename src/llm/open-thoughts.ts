/**
 * Thoughts of a model whose template begins them itself: its text has only the tag that ends them. A model that did so once is taken to do
 * so always: its text is held until the tag comes, and given out whole where none does.
 */
const closing = /<\/think(?:ing)?>\s*/;
/** The beginning of such a tag at the end of a text. */
const unfinished = /<(?:\/(?:t(?:h(?:i(?:n(?:k(?:i(?:n(?:g)?)?)?)?)?)?)?)?)?$/;

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
          return `${wasExpected ? '' : '\n\n'}${held.slice(tag.index + tag[0].length)}`;
        }
        if (wasExpected) return '';
        const from = unfinished.exec(held)?.index ?? held.length;
        const ready = held.slice(0, from);
        held = held.slice(from);
        return ready;
      },
      end: (isCut) => (isOver || (wasExpected && isCut) ? '' : held),
    };
  }
}
