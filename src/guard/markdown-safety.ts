/**
 * Markdown from a model without anything that a reader's program would fetch or open: no image, link, HTML, definition or footnote, on the
 * syntax tree. What programs make links of by themselves (addresses, names of hosts with a path) stands as code where the sources
 * have it so, else not at all.
 */
import type { Nodes, Root } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { SKIP, visit } from 'unist-util-visit';

export interface MarkdownRules {
  /** Addresses of cited documents, which a link may lead to. */
  readonly addresses: ReadonlySet<string>;
  /** Whether the sources have exactly this, with nothing around it that belongs to it. */
  readonly isInSources: (address: string) => boolean;
}

export interface SafeMarkdown {
  readonly text: string;
  /** How many pieces were taken out or made plain. */
  readonly removed: number;
}

const parser = unified().use(remarkParse).use(remarkGfm).freeze();
const parse = (text: string): Root => parser.parse(text);

const rest = '[^\\s<>"\'`“”«»]*';
/** Not within a word; of a path to a file its folders belong to it. */
const hostStart = String.raw`(?<![\p{L}\p{N}_~/\\-]|[\p{L}\p{N}._%+-]@)(?:[\p{L}\p{N}._~@+:-]{0,255}[/\\]){0,20}(?:[\p{L}\p{N}_-]{1,255}[.。．｡․]){1,20}`;
/** Schemes that programs act upon, `//host`, `www.`, `\\host\share`, and hosts with a path, port or query. */
const address = [
  String.raw`\b(?:javascript|vbscript):\S*`,
  String.raw`(?:\b[a-z][a-z0-9+.-]{1,20}:\/{1,3}|\b(?:https?|wss?|ftp|mailto|tel|sms|callto|(?:search-)?ms-[a-z-]+|search-ms|file|blob|view-source|magnet|bitcoin|ethereum|skype|facetime(?:-audio)?|geo|sips?|xmpp|spotify|steam|webcal):(?=[^\s<>])|\bdata:(?=[a-z]+\/|[,;])|(?<![\p{L}\p{N}:/])\/\/(?=[\p{L}\p{N}-]+[.:])|\bwww\.|\\\\(?=[\p{L}\p{N}.-]+\\))${rest}`,
  String.raw`${hostStart}\p{L}[\p{L}\p{N}-]{1,62}(?:\/|[?#](?=[^\s\p{P}]|[%_/-])|:\d{1,5}\b)${rest}`,
  String.raw`(?<![\p{L}\p{N}@._:/-])(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5}\b|(?::\d{1,5})?[/?#])${rest}`,
].join('|');
const email = String.raw`(?<![^\s<>()[\]"'${'`'},;:])[^\s<>()[\]"'${'`'},;:]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`;
/** By itself, as chat programs make links of it: of a country, with one of the commoner generic names, or not in Latin letters. */
const bareHost = String.raw`${hostStart}(?:[a-z]{2}|com|net|org|info|biz|edu|gov|mil|int|name|pro|mobi|asia|onion|app|blog|cloud|club|click|company|dev|digital|email|fun|host|icu|link|live|mov|news|online|page|press|shop|site|space|store|tech|top|website|wiki|work|world|xyz|zip|xn--[a-z\d-]{2,59}|(?!\p{Script=Latin})\p{L}[\p{L}\p{M}]{1,62})(?![\p{L}\p{N}_-]|[.。．｡․][\p{L}\p{N}])`;
const linked = new RegExp(`(?<mailbox>${email})|(?:${address})|(?<host>${bareHost})`, 'giu');
const placeholder = /^<[\p{L}\p{N}][\p{L}\p{N} _.-]{0,40}>$/u;
/** Nothing of it can be a link, an image or HTML. */
const harmless = /^[^[\]<>&:/\\@`|~$]*$/;
const hostLike = /[\p{L}\p{N}][.。．｡․]\p{L}/u;
/** Of a citation: by itself it is text. */
const marker = /(?:\[\d+\])+(?![(:[])|\\\[\d+\\\]/g;
/** Looks like a link and is none, so that what stands in its second pair of brackets is read with the rest. */
const unlinked = /(?<!\\)\[(?=[^\]]*\p{L})(?:[^\]\\[]|\\.)*\](?=[[(])/gu;
const mostPasses = 6;

export function safeMarkdown(text: string, rules: MarkdownRules): SafeMarkdown {
  if (harmless.test(text) && !hostLike.test(text)) return { text, removed: 0 };
  let current = text;
  let removed = 0;
  for (let pass = 0; pass < mostPasses; pass++) {
    const edits = editsOf(current, rules);
    if (edits.length === 0) return { text: current, removed };
    // What only stands as code now is still there.
    removed += edits.filter((edit) => !edit.text.startsWith('`') && edit.text !== '\\').length;
    current = applied(current, edits);
  }
  // What is put together anew in each pass is no answer.
  return { text: withoutMarks(current, rules), removed: removed + 1 };
}

/** Whether nothing in it is a link, an image or HTML, as it stands. */
export function isSafeMarkdown(text: string, rules: MarkdownRules): boolean {
  const withoutMarkers = text.replace(marker, '');
  if (harmless.test(withoutMarkers) && !hostLike.test(withoutMarkers)) return true;
  return editsOf(text, rules).length === 0;
}

/** Whether a text without marks has anything that programs make a link of, but mailboxes and hosts that the sources name. */
export function holdsAddress(text: string, rules: MarkdownRules): boolean {
  return findings(text, rules).length > 0;
}

/** No mark is left, so nothing of it can join with what stands around it. */
export function withoutMarks(text: string, rules: MarkdownRules): string {
  let result = '';
  let from = 0;
  for (const { start, end, text: shown } of findings(text, rules)) {
    result += escaped(text.slice(from, start)) + shown;
    from = end;
  }
  return result + escaped(text.slice(from));
}

function escaped(text: string): string {
  return text.replace(/(?<!\\)[[\]()<>!&|~$*_#]/g, '\\$&');
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function editsOf(text: string, rules: MarkdownRules): readonly Edit[] {
  const edits: Edit[] = [];
  visit(parse(text), (node: Nodes, _index, parent) => {
    const start = node.position?.start.offset ?? 0;
    const end = node.position?.end.offset ?? text.length;
    const replace = (by: string) => {
      edits.push({ start, end, text: by });
      return SKIP;
    };
    switch (node.type) {
      case 'image':
      case 'imageReference':
      case 'definition':
      case 'footnoteDefinition':
      case 'footnoteReference':
        return replace('');
      case 'html': {
        const written = text.slice(start, end);
        // `<name>` stands for a name, where a source says so.
        return replace(placeholder.test(written) && rules.isInSources(written) ? asCode(written) : '');
      }
      case 'link': {
        if (rules.addresses.has(node.url) && node.children.every((child) => child.type !== 'image')) return undefined;
        const isBare = !text.slice(start, end).startsWith('[');
        // To write to somebody whom the sources name is what an answer may be about.
        if (isMailbox(text.slice(start, end)) && rules.isInSources(text.slice(start, end))) return SKIP;
        if (isBare) {
          edits.push(bareLinkEdit(text, start, end, rules));
          return SKIP;
        }
        return replace(innerText(node.children, text));
      }
      case 'linkReference':
        return replace(innerText(node.children, text));
      case 'code':
        // Some programs draw what a language is named for.
        return node.lang === null || node.lang === undefined
          ? SKIP
          : replace(`\`\`\`\n${node.value.replaceAll('```', '')}\n\`\`\``);
      case 'text':
        if (parent?.type === 'link') return undefined;
        edits.push(...addressEdits(node.value, text.slice(start, end), start, rules));
        // The beginning of a tag that is never closed, or closed by what comes later.
        for (const { index: at } of text.slice(start, end).matchAll(/(?<!\\)<(?=[A-Za-z/!?])/g)) {
          edits.push({ start: start + at, end: start + at + 1, text: '\\<' });
        }
        for (const { index: at, 0: label } of text.slice(start, end).matchAll(unlinked)) {
          edits.push({ start: start + at + label.length, end: start + at + label.length, text: '\\' });
        }
        return undefined;
      default:
        return undefined;
    }
  });
  return edits;
}

/** An address in text that is no link here, but that another program would make one of. */
function addressEdits(value: string, written: string, start: number, rules: MarkdownRules): readonly Edit[] {
  if (value === written)
    return findings(written, rules).map((edit) => ({ ...edit, start: start + edit.start, end: start + edit.end }));
  const found = findings(value, rules);
  if (found.length === 0) return [];
  // In entities or behind backslashes: nobody writes an address so.
  const plain = applied(
    value,
    found.map((edit) => ({ ...edit, text: '' })),
  );
  return [{ start, end: start + written.length, text: plain.replace(/[[\]()<>!&\\`*_]/g, '\\$&') }];
}

/** What programs would make a link of by itself, with what is to stand there instead; what may stay is not among it. */
function findings(text: string, rules: MarkdownRules): readonly Edit[] {
  return [...text.matchAll(linked)].flatMap(({ index, 0: found, groups }) => {
    const trailing = groups?.mailbox === undefined ? (/[.,;:!?)\]}'"’”»]*$/.exec(found)?.[0] ?? '') : '';
    const bare = found.slice(0, found.length - trailing.length);
    if (bare === '') return [];
    const edit = (shown: string) => [{ start: index, end: index + bare.length, text: shown }];
    if (groups?.mailbox !== undefined) return rules.isInSources(bare) ? [] : edit('');
    // Names of files look alike, so it is not taken out.
    if (groups?.host !== undefined) return rules.isInSources(bare) ? [] : edit(asCode(bare));
    return edit(shownAddress(bare, rules));
  });
}

/** With all that is written to it, unless it stays. */
function bareLinkEdit(text: string, start: number, end: number, rules: MarkdownRules): Edit {
  const shown = shownAddress(text.slice(start, end).replace(/^<|>$/g, ''), rules);
  if (shown !== '') return { start, end, text: shown };
  const scheme = /[a-z][a-z0-9+.-]*:$/i.exec(text.slice(0, start))?.[0] ?? '';
  const after = /^[^\s<>()[\]*"'`“”«»]*/.exec(text.slice(end))?.[0].replace(/[.,;:!?_]+$/, '') ?? '';
  const whole = { start: start - scheme.length, end: end + after.length };
  return { ...whole, text: shownAddress(text.slice(whole.start, whole.end), rules) };
}

function isMailbox(written: string): boolean {
  return /^[^\s:/?<>]+@[^\s:/?<>]+$/.test(written);
}

function shownAddress(written: string, { isInSources }: MarkdownRules): string {
  return isInSources(written) ? asCode(written) : '';
}

function asCode(written: string): string {
  return `\`${written.replaceAll('`', '')}\``;
}

function innerText(children: readonly Nodes[], text: string): string {
  const [first, last] = [children[0], children.at(-1)];
  if (first === undefined || last === undefined) return '';
  return text.slice(first.position?.start.offset ?? 0, last.position?.end.offset ?? 0);
}

function applied(text: string, edits: readonly Edit[]): string {
  let result = '';
  let from = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    if (edit.start < from) continue;
    result += text.slice(from, edit.start) + edit.text;
    from = edit.end;
  }
  return result + text.slice(from);
}
