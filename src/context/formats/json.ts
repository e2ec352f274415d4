/** Format `json`: a JSON array with one object a line, whose strings no text can end. */
import type { ContextItem } from '../../core/context.ts';
import { isoDay } from '../../core/dates.ts';
import type { ContextFormat } from './format.ts';
import { bodyOf, headingsOf, oneLine, placeOf } from './parts.ts';

export const renderJson: ContextFormat = (items) =>
  `[\n${items.map((item) => JSON.stringify(objectFor(item))).join(',\n')}\n]`;

function objectFor(item: ContextItem) {
  const section = headingsOf(item).map(oneLine);
  const place = placeOf(item);
  const date = isoDay(item.date);
  return {
    id: `[${item.marker}]`,
    title: oneLine(item.title),
    ...(section.length === 0 ? {} : { section }),
    uri: oneLine(item.uri),
    ...(place === null ? {} : { place }),
    ...(date === null ? {} : { date }),
    ...(item.owner === undefined ? {} : { owner: oneLine(item.owner) }),
    text: bodyOf(item),
  };
}
