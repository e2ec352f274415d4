/** The chunker: sections, atoms, the cheapest cut, and what each chunk is indexed under. */
import type { Chunk } from '../../src/core/chunk.ts';
import { opensSection, type ParsedDocument } from '../../src/core/document.ts';
import type { TokenCounter } from '../../src/core/tokens.ts';
import { type Atom, type AtomLimits, atomsOf, boundaryCosts, type CountedText } from './atoms.ts';
import { type PlacedAtom, planCuts } from './budget.ts';
import { captionsOf } from './captions.ts';
import type { Chunker, ChunkerOptions } from './chunker.ts';
import { indexPrefix } from './index-prefix.ts';
import { listAtoms } from './list-atoms.ts';
import { repeatedIn } from './repeated.ts';
import { type Section, sectionsOf } from './structure.ts';
import { tableAtoms } from './table-atoms.ts';

/** `indexTokens` leaves room for the two special tokens of a model of 512. */
export const defaultChunkerOptions: ChunkerOptions = {
  minTokens: 64,
  targetTokens: 256,
  maxTokens: 384,
  indexTokens: 510,
};

/** Heading path and title get at most this share of a chunk's budget. */
const prefixShare = 1 / 6;

export const structureChunker: Chunker = {
  version: 'structure-3',
  chunk: (document, tokens, options) => chunkDocument(document, tokens, options),
};

function chunkDocument(
  document: Pick<ParsedDocument, 'title' | 'text' | 'blocks'>,
  tokens: TokenCounter,
  options: ChunkerOptions,
): readonly Chunk[] {
  // The budget holds for what is indexed, prefix included; so a chunk's own text is within it too.
  const maxTokens = Math.max(1, Math.min(options.maxTokens, options.indexTokens));
  const targetTokens = Math.max(1, Math.min(options.targetTokens, Math.round(maxTokens * 0.75)));
  const minTokens = Math.min(options.minTokens, Math.floor(targetTokens / 2));
  const sections = sectionsOf(document.blocks);
  const prefixes = sections.map((section) =>
    prefixesOf(document.title, section, tokens, Math.floor(maxTokens * prefixShare)),
  );
  const atoms: PlacedAtom[] = [];
  for (const [index, section] of sections.entries()) {
    // Cut to its share, the prefix with the heading can be shorter than the one without.
    const { within, atHeading } = prefixes[index] ?? {};
    const limit = maxTokens - Math.max(within?.tokens ?? 0, atHeading?.tokens ?? 0);
    for (const atom of sectionAtoms(section, document.text, tokens, { maxTokens: limit })) {
      const gap = document.text.slice(atoms.at(-1)?.end ?? atom.start, atom.start);
      atoms.push({ ...atom, section: index, gapTokens: gap.trim() === '' ? 0 : tokens.count(gap) });
    }
  }
  const prefixAt = (atom: PlacedAtom): CountedText | undefined => {
    const prefix = prefixes[atom.section];
    return opensSection(atom.kind) ? prefix?.atHeading : prefix?.within;
  };
  const shapes = sections.map((section) => ({
    depth: section.depth,
    isHeadingOnly: section.hasHeading && section.blocks.length === 1,
  }));
  const cuts = planCuts(atoms, shapes, {
    minTokens,
    targetTokens,
    maxTokens,
    prefixTokens: (atom) => prefixAt(atom)?.tokens ?? 0,
  });
  const chunks: Chunk[] = [];
  for (const [ordinal, cut] of cuts.entries()) {
    const members = atoms.slice(cut, cuts[ordinal + 1] ?? atoms.length);
    const first = members[0];
    const last = members.at(-1);
    if (first === undefined || last === undefined) continue;
    const prefix = prefixAt(first);
    const text = document.text.slice(first.start, last.end);
    const above = [...(prefix === undefined ? [] : [prefix]), ...repeatedAbove(members, last.end)];
    const lead = above.filter((one) => one.text !== '');
    chunks.push({
      ordinal,
      start: first.start,
      end: last.end,
      text,
      indexText: [...lead.map((one) => one.text), text].join('\n'),
      headingPath: commonPath(members, sections),
      page: first.page,
      tokens:
        lead.reduce((sum, one) => sum + one.tokens, 0) +
        members.reduce((sum, atom) => sum + atom.tokens + (atom === first ? 0 : atom.gapTokens), 0),
    });
  }
  return chunks;
}

function sectionAtoms(section: Section, text: string, tokens: TokenCounter, limits: AtomLimits): readonly Atom[] {
  const captions = captionsOf(section.blocks, text);
  const below = new Set([...captions].flatMap(([table, caption]) => (caption.start > table.start ? [caption] : [])));
  return section.blocks.flatMap((block) => {
    if (block.kind === 'table') return tableAtoms(block, captions.get(block) ?? null, text, tokens, limits);
    if (block.kind === 'list') return listAtoms(block, text, tokens, limits);
    const atoms = atomsOf(block, text, tokens, limits);
    // With the kind of a paragraph, because nothing that follows belongs to it.
    return below.has(block) ? atoms.map((atom, index) => gluedCaption(atom, index)) : atoms;
  });
}

function gluedCaption(atom: Atom, index: number): Atom {
  return { ...atom, kind: 'paragraph', breakCost: index === 0 ? boundaryCosts.glued : atom.breakCost };
}

/** What the chunk repeats of its tables and lists, then the rows of wide ones as lines. */
function repeatedAbove(members: readonly Atom[], end: number): readonly CountedText[] {
  const start = members[0]?.start ?? end;
  const parts = new Set(members.flatMap((atom) => atom.repeated ?? []));
  return [
    ...[...parts].flatMap((repeated) => repeatedIn(repeated, start, end)),
    ...members.flatMap((atom) => atom.lines ?? []),
  ];
}

interface SectionPrefixes {
  /** For a chunk that begins with the section's heading: the heading is in the text already. */
  readonly atHeading: CountedText;
  readonly within: CountedText;
}

function prefixesOf(title: string, section: Section, tokens: TokenCounter, maxTokens: number): SectionPrefixes {
  const within = indexPrefix(title, section.path, tokens, maxTokens);
  const own = section.hasHeading ? section.blocks[0]?.title : undefined;
  const isInPath = own !== undefined && own !== null && own !== '';
  const atHeading = isInPath ? indexPrefix(title, section.path.slice(0, -1), tokens, maxTokens) : within;
  return { atHeading, within };
}

/** The headings that stand above all of the chunk's content; a heading without content of its own does not count. */
function commonPath(members: readonly PlacedAtom[], sections: readonly Section[]): readonly string[] {
  const numbers = new Set(members.filter((atom) => !opensSection(atom.kind)).map((atom) => atom.section));
  if (numbers.size === 0) for (const atom of members) numbers.add(atom.section);
  let common: readonly string[] | null = null;
  for (const number of numbers) {
    const path: readonly string[] = sections[number]?.path ?? [];
    if (common === null) {
      common = path;
    } else {
      const known: readonly string[] = common;
      let length = 0;
      while (length < known.length && length < path.length && known[length] === path[length]) length++;
      common = known.slice(0, length);
    }
  }
  return common ?? [];
}
