/** Format `numbered`: each item under its number, title, heading path, uri, place, date and owner, its text in a fence. */
import { fenceFor } from '../../core/fence.ts';
import { bodyOf, sourceFacts, titleLine } from './parts.ts';
import type { ContextFormat } from './format.ts';

export const renderNumbered: ContextFormat = (items) => {
  const bodies = items.map(bodyOf);
  const fence = fenceFor(bodies);
  return items
    .map((item, index) => {
      const facts = `${titleLine(item)}\nsource: ${sourceFacts(item).join(', ')}`;
      return `[${item.marker}] ${facts}\n${fence}\n${bodies[index] ?? ''}\n${fence}`;
    })
    .join('\n\n');
};
