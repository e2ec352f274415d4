/**
 * Where to cut: the cheapest way to part a row of atoms into chunks within the budget. One cost function says what a good
 * chunk is, and dynamic programming finds the best cut of the whole document; ties go to the earlier cut, so the result is
 * the same every time.
 */
import { opensSection } from '../../src/core/document.ts';
import { type Atom, boundaryCosts } from './atoms.ts';
import { repeatedIn } from './repeated.ts';

export interface PlacedAtom extends Atom {
  /** Index of its section; sections are numbered in text order. */
  readonly section: number;
  /** Tokens of the markup without content between it and the atom before; it is in a chunk's text only where both are. */
  readonly gapTokens: number;
}

export interface SectionShape {
  readonly depth: number;
  /** Nothing but its heading: it belongs to what follows. */
  readonly isHeadingOnly: boolean;
}

export interface Budget {
  readonly minTokens: number;
  readonly targetTokens: number;
  readonly maxTokens: number;
  /** Tokens that `indexText` puts before the text of a chunk beginning at this atom. */
  prefixTokens(atom: PlacedAtom): number;
}

/** More than any crossing of a heading plus any distance from the target, so that a chunk under the minimum always merges where it may. */
const underMinimum = 4;
/** More than any distance from the target, so that a heading begins a chunk of its own if the chunk before is large enough. */
const crossing = 1.2;
const smallerThanTarget = 0.3;

/** Indexes at which chunks begin; the first is 0. */
export function planCuts(
  atoms: readonly PlacedAtom[],
  sections: readonly SectionShape[],
  budget: Budget,
): readonly number[] {
  const best = new Float64Array(atoms.length + 1).fill(Number.POSITIVE_INFINITY);
  const previous = new Int32Array(atoms.length + 1).fill(-1);
  best[0] = 0;
  for (let from = 0; from < atoms.length; from++) {
    const first = atoms[from];
    const before = best[from];
    if (first === undefined || before === undefined) continue;
    const base = before + startCost(atoms, from);
    const outermost = sections[first.section]?.depth ?? 1;
    const room = budget.maxTokens - budget.prefixTokens(first);
    let tokens = 0;
    let repeatedTokens = 0;
    let crossings = 0;
    for (let to = from + 1; to <= atoms.length; to++) {
      const last = atoms[to - 1];
      if (last === undefined) break;
      const leftSection = atoms[to - 2]?.section;
      if (to - 1 > from && leftSection !== undefined && last.section !== leftSection) {
        const depth = sections[last.section]?.depth ?? 1;
        if (depth < outermost) break;
        if (sections[leftSection]?.isHeadingOnly !== true) crossings += crossing;
      }
      if (to - 1 > from && (first.isAlone || last.isAlone)) break;
      tokens += last.tokens + (last.lines?.tokens ?? 0) + (to - 1 > from ? last.gapTokens : 0);
      if (last.repeated !== null && (to - 1 === from || last.repeated !== atoms[to - 2]?.repeated)) {
        // A caption below its table counts until the chunk's end is known, though it may still become part of the text.
        for (const repeated of repeatedIn(last.repeated, first.start, last.end)) repeatedTokens += repeated.tokens;
      }
      // A single atom always forms a chunk: atoms are cut to fit beforehand.
      if (tokens + repeatedTokens > room && to - 1 > from) break;
      const cost = base + crossings + sizeCost(tokens, budget);
      if (cost < (best[to] ?? Number.POSITIVE_INFINITY)) {
        best[to] = cost;
        previous[to] = from;
      }
    }
  }
  const cuts: number[] = [];
  for (let position = atoms.length; position > 0; ) {
    position = previous[position] ?? 0;
    cuts.push(position);
  }
  return cuts.reverse();
}

function startCost(atoms: readonly PlacedAtom[], from: number): number {
  if (from === 0) return 0;
  const before = atoms[from - 1];
  if (before !== undefined && (opensSection(before.kind) || before.kind === 'caption')) return boundaryCosts.glued;
  return atoms[from]?.breakCost ?? 0;
}

function sizeCost(tokens: number, budget: Budget): number {
  const distance = (tokens - budget.targetTokens) / budget.targetTokens;
  if (tokens >= budget.targetTokens) return distance * distance;
  const small = smallerThanTarget * distance * distance;
  return tokens < budget.minTokens ? small + underMinimum * (2 - tokens / budget.minTokens) : small;
}
