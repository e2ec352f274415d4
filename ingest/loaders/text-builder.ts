/** Builds the parsed text of formats that are rendered anew, and keeps the blocks' offsets right while it grows. */
import { type Block, type BlockKind, opensSection } from '../../src/core/document.ts';
import { normalizeText } from './normalize.ts';

export interface BlockFacts {
  readonly level?: number;
  readonly page?: number | null;
  /** Start within a recording. */
  readonly seconds?: number;
  /** Length of the header rows at the start of a table's text, their rule line included. */
  readonly headerLength?: number;
  /** On the line right after the block before, without a blank line between. */
  readonly isTight?: boolean;
}

export class TextBuilder {
  #text = '';
  readonly #blocks: Block[] = [];

  get length(): number {
    return this.#text.length;
  }

  get text(): string {
    return this.#text;
  }

  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  /** Appends a block after a blank line; text without content is left out. */
  add(kind: BlockKind, raw: string, facts: BlockFacts = {}): void {
    const text = trimBlankLines(normalizeText(raw));
    if (text.trim() === '') return;
    if (this.#text !== '') this.#text += facts.isTight === true ? '\n' : '\n\n';
    const start = this.#text.length;
    this.#text += text;
    this.#blocks.push({
      kind,
      start,
      end: this.#text.length,
      level: opensSection(kind) ? Math.min(6, Math.max(1, facts.level ?? 1)) : null,
      title: opensSection(kind) ? text.replace(/\s+/g, ' ').trim() : null,
      page: facts.page ?? null,
      ...(facts.seconds === undefined ? {} : { seconds: facts.seconds }),
      headerEnd: kind === 'table' ? start + Math.min(text.length, facts.headerLength ?? 0) : null,
    });
  }

  /** Appends the blocks of another document, such as the HTML body of an e-mail. */
  append(document: { readonly text: string; readonly blocks: readonly Block[] }): void {
    if (document.text.trim() === '') return;
    if (this.#text !== '') this.#text += '\n\n';
    const shift = this.#text.length;
    this.#text += document.text;
    for (const block of document.blocks) this.#blocks.push(shiftBlock(block, shift));
  }
}

export function shiftBlock(block: Block, shift: number): Block {
  return {
    ...block,
    start: block.start + shift,
    end: block.end + shift,
    headerEnd: block.headerEnd === null ? null : block.headerEnd + shift,
  };
}

function trimBlankLines(text: string): string {
  return text.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd();
}
