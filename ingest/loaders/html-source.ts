/** HTML as it is written: made fit for the parser where it is really XML, and read without a tree where a tree would not do. */
import { TextBuilder } from './text-builder.ts';

/** Elements that nest; those that a following one ends (paragraphs, items, cells) are often left open and do not count. */
const nesting =
  /<(\/?)(?!(?:p|li|d[dt]|t[rdh]|t(?:body|head|foot)|option|area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)\b)([a-z][a-z0-9]*)\b/gi;
/** Real pages stay below 100. Walks that look down from every level take time by the square of it. */
const maxNesting = 256;
/** Larger pages take minutes and a gigabyte as trees. */
const maxTreeCharacters = 3_000_000;
const maxTreeTags = 300_000;

export function fitsTree(source: string): boolean {
  if (source.length > maxTreeCharacters) return false;
  let tags = 0;
  for (let at = source.indexOf('<'); at !== -1; at = source.indexOf('<', at + 1)) tags++;
  if (tags > maxTreeTags) return false;
  let depth = 0;
  for (const [, slash] of source.matchAll(nesting)) {
    depth = slash === '' ? depth + 1 : Math.max(0, depth - 1);
    if (depth > maxNesting) return false;
  }
  return true;
}

const maxEntities = 200;

/** XHTML is XML: empty elements close themselves, CDATA sections are text, and a document type may declare entities. */
export function asHtml(source: string): string {
  const isXhtml = /^\s*<\?xml\b/.test(source) || /<html[^<>]+xmlns\s*=/i.test(source.slice(0, 4096));
  if (!isXhtml) return source;
  const [documentType, subset = ''] = /<!DOCTYPE[^[>]*\[((?:"[^"]*"|'[^']*'|[^\]"'])*)\]\s*>/i.exec(source) ?? [];
  const entities = new Map<string, string>();
  for (const [, name = '', double, single] of subset.matchAll(
    /<!ENTITY\s+([\w.-]+)\s+(?:"([^"]{0,500})"|'([^']{0,500})')/g,
  )) {
    const value = double ?? single ?? '';
    // Entities in entities are how a few bytes become gigabytes.
    if (!/&(?!#)/.test(value) && entities.size < maxEntities) entities.set(name, value);
  }
  let html = documentType === undefined ? source : source.replace(documentType, '<!DOCTYPE html>');
  if (entities.size > 0) html = html.replace(/&([\w.-]+);/g, (whole, name: string) => entities.get(name) ?? whole);
  return html
    .replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, (whole, text: string, at: number) =>
      // Scripts and styles hide the marks of the section behind their own comments.
      /(?:\/\/|\/\*)\s*$/.test(html.slice(Math.max(0, at - 10), at)) ? whole : escapeHtml(text),
    )
    .replace(
      /<((?!(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)\b)[a-z][a-z0-9]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*\/>/gi,
      '<$1$2></$1>',
    );
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

const token =
  /<!--[\s\S]*?(?:-->|$)|<(script|style|template|noscript|svg|iframe|object|select|title)\b[\s\S]*?(?:<\/\1\s*>|$)|<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|'[^']*'|[^'"<>])*)>|(?:[^<]|<(?![a-z/!]))+|</gi;
const inline =
  /^(?:a|abbr|acronym|b|bdi|bdo|big|cite|code|del|dfn|em|font|i|ins|kbd|label|mark|q|s|samp|small|span|strike|strong|sub|sup|time|tt|u|var|wbr)$/i;

/**
 * Headings and paragraphs from tags alone, without a tree: for pages that are too large or nest too deep for one.
 *
 * @param decode what entities stand for
 */
export function readFlat(source: string, decode: (html: string) => string): TextBuilder {
  const builder = new TextBuilder();
  let level: number | null = null;
  let parts: string[] = [];
  const flush = () => {
    const raw = parts.join('');
    parts = [];
    const text = (raw.includes('&') ? decode(raw) : raw).replace(/\s+/g, ' ').trim();
    if (level === null) builder.add('paragraph', text);
    else builder.add('heading', text, { level });
  };
  for (const [text, skipped, slash, name] of source.matchAll(token)) {
    if (skipped !== undefined || text.startsWith('<!--')) continue;
    if (name === undefined) {
      parts.push(text);
      continue;
    }
    if (inline.test(name)) continue;
    if (/^(?:td|th|br)$/i.test(name)) {
      parts.push(' ');
      continue;
    }
    flush();
    const heading = /^h([1-6])$/i.exec(name)?.[1];
    level = heading !== undefined && slash === '' ? Number(heading) : null;
  }
  flush();
  return builder;
}
