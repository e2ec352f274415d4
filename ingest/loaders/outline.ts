/** reStructuredText, AsciiDoc and Org: the text as it is; headings, code and lists where their signs tell them. */
import type { Block, ParsedDocument } from '../../src/core/document.ts';
import { decodeText } from './decode.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { parsedDocument } from './parsed-document.ts';
import { textBlocks } from './text.ts';
import { shiftBlock } from './text-builder.ts';

export const outlineLoader: Loader = {
  name: 'outline',
  mediaTypes: ['text/x-rst', 'text/asciidoc', 'text/org'],
  async load(input) {
    return loadOutline(input);
  },
};

interface Line {
  readonly start: number;
  readonly text: string;
}

/** A heading or a block of code from one line to another, both included. */
interface Piece {
  readonly first: number;
  readonly last: number;
  readonly level: number | null;
  readonly title: string;
}

type FindPieces = (lines: readonly Line[]) => readonly Piece[];

function loadOutline(input: LoaderInput): ParsedDocument {
  const { fileName, mediaType } = input;
  const decoded = decodeText(input.bytes, fileName);
  const text = decoded.text.trimEnd();
  const find = mediaType === 'text/x-rst' ? rstPieces : mediaType === 'text/org' ? orgPieces : asciiDocPieces;
  const blocks = blocksOf(text, find);
  return parsedDocument({
    title: blocks.find((block) => block.kind === 'heading')?.title ?? fileName,
    mediaType,
    body: { text, blocks },
    warnings: decoded.warnings,
  });
}

function blocksOf(text: string, find: FindPieces): readonly Block[] {
  const lines: Line[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    lines.push({ start, text: text.slice(start, end) });
    start = end + 1;
  }
  const blocks: Block[] = [];
  let at = 0;
  const addPlain = (end: number) => {
    for (const block of textBlocks(text.slice(at, end))) {
      // What only looks like a heading is none in a format that marks them.
      const plain: Block = block.kind === 'heading' ? { ...block, kind: 'paragraph', level: null, title: null } : block;
      blocks.push(shiftBlock(plain, at));
    }
  };
  for (const { first, last, level, title } of find(lines)) {
    const start = lines[first]?.start ?? 0;
    const final = lines[last] ?? { start, text: '' };
    const end = final.start + final.text.trimEnd().length;
    if (text.slice(start, end).trim() === '') continue;
    addPlain(start);
    const kind = level === null ? 'code' : 'heading';
    const place = { start, end, page: null, headerEnd: null };
    blocks.push({ kind, ...place, level, title: level === null ? null : title });
    at = end;
  }
  addPlain(text.length);
  return blocks;
}

const adornment = /^([!-/:-@[-`{-~])\1{2,}\s*$/;

const codeDirective = /^\s*\.\. (?:code|code-block|sourcecode|parsed-literal)::/;

/** A title has a line of one sign below it, perhaps also above; what a sign means is told by the order of their use. */
function rstPieces(lines: readonly Line[]): readonly Piece[] {
  const pieces: Piece[] = [];
  const styles: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    const [line = '', next = '', after = ''] = lines.slice(index, index + 3).map(({ text }) => text);
    const over = adornment.exec(line)?.[1];
    const isOverlined = over !== undefined && isTitle(next) && adornment.exec(after)?.[1] === over;
    const sign = isOverlined ? over : isTitle(line) && /^\S/.test(line) ? adornment.exec(next)?.[1] : undefined;
    const title = (isOverlined ? next : line).trim();
    if (sign !== undefined && (isOverlined ? after : next).trim().length >= Math.min(title.length, 3)) {
      const style = `${isOverlined ? sign : ''}${sign}`;
      if (!styles.includes(style)) styles.push(style);
      const last = index + (isOverlined ? 2 : 1);
      pieces.push({ first: index, last, level: Math.min(6, styles.indexOf(style) + 1), title });
      index = last;
    } else if (codeDirective.test(line) || (/::\s*$/.test(line) && !/^\s*\.\. /.test(line))) {
      let first = index + 1;
      while (lines[first]?.text.trim() === '') first++;
      const last = indentedEnd(lines, first, indentOf(line));
      if (last >= first) pieces.push({ first, last, level: null, title: '' });
      index = Math.max(index, last);
    }
  }
  return pieces;
}

function isTitle(line: string): boolean {
  return line.trim() !== '' && line.length <= 160 && !adornment.test(line);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** The last line, from `first` on, that is indented deeper than `indent`; one before `first` where there is none. */
function indentedEnd(lines: readonly Line[], first: number, indent: number): number {
  let last = first - 1;
  for (let index = first; index < lines.length; index++) {
    const text = lines[index]?.text ?? '';
    if (text.trim() === '') continue;
    if (indentOf(text) <= indent) break;
    last = index;
  }
  return last;
}

function asciiDocPieces(lines: readonly Line[]): readonly Piece[] {
  return markedPieces(lines, /^(={1,6})\s+(\S.*)$/, (line) =>
    /^(?:-{4,}|\.{4,}|\+{4,})\s*$/.test(line) ? line.trim() : null,
  );
}

function orgPieces(lines: readonly Line[]): readonly Piece[] {
  const opening = /^\s*#\+begin_(src|example)\b/i;
  return markedPieces(lines, /^(\*+)\s+(\S.*)$/, (line) => {
    const name = opening.exec(line)?.[1];
    return name === undefined ? null : `#+end_${name.toLowerCase()}`;
  });
}

/** Headings by the number of their signs; code between a fence and what closes it. */
function markedPieces(
  lines: readonly Line[],
  heading: RegExp,
  closing: (line: string) => string | null,
): readonly Piece[] {
  const pieces: Piece[] = [];
  let open: { readonly first: number; readonly close: string } | null = null;
  for (const [index, { text }] of lines.entries()) {
    if (open !== null) {
      if (text.trim().toLowerCase() !== open.close) continue;
      pieces.push({ first: open.first, last: index, level: null, title: '' });
      open = null;
      continue;
    }
    const close = closing(text);
    if (close !== null) {
      open = { first: index, close };
      continue;
    }
    const [, signs, title] = heading.exec(text) ?? [];
    if (signs === undefined || title === undefined) continue;
    const name = title.replace(/^(?:TODO|DONE)\s+/, '').replace(/\s+:[\w@:]+:$/, '');
    pieces.push({ first: index, last: index, level: Math.min(6, signs.length), title: name.trim() });
  }
  return pieces;
}
