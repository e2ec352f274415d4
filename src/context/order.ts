/** In which order the items of a window stand. */
import type { ContextItem } from '../core/context.ts';

export type WindowOrder = 'relevance' | 'document';

/** `relevance` keeps the order given; `document` puts items of one document together, in text order, at its best item's place. */
export function orderItems(items: readonly ContextItem[], order: WindowOrder): readonly ContextItem[] {
  if (order === 'relevance') return items;
  return [...Map.groupBy(items, (item) => item.documentId).values()].flatMap((group) =>
    group.toSorted((a, b) => a.start - b.start),
  );
}
