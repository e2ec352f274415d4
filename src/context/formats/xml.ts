/**
 * Format `xml`: an element for each item, as some model families are trained to read sources. Texts stay as they are, since
 * a model quotes what it reads: the element gets a name that stands in none of them instead.
 */
import type { ContextItem } from '../../core/context.ts';
import { isoDay } from '../../core/dates.ts';
import type { ContextFormat } from './format.ts';
import { bodyOf, headingsOf, oneLine, placeOf } from './parts.ts';

export const renderXml: ContextFormat = (items) => {
  const bodies = items.map(bodyOf);
  const name = elementName(bodies);
  return items.map((item, index) => `<${name} ${attributesOf(item)}>\n${bodies[index] ?? ''}\n</${name}>`).join('\n');
};

function elementName(texts: readonly string[]): string {
  // As a model may read it: a tag with blanks, invisible or wide characters in it ends an element for it, too.
  const all = texts
    .join('\n')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\p{Cf}]+/gu, '');
  let name = 'source';
  // A beginning such as `source-2` would contain a shorter name, so the whole word is looked for.
  for (let number = 2; all.includes(`<${name}`) || all.includes(`</${name}`); number++) name = `source-${number}`;
  return name;
}

function attributesOf(item: ContextItem): string {
  const headings = headingsOf(item).map(oneLine).join(' > ');
  const attributes: readonly (readonly [string, string | null])[] = [
    ['id', `[${item.marker}]`],
    ['title', oneLine(item.title)],
    ['section', headings === '' ? null : headings],
    ['uri', oneLine(item.uri)],
    ['place', placeOf(item)],
    ['date', isoDay(item.date)],
    ['owner', item.owner === undefined ? null : oneLine(item.owner)],
  ];
  return attributes
    .flatMap(([name, value]) => (value === null ? [] : [`${name}="${escapeAttribute(value)}"`]))
    .join(' ');
}

function escapeAttribute(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
