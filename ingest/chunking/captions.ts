/** Which block names which table: captions, and paragraphs that read like one (`Table 3: …`), before or after it. */
import type { Block } from '../../src/core/document.ts';

const tableLabel = /^\W{0,4}(?:table|tab\.|tabelle|tableau|tabla|tabella|tabel)\s*[\dIVXA-Z][\dIVX.\-–]*\b/iu;
const otherLabel = /^\W{0,4}(?:figure|fig\.|abbildung|abb\.|chart|diagram|illustration|listing)\s*\d/iu;
/** More than this is a paragraph that happens to begin with the name of a table. */
const maxCaptionLength = 400;

/** The captions of the tables among the blocks of one section. */
export function captionsOf(blocks: readonly Block[], text: string): ReadonlyMap<Block, Block> {
  const captions = new Map<Block, Block>();
  const taken = new Set<Block>();
  const give = (table: Block, caption: Block) => {
    captions.set(table, caption);
    taken.add(caption);
  };
  const isCaption = (block: Block | undefined): block is Block => block !== undefined && isTableCaption(block, text);
  for (const [index, table] of blocks.entries()) {
    if (table.kind !== 'table') continue;
    const before = blocks[index - 1];
    const after = blocks[index + 1];
    if (isCaption(before) && !taken.has(before)) {
      give(table, before);
      continue;
    }
    if (!isCaption(after)) continue;
    // Between two tables it belongs to the next one, unless that one has a caption of its own below.
    const isNextTable = blocks[index + 2]?.kind === 'table';
    if (!isNextTable || isCaption(blocks[index + 3])) give(table, after);
  }
  return captions;
}

function isTableCaption(block: Block, text: string): boolean {
  if (block.kind !== 'caption' && block.kind !== 'paragraph') return false;
  if (block.end - block.start > maxCaptionLength) return false;
  const words = text.slice(block.start, block.end);
  return block.kind === 'caption' ? !otherLabel.test(words) : tableLabel.test(words);
}
