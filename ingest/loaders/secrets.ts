/**
 * Keys and passwords in a parsed document. Their place and kind are told, never their value;
 * `mask` puts asterisks in their place before anything is stored, `quarantine` refuses the document.
 */
import type { Block, DocumentProperties, ParsedDocument } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { findSecrets, type SecretFinding } from '../../src/guard/secrets.ts';
import type { LoaderSettings } from './loader.ts';

export async function withoutSecrets(
  document: ParsedDocument,
  fileName: string,
  mode: LoaderSettings['secrets'],
): Promise<ParsedDocument> {
  const facts = factsOf(document);
  const inText = await findSecrets(document.text);
  const inFacts = await findSecrets(facts);
  if (inText.length + inFacts.length === 0) return document;
  const count = inText.length + inFacts.length;
  const places = describe(document, inText, inFacts);
  if (mode === 'quarantine') {
    throw new PerseaError(
      'secret-found',
      `Read ${fileName}: it holds ${places}. Take it out of the document, and change it where it opens something.`,
      { details: { count } },
    );
  }
  const done = mode === 'mask' ? 'Asterisks stand in its place in what Persea keeps. ' : '';
  const message = `It holds ${places}. ${done}Change it where it opens something: whoever may read the document can use it.`;
  const masked = mode === 'mask' ? mask(document, inText, maskedFacts(facts, inFacts)) : document;
  return { ...masked, warnings: [...document.warnings, { code: 'secret-found', count, message }] };
}

const namedPlaces = 5;

function describe(
  document: ParsedDocument,
  inText: readonly SecretFinding[],
  inFacts: readonly SecretFinding[],
): string {
  const { text, blocks } = document;
  let line = 1;
  let from = 0;
  const named = inText.slice(0, namedPlaces).map(({ start, kind }) => {
    for (let at = text.indexOf('\n', from); at !== -1 && at < start; at = text.indexOf('\n', from)) {
      line += 1;
      from = at + 1;
    }
    const page = blocks.find((block) => block.start <= start && start < block.end)?.page ?? null;
    return `${kind} (line ${line} of its text${page === null ? '' : `, page ${page}`})`;
  });
  for (const { kind } of inFacts.slice(0, namedPlaces - named.length)) named.push(`${kind} (title or properties)`);
  const more = inText.length + inFacts.length - named.length;
  return `what looks like a secret: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Letters and digits, so that lines and cells stay; offsets do too. */
function starred(text: string, findings: readonly SecretFinding[]): string {
  let result = '';
  let from = 0;
  for (const { start, end } of findings) {
    result += text.slice(from, start) + text.slice(start, end).replace(/[^\s|]/g, '*');
    from = end;
  }
  return result + text.slice(from);
}

const separator = '\n';

/** Everything that is kept beside the text, one piece a line. */
function factsOf({ title, properties, blocks, frontMatter, attachments }: ParsedDocument): string {
  const titles = blocks.map((block) => block.title).filter((text) => text !== null);
  const names = attachments.map(({ name }) => name);
  const pieces = [title, ...Object.values(properties), ...titles, ...names, ...stringsIn(frontMatter)];
  return pieces.map((piece) => String(piece).replaceAll(separator, ' ')).join(separator);
}

function maskedFacts(facts: string, findings: readonly SecretFinding[]): ReadonlyMap<string, string> {
  const masked = starred(facts, findings).split(separator);
  return new Map(facts.split(separator).map((piece, index) => [piece, masked[index] ?? '']));
}

function mask(
  document: ParsedDocument,
  inText: readonly SecretFinding[],
  facts: ReadonlyMap<string, string>,
): ParsedDocument {
  const replaced = (value: string) => facts.get(value.replaceAll(separator, ' ')) ?? value;
  const blocks: readonly Block[] = document.blocks.map((block) =>
    block.title === null ? block : { ...block, title: replaced(block.title) },
  );
  const properties: DocumentProperties = Object.fromEntries(
    Object.entries(document.properties).map(([name, value]) => [name, replaced(String(value))]),
  );
  return {
    ...document,
    title: replaced(document.title),
    text: starred(document.text, inText),
    blocks,
    properties,
    frontMatter:
      document.frontMatter === null
        ? null
        : (deepReplaced(document.frontMatter, replaced) as ParsedDocument['frontMatter']),
    attachments: document.attachments.map((attachment) => ({ ...attachment, name: replaced(attachment.name) })),
  };
}

const maxDepth = 20;

function stringsIn(value: unknown, depth = 0): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth > maxDepth) return [];
  return Object.values(value).flatMap((inner) => stringsIn(inner, depth + 1));
}

function deepReplaced(value: unknown, replaced: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return replaced(value);
  if (typeof value !== 'object' || value === null || value instanceof Date || depth > maxDepth) return value;
  if (Array.isArray(value)) return value.map((inner) => deepReplaced(inner, replaced, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, deepReplaced(inner, replaced, depth + 1)]),
  );
}
