/** What should be in a data folder, in plain terms that share no code with the product, and what is in it. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemScope } from '../../src/access/scope.ts';
import type { App } from '../../src/app.ts';
import { canarySource } from '../../src/core/canary.ts';
import { filesHolding } from '../support/bytes-of.ts';

export type Operation =
  | { readonly kind: 'ingest' | 'prune' | 'repair'; readonly embedder: string }
  | { readonly kind: 'relabel'; readonly embedder: string; readonly uri: string; readonly tag: string }
  | { readonly kind: 'remove' | 'purge' | 'restore'; readonly embedder: string; readonly uri: string };

const scope = systemScope('crash test');

/** What a document must be: a word that stands in no other text, and the tags that its label asks for, all of them. */
export interface Expected {
  readonly word: string;
  readonly tags: string;
}

export class World {
  readonly folder: string;
  readonly #random: () => number;
  /** The word of each file, by its path below the source. */
  readonly #files = new Map<string, string>();
  /** Changed since the documents were last known to follow the files: a move counts as one only where nothing else changed. */
  readonly #touched = new Set<string>();
  readonly #folderTags = new Map<string, string>();
  readonly #overrides = new Map<string, string>();
  /** By uri, the word that the file had when its document was removed. */
  readonly #excluded = new Map<string, string>();
  #next = 0;

  constructor(folder: string, random: () => number) {
    this.folder = folder;
    this.#random = random;
  }

  async create(): Promise<void> {
    await this.#write('persea.yaml', 'sources: [{ name: docs, path: ./docs, label: { anyOf: [staff] } }]\n');
    await this.#write(
      'access.yaml',
      'groups:\n  staff: { tags: [staff] }\n  hr: { tags: [hr] }\nprincipals:\n  bob: { groups: [staff] }\n  alice: { groups: [staff, hr] }\n',
    );
    for (let index = 0; index < 12; index++) await this.#add();
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.#random() * items.length)];
  }

  /** Of documents that are there. */
  get uris(): readonly string[] {
    return [...this.#files.keys()]
      .filter((path) => !this.#touched.has(path) && !this.#excluded.has(`docs/${path}`))
      .map((path) => `docs/${path}`);
  }

  /** Of documents that were removed, those whose files were not changed since. */
  get excluded(): readonly string[] {
    return [...this.#excluded.keys()].filter((uri) => !this.#touched.has(uri.slice('docs/'.length)));
  }

  /** A few things that people do to files. */
  async change(): Promise<void> {
    for (let count = 1 + Math.floor(this.#random() * 4); count > 0; count--) {
      const path = this.pick([...this.#files.keys()].filter((candidate) => !this.#touched.has(candidate)));
      const roll = this.#random();
      if (path === undefined || roll < 0.2) await this.#add();
      else if (roll < 0.6) await this.#rewrite(path);
      else if (roll < 0.75) await this.#remove(path);
      else if (roll < 0.9) await this.#move(path);
      else await this.#toggleFolderTag();
    }
    while (this.#files.size < 6) await this.#add();
  }

  wordOf(uri: string): string {
    return this.#files.get(uri.slice('docs/'.length)) ?? '';
  }

  isExcluded(uri: string): boolean {
    return this.#excluded.has(uri);
  }

  /** The documents follow the files again. */
  settled(): void {
    this.#touched.clear();
  }

  apply(operation: Operation): void {
    if (operation.kind === 'relabel') this.#overrides.set(operation.uri, operation.tag);
    if (operation.kind === 'remove' || operation.kind === 'purge') {
      this.#excluded.set(operation.uri, this.wordOf(operation.uri));
      // What comes back one day is a new document, under the label that its rules give it.
      this.#overrides.delete(operation.uri);
    }
    if (operation.kind === 'restore') this.#excluded.delete(operation.uri);
  }

  /** By uri. */
  expected(): ReadonlyMap<string, Expected> {
    return new Map(
      [...this.#files]
        .filter(([path]) => !this.#excluded.has(`docs/${path}`))
        .map(([path, word]) => [`docs/${path}`, { word, tags: this.#tagsOf(path) }]),
    );
  }

  #tagsOf(path: string): string {
    const override = this.#overrides.get(`docs/${path}`);
    if (override !== undefined) return override;
    const folderTag = this.#folderTags.get(dirname(path));
    return folderTag === undefined ? 'staff' : `${folderTag} staff`;
  }

  async #add(): Promise<void> {
    this.#next += 1;
    await this.#rewrite(`${this.pick(['a', 'b'])}/file${this.#next}.md`);
  }

  async #rewrite(path: string): Promise<void> {
    this.#next += 1;
    const word = `word${this.#next}x`;
    const parts = Array.from(
      { length: 1 + (this.#next % 3) },
      (_, index) =>
        `## Part ${index}\n\nThe ${word} is part ${index} of it. It is checked by the team each week, and again at the end.`,
    );
    await this.#write(join('docs', path), `# Of ${word}\n\n${parts.join('\n\n')}\n`);
    this.#files.set(path, word);
    this.#touched.add(path);
  }

  async #remove(path: string): Promise<void> {
    await rm(join(this.folder, 'docs', path));
    this.#forget(path);
  }

  async #move(path: string): Promise<void> {
    this.#next += 1;
    const to = `${this.pick(['a', 'b'])}/moved${this.#next}.md`;
    const removedWord = this.#excluded.get(`docs/${path}`);
    const word = this.#files.get(path) ?? '';
    const override = this.#overrides.get(`docs/${path}`);
    await mkdir(dirname(join(this.folder, 'docs', to)), { recursive: true });
    await rename(join(this.folder, 'docs', path), join(this.folder, 'docs', to));
    this.#forget(path);
    this.#files.set(to, word);
    this.#touched.add(to);
    // A removed document stays out under another name; what was written into its file since is a new one there.
    if (removedWord === word) this.#excluded.set(`docs/${to}`, word);
    else if (override !== undefined && removedWord === undefined) this.#overrides.set(`docs/${to}`, override);
  }

  #forget(path: string): void {
    this.#files.delete(path);
    this.#overrides.delete(`docs/${path}`);
    this.#excluded.delete(`docs/${path}`);
  }

  async #toggleFolderTag(): Promise<void> {
    const folder = this.pick(['a', 'b']) ?? 'a';
    const path = join('docs', folder, '.access.yaml');
    if (this.#folderTags.delete(folder)) return rm(join(this.folder, path));
    this.#folderTags.set(folder, 'hr');
    return this.#write(path, 'anyOf: [hr]\n');
  }

  async #write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), text);
  }
}

/** Whatever was cut short: readers see whole documents, each once, old or new. */
export async function readerFindings(app: App): Promise<readonly string[]> {
  const findings: string[] = [];
  for (const document of await app.catalog.documents(scope, { source: 'docs' })) {
    const text = (await app.catalog.text(scope, document.documentId))?.text ?? '';
    const words = new Set(text.match(/word\d+x/g));
    if (words.size !== 1) findings.push(`${document.uri} holds ${words.size} versions`);
  }
  for (const { uri, documentId, start, end, text } of await allHits(app)) {
    const stored = (await app.catalog.text(scope, documentId))?.text;
    if (stored?.slice(start, end) !== text) findings.push(`a passage of ${uri} is not what the document says there`);
  }
  return findings;
}

async function allHits(app: App) {
  const { hits } = await app.search(scope, { query: 'checked by the team', topK: 50 });
  return hits.filter((hit) => !hit.uri.startsWith(canarySource));
}

/** What the catalogue has, as the world would put it. */
export async function actual(app: App): Promise<ReadonlyMap<string, Expected>> {
  const documents = await app.catalog.documents(scope, { source: 'docs' });
  const entries = documents.map(async ({ uri, documentId, label }) => {
    const text = (await app.catalog.text(scope, documentId))?.text ?? '';
    const word = [...new Set(text.match(/word\d+x/g))].join(' ');
    return [
      uri,
      {
        word,
        tags: label.clauses
          .map((clause) => clause.join('|'))
          .sort()
          .join(' '),
      },
    ] as const;
  });
  return new Map(await Promise.all(entries));
}

/** After a purge that took its document away, even where it was cut short after that. */
export function purgeFindings(world: World, uri: string): readonly string[] {
  if (!world.isExcluded(uri)) return [];
  const left = filesHolding(join(world.folder, '.persea'), world.wordOf(uri));
  return left.length === 0 ? [] : [`${uri} was purged and stands in ${left.join(', ')}`];
}

/** Once everything is repaired: no document lost, doubled, orphaned or under an older label, for any reader. */
export async function settledFindings(app: App, world: World): Promise<readonly string[]> {
  const findings: string[] = [];
  const expected = world.expected();
  const found = await actual(app);
  for (const [uri, { word, tags }] of expected) {
    const document = found.get(uri);
    if (document === undefined) findings.push(`${uri} is lost`);
    else if (document.word !== word) findings.push(`${uri} holds ${document.word} instead of ${word}`);
    else if (document.tags !== tags) findings.push(`${uri} asks for ${document.tags} instead of ${tags}`);
    const { hits } = await app.search(scope, { query: word, topK: 50, mode: 'keyword' });
    const texts = hits.map((hit) => `${hit.uri} ${hit.start}`);
    if (!hits.some((hit) => hit.uri === uri)) findings.push(`${uri} is not found by its word`);
    if (new Set(texts).size !== texts.length) findings.push(`a passage of ${uri} is there twice`);
    if (hits.some((hit) => hit.text.includes(word) && hit.uri !== uri)) findings.push(`${word} is found elsewhere`);
  }
  for (const uri of found.keys()) if (!expected.has(uri)) findings.push(`${uri} is there and should not be`);
  const holdings = { bob: new Set(['staff']), alice: new Set(['staff', 'hr']) };
  for (const [person, held] of Object.entries(holdings)) {
    const personScope = await app.scopeFor(app.principal(person));
    const { hits } = await app.search(personScope, { query: 'checked by the team', topK: 50 });
    for (const { uri } of hits) {
      const tags = expected.get(uri)?.tags.split(' ') ?? ['nobody'];
      if (!tags.every((tag) => held.has(tag))) findings.push(`${person} finds ${uri}`);
    }
  }
  for (const { name, ok, detail } of await app.checks()) if (!ok) findings.push(`doctor: ${name}: ${detail}`);
  return findings;
}
