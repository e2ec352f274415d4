/**
 * The list of sources that models write below an answer. Persea shows citations of its own, so it is no part of the answer, nor is it a claim
 * that nothing supports. Only what consists of names of the sources counts as such a list, and nothing of it is ever shown.
 */
import type { ContextItem } from '../core/context.ts';
import { plainText } from '../core/readable.ts';
import { isHeading } from '../core/sentences.ts';

const heading =
  /^(?:(?:list of )?(?:sources?|references?|citations?)(?: (?:used|cited|consulted))?|quellen?(?:angaben?|nachweise?|verzeichnis)?|verwendete quellen|belege?|nachweise?|références?|sources? (?:utilisées?|citées?)|fuentes?|referencias?|fonti|bronnen|出典|参考(?:文献|資料)?|参照|引用元?)$/iu;
/** They say where in a source something stands, or join names. */
const besideNames = new Set(
  'p pp page pages s seite seiten section sections abschnitt kapitel chapter document documents dokument doc version file source sources quelle quellen of the and in from on der die das des und aus im in de du des la le les et'.split(
    ' ',
  ),
);

export class SourceList {
  readonly #items: readonly ContextItem[];
  #names: ReadonlySet<string> | undefined;
  #isOpen = false;

  constructor(items: readonly ContextItem[]) {
    this.#items = items;
  }

  /** Whether the next sentence of the text, which begins a line, is of such a list. */
  takes(text: string): boolean {
    const plain = plainText(text);
    const [label = '', ...rest] = plain.split(/[:：]/);
    // `[^1]: Leave` begins with a colon, once its marker is taken out.
    const isHead = heading.test(label.trim()) || (label.trim() === '' && rest.length > 0);
    const names = isHead ? rest.join(' ') : plain;
    this.#isOpen = (isHead || this.#isOpen) && this.#isOfNames(names);
    return this.#isOpen;
  }

  #isOfNames(text: string): boolean {
    this.#names ??= namesOf(this.#items);
    const known = this.#names;
    return wordsOf(text).every((word) => known.has(word) || besideNames.has(word) || /^\p{N}+$/u.test(word));
  }
}

function namesOf(items: readonly ContextItem[]): ReadonlySet<string> {
  const headings = items.flatMap(({ text }) => text.split('\n').filter(isHeading));
  const names = items.flatMap(({ uri, title, headingPath }) => [uri, title, ...headingPath]);
  return new Set([...names, ...headings].flatMap(wordsOf));
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
