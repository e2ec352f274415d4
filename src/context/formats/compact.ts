/**
 * Format `compact`: as much evidence as the budget takes. A document's facts stand once, a heading once until it changes, and
 * what says nothing is dropped: empty lines, rules, pictures, targets of links, lines that stood there before.
 */
import { type ContextItem, textBelowRepeated } from '../../core/context.ts';
import { fenceFor } from '../../core/fence.ts';
import { escapeMarkers } from '../../core/markers.ts';
import { isTableRow } from '../../core/tables.ts';
import type { ContextFormat } from './format.ts';
import { headingsOf, oneLine, placeOf, sourceFacts } from './parts.ts';

export const renderCompact: ContextFormat = (items) => {
  const groups = groupsInOrder(items);
  // What is dropped can bring characters together, so fences and markers are seen to afterwards.
  const bodies = new Map(groups.flatMap(condensedBodies));
  const fence = fenceFor([...bodies.values()]);
  return groups.map((group) => renderGroup(group, bodies, fence)).join('\n');
};

/** Neighbours of one document; the order of the window is kept. */
function groupsInOrder(items: readonly ContextItem[]): readonly (readonly ContextItem[])[] {
  const groups: ContextItem[][] = [];
  for (const item of items) {
    const last = groups.at(-1);
    if (last?.[0]?.documentId === item.documentId) last.push(item);
    else groups.push([item]);
  }
  return groups;
}

function condensedBodies(group: readonly ContextItem[]): readonly (readonly [ContextItem, string])[] {
  const seen = new Set<string>();
  return group.map((item) => {
    return [item, escapeMarkers(condensed(textBelowRepeated(item), seen))];
  });
}

function renderGroup(group: readonly ContextItem[], bodies: ReadonlyMap<ContextItem, string>, fence: string): string {
  const [first] = group;
  if (first === undefined) return '';
  // The only text of a document that begins a line outside of a fence must not look like one.
  const title = oneLine(first.title).replace(/^~/, '\\~');
  const parts = [`${title} (${sourceFacts({ ...first, places: [], page: null }).join(', ')})`];
  let headings = '';
  for (const item of group) {
    const path = headingsOf(item).map(oneLine).join(' > ');
    const place = placeOf(item);
    const facts = [...(path === headings ? [] : [path]), ...(place === null ? [] : [place])].join(', ');
    headings = path;
    parts.push(`[${item.marker}]${facts === '' ? '' : ` ${facts}`}\n${fence}\n${bodies.get(item) ?? ''}\n${fence}`);
  }
  return parts.join('\n');
}

function condensed(text: string, seen: Set<string>): string {
  const kept: string[] = [];
  for (const raw of text.split('\n')) {
    const line = raw
      .replace(/!\[[^\]]{0,500}\]\([^()\s]*(?:\s+"[^"]*")?\)/g, '')
      .replace(/(?<!!)\[([^\][]+)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+"[^"]*")?\)/g, '$1')
      .trimEnd();
    const content = line.trim();
    if (content === '' || /^(?:[-*_=]\s?){3,}$/.test(content)) continue;
    // Rows of a table may be equal; what repeats elsewhere is navigation, a header or a footer.
    if (!isTableRow(content)) {
      if (seen.has(content)) continue;
      seen.add(content);
    }
    kept.push(line);
  }
  return kept.join('\n');
}
