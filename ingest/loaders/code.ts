/** Source code and configuration: the text as it is, parted at blank lines between definitions. */
import type { Block, ParsedDocument } from '../../src/core/document.ts';
import { decodeText } from './decode.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { parsedDocument } from './parsed-document.ts';

export const codeLoader: Loader = {
  name: 'code',
  mediaTypes: ['text/x-source'],
  async load(input) {
    return loadCode(input);
  },
};

function loadCode(input: LoaderInput): ParsedDocument {
  const { fileName, mediaType } = input;
  const decoded = decodeText(input.bytes, fileName);
  const text = decoded.text.trimEnd();
  return parsedDocument({
    title: fileName,
    mediaType,
    body: { text, blocks: codeBlocks(text) },
    warnings: decoded.warnings,
  });
}

/** A definition begins at the margin after a blank line; what closes one belongs to it, and so does what is indented. */
export function codeBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let start: number | null = null;
  let end = 0;
  let isAfterBlank = false;
  const close = () => {
    if (start !== null) blocks.push(codeBlock(start, end));
    start = null;
  };
  for (const match of text.matchAll(/[^\n]*(?:\n|$)/g)) {
    const line = match[0].trimEnd();
    if (line.trim() === '') {
      isAfterBlank = true;
      continue;
    }
    if (isAfterBlank && /^[^\s)\]}]/.test(line)) close();
    start ??= match.index + (line.length - line.trimStart().length);
    end = match.index + line.length;
    isAfterBlank = false;
  }
  close();
  return blocks;
}

function codeBlock(start: number, end: number): Block {
  return { kind: 'code', start, end, level: null, title: null, page: null, headerEnd: null };
}
