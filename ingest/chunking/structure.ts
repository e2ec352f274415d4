/** Blocks to sections: which headings stand above what. */
import { type Block, opensSection } from '../../src/core/document.ts';

export interface Section {
  /** Titles of the headings above its content, its own last; empty before the first heading. */
  readonly path: readonly string[];
  /** Depth in the tree of headings, at least 1. Sections that follow one another share a parent as long as no depth falls below the first one's. */
  readonly depth: number;
  /** Its heading, if any, comes first. */
  readonly blocks: readonly Block[];
  readonly hasHeading: boolean;
}

export function sectionsOf(blocks: readonly Block[]): readonly Section[] {
  const sections: Section[] = [];
  const open: { readonly level: number; readonly title: string }[] = [];
  let current: Block[] = [];
  let hasHeading = false;
  const close = () => {
    if (current.length === 0) return;
    const path = open.map((heading) => heading.title).filter((title) => title !== '');
    sections.push({ path, depth: Math.max(1, open.length), blocks: current, hasHeading });
  };
  for (const block of blocks) {
    if (opensSection(block.kind)) {
      close();
      const level = block.level ?? 1;
      while ((open.at(-1)?.level ?? 0) >= level) open.pop();
      open.push({ level, title: block.title ?? '' });
      current = [block];
      hasHeading = true;
    } else {
      current.push(block);
    }
  }
  close();
  return sections;
}
