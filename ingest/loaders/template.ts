/**
 * Sources of sites whose pages are made from templates: `pull-requests.html.md.erb` is Markdown with tags in it. Tags are instructions
 * to a program that does not run here; they are left out, except those that print a value of the page's own front matter.
 */
import { decodeText, isText } from './decode.ts';
import { asText, parseFrontMatter } from './front-matter.ts';
import type { LoadableFile } from './registry.ts';

interface Tag {
  readonly open: string;
  readonly close: string;
}

const angled: readonly Tag[] = [{ open: '<%', close: '%>' }];
const braced: readonly Tag[] = [
  { open: '{{{', close: '}}}' },
  { open: '{{', close: '}}' },
  { open: '{%', close: '%}' },
  { open: '{#', close: '#}' },
];
const tagsByExtension: Readonly<Record<string, readonly Tag[]>> = Object.fromEntries([
  ...'erb ejs eex heex'.split(' ').map((extension) => [extension, angled]),
  ...'liquid njk j2 jinja jinja2 twig hbs handlebars mustache'.split(' ').map((extension) => [extension, braced]),
]);

const lastExtension = /\.([A-Za-z0-9]+)$/;

/** The name without the template's ending where another one is before it, which says what the template makes. */
export function nameWithinTemplate(fileName: string): string {
  const inner = fileName.replace(lastExtension, '');
  return tagsOf(fileName) !== undefined && lastExtension.test(inner) ? inner : fileName;
}

/** The file as what its template makes; one that is no template of another format stays as it is. */
export function withoutTemplate<F extends Pick<LoadableFile, 'bytes' | 'fileName'>>(file: F): F {
  const tags = tagsOf(file.fileName);
  if (tags === undefined || nameWithinTemplate(file.fileName) === file.fileName || !isText(file.bytes)) return file;
  const { text } = decodeText(file.bytes, file.fileName);
  return { ...file, bytes: new TextEncoder().encode(withoutTags(text, tags, valuesOf(text, file.fileName))) };
}

function tagsOf(fileName: string): readonly Tag[] | undefined {
  const extension = lastExtension.exec(fileName)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(tagsByExtension, extension) ? tagsByExtension[extension] : undefined;
}

function withoutTags(text: string, tags: readonly Tag[], values: Readonly<Record<string, unknown>>): string {
  const parts: string[] = [];
  /** Where each of them closes next: a tag that is never closed must not be looked for behind each of its beginnings. */
  const closings = new Map<Tag, number>();
  let kept = 0;
  for (let at = 0; at < text.length; at++) {
    const tag = tags.find(({ open }) => text.startsWith(open, at));
    if (tag === undefined) continue;
    const from = at + tag.open.length;
    const known = closings.get(tag) ?? -1;
    const close = known >= from ? known : closingAt(text, tag, from);
    closings.set(tag, close);
    if (close === text.length) continue;
    parts.push(text.slice(kept, at), printed(text.slice(from, close), values));
    kept = close + tag.close.length;
    at = kept - 1;
  }
  return [...parts, text.slice(kept)].join('');
}

function closingAt(text: string, { close }: Tag, from: number): number {
  const at = text.indexOf(close, from);
  return at === -1 ? text.length : at;
}

/** `current_page.data.title` is the title that the front matter states. */
function printed(expression: string, values: Readonly<Record<string, unknown>>): string {
  const name = /^[=-]?\s*(?:[\w-]+\.)*([\w-]+)\s*-?$/.exec(expression)?.[1];
  return (name !== undefined && Object.hasOwn(values, name) ? asText(values[name]) : null) ?? '';
}

/** What cannot be read here is refused, or warned of, where the front matter is read for the document. */
function valuesOf(text: string, fileName: string): Readonly<Record<string, unknown>> {
  const front = /^\s*---[^\S\n]*\n([\s\S]*?)\n---[^\S\n]*(?:\n|$)/.exec(text)?.[1];
  if (front === undefined) return {};
  try {
    return parseFrontMatter(front, fileName).values ?? {};
  } catch {
    return {};
  }
}
