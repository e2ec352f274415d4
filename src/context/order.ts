/** In which order the items of a window stand. */
import type { ContextItem } from '../core/context.ts';

export type WindowOrder = 'relevance' | 'document' | 'edges';

/**
 * `relevance` keeps the order given; `document` puts items of one document together, in text order, at its best item's place;
 * `edges` puts the best at both ends and the worst in the middle, where models overlook most (Liu et al., Lost in the Middle,
 * TACL 2024).
 */
export function orderItems(items: readonly ContextItem[], order: WindowOrder): readonly ContextItem[] {
  if (order === 'relevance') return items;
  if (order === 'edges') {
    const isFront = (_: ContextItem, index: number) => index % 2 === 0;
    return [...items.filter(isFront), ...items.filter((item, index) => !isFront(item, index)).reverse()];
  }
  return [...Map.groupBy(items, (item) => item.documentId).values()].flatMap((group) =>
    group.toSorted((a, b) => a.start - b.start),
  );
}
