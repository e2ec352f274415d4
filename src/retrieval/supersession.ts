/**
 * Versions that replaced each other. Where one of two documents says which of them replaced the other and both were found, the passages
 * of the replaced one are left out, unless the question asks for it. Both are visible to the asker: what is not is neither named nor counted.
 */
import type { AccessScope } from '../access/scope.ts';
import type { CatalogReader, DocumentRecord } from '../catalog/catalog.ts';
import type { Passage } from '../core/chunk.ts';
import type { KnownLanguage } from '../core/function-words.ts';
import { toldIn } from '../core/told.ts';
import { contentWords } from '../core/words.ts';

export interface Replacement {
  readonly old: Pick<DocumentRecord, 'documentId' | 'uri' | 'title'>;
  readonly by: Pick<DocumentRecord, 'documentId' | 'uri' | 'title'>;
}

/** `“Hotels of 2023” (…) was replaced by “Hotels of 2026” (…)`, for a sentence to those who may see both. */
export function replacementText({ old, by }: Replacement, language: KnownLanguage | null): string {
  return toldIn(language, {
    en: `“${old.title}” (${old.uri}) was replaced by “${by.title}” (${by.uri})`,
    de: `„${old.title}“ (${old.uri}) wurde durch „${by.title}“ (${by.uri}) ersetzt`,
    fr: `« ${old.title} » (${old.uri}) a été remplacé par « ${by.title} » (${by.uri})`,
  });
}

export interface CurrentPassages {
  readonly passages: readonly Passage[];
  readonly replaced: readonly Replacement[];
}

/** @param depth a replacement counts only where it has a passage among the best so many */
export async function withoutReplaced(
  catalog: Pick<CatalogReader, 'documentsById'>,
  scope: AccessScope,
  question: string,
  ranked: readonly Passage[],
  depth: number,
): Promise<CurrentPassages> {
  const best = ranked.slice(0, depth);
  const ids = [...new Set(best.map(({ chunk }) => chunk.documentId))].sort();
  const records = [...(await catalog.documentsById(scope, ids)).values()];
  const replaced = withoutCircles(records.flatMap((old) => replacementOf(old, records) ?? [])).filter(
    ({ old, by }) => !asksFor(question, old, by),
  );
  const isReplaced = ({ chunk }: Passage) => replaced.some(({ old }) => old.documentId === chunk.documentId);
  return replaced.length === 0
    ? { passages: ranked, replaced }
    : { passages: ranked.filter((passage) => !isReplaced(passage)), replaced };
}

/** By what the replaced one says, else by what another says of it. */
function replacementOf(
  old: DocumentRecord,
  records: readonly DocumentRecord[],
): { readonly old: DocumentRecord; readonly by: DocumentRecord } | undefined {
  const others = records.filter((other) => other !== old);
  const by = others.find((other) => saysReplacedBy(old, other)) ?? others.find((other) => replaces(other, old));
  return by === undefined ? undefined : { old, by };
}

/** Of documents that replace each other in a circle none is the newest, so none gives way. */
function withoutCircles<Pair extends { readonly old: DocumentRecord; readonly by: DocumentRecord }>(
  pairs: readonly Pair[],
): readonly Pair[] {
  const next = new Map(pairs.map(({ old, by }) => [old, by]));
  return pairs.filter(({ old }) => {
    const seen = new Set<DocumentRecord>();
    for (let at = next.get(old); at !== undefined && !seen.has(at); at = next.get(at)) seen.add(at);
    return !seen.has(old);
  });
}

/** Whether a document says of itself that it replaces this one. */
export function replaces(document: DocumentRecord, old: DocumentRecord): boolean {
  const { supersedes } = document.properties;
  return supersedes !== undefined && isMeant(old, supersedes, document);
}

/** Whether a document says of itself that this one replaced it. */
export function saysReplacedBy(document: DocumentRecord, by: DocumentRecord): boolean {
  const { supersededBy } = document.properties;
  return supersededBy !== undefined && isMeant(by, supersededBy, document);
}

/** Whether `by` means this document by what it names: its path or its title. */
function isMeant({ uri, title }: DocumentRecord, named: string, by: DocumentRecord): boolean {
  return urisNamed(by, named).includes(uri) || title.toLowerCase() === pathNamed(named).toLowerCase();
}

/** What a document may mean that names another by its path: from the root of all sources, of its own source, or its own folder. */
export function urisNamed({ uri }: Pick<DocumentRecord, 'uri'>, named: string): readonly string[] {
  const path = pathNamed(named);
  const folders = ['', uri.slice(0, uri.indexOf('/') + 1), uri.slice(0, uri.lastIndexOf('/') + 1)];
  return [...new Set(folders)].map((folder) => `${folder}${path}`);
}

/** All that a document may be called: by its path, as {@link urisNamed} reads it, and by its title as it is written. */
export function namesOf({ uri, title }: Pick<DocumentRecord, 'uri' | 'title'>): readonly string[] {
  const parts = uri.split('/');
  const paths = parts.map((_, index) => parts.slice(index).join('/'));
  return [title, ...paths.flatMap((path) => [path, `./${path}`, `/${path}`])];
}

/** As uris are written. */
function pathNamed(named: string): string {
  return named
    .trim()
    .replace(/^\.?\//, '')
    .normalize('NFC');
}

/** The question has a word, such as a year or a number of a version, that only the replaced one bears in its name. */
function asksFor(question: string, old: DocumentRecord, by: DocumentRecord): boolean {
  const asked = new Set(contentWords(question));
  const current = new Set(wordsOfName(by));
  return wordsOfName(old).some((word) => asked.has(word) && !current.has(word));
}

function wordsOfName({ uri, title }: DocumentRecord): string[] {
  return contentWords(`${title} ${uri.replace(/[-_./]/g, ' ')}`);
}
