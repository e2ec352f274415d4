/**
 * Documents that another program exported: a file of JSON Lines, one item a line, beside the files with their content. It is
 * the bridge to whatever has no connector of its own: any script can write it.
 */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { type LabelInput, parseLabelInput } from '../../src/access/label.ts';
import { PerseaError, toPerseaError } from '../../src/core/errors.ts';
import type { IngestProblem } from '../../src/core/ingestor.ts';
import { isHidden, isInside, pathWithin } from '../../src/core/paths.ts';
import type { SourceLabelling } from '../labels.ts';
import { documentNamed, statusNamed } from '../in-force.ts';
import { KnownHashes } from './known-hashes.ts';
import type { SourceOverlap } from './overlaps.ts';
import type { ListedProblem, Source, SourceItem, SourceListing } from './source.ts';
import { fingerprintFile, readSourceBytes } from './stable-file.ts';

export interface ManifestSourceOptions extends SourceLabelling {
  readonly name: string;
  /** Absolute path of the manifest. */
  readonly path: string;
  readonly maxFileBytes: number;
  /** What other sources list of its content; none when absent. */
  readonly overlaps?: () => Promise<readonly SourceOverlap[]>;
}

const fact = z.string().trim().min(1).max(1_000);

/** One line of the manifest. Unknown keys are mistakes: a misspelt `label` must not open a document. */
const manifestItem = z.strictObject({
  id: z
    .string()
    .min(1)
    .max(1_000)
    .regex(/^[^\p{Cc}\\]+$/u)
    .refine((id) => id.split('/').every((part) => part !== '' && part !== '.' && part !== '..'), {
      error: 'must be path-like, without empty parts and dots alone',
    })
    .describe('Path-like name within the source, such as `spaces/hr/leave.html`.'),
  path: z.string().min(1).optional().describe('File with the content, relative to the manifest.'),
  label: z.unknown().optional().describe('Who may see it; the configured default and rules decide where it is absent.'),
  title: fact.optional(),
  url: z
    .url({ protocol: /^https?$/, error: 'must be an address that starts with http:// or https://' })
    .max(2_000)
    .optional()
    .describe('Where people open it.'),
  modified: z.iso.datetime({ offset: true }).or(z.iso.date()).optional(),
  owner: fact.optional(),
  author: fact.optional(),
  supersedes: fact.optional().describe('Uri, path or title of the document that this one replaces.'),
  supersededBy: fact.optional().describe('Uri, path or title of the document that replaces this one.'),
  status: fact
    .optional()
    .describe('`superseded`, `replaced`, `obsolete`, `withdrawn` or `expired`; others say nothing.'),
  validUntil: z.iso.date().optional().describe('Last day on which it is in force.'),
  deleted: z.literal(true).optional().describe('It is gone from its system.'),
});

type ManifestItem = Omit<z.infer<typeof manifestItem>, 'label'> & { readonly label?: LabelInput };

/** What the manifest says, before any content is looked at. */
interface Manifest {
  /** By uri; the last line about an item counts. An error where that line cannot be understood. */
  readonly items: ReadonlyMap<string, ManifestItem | PerseaError>;
  /** Lines of which not even the item is known. */
  readonly problems: readonly IngestProblem[];
  /** Paths of content that lines name which cannot be understood, with what is wrong with them. */
  readonly unclear: ReadonlyMap<string, PerseaError>;
}

/** A file that a manifest names as the content of an item. */
export interface ManifestContent {
  /** Absolute, links resolved. */
  readonly place: string;
  readonly id: string;
  /** Absent where the manifest's configuration decides; an error where it is not known who may see it. */
  readonly label?: LabelInput | PerseaError;
}

interface ListedItem extends SourceItem {
  /** As the manifest names it. */
  readonly contentPath: string;
  /** What else the manifest says of it: another owner or address is a change, though the bytes are the same. */
  readonly facts: string;
}

export function createManifestSource(options: ManifestSourceOptions): Source {
  const { name, path, label, rules, frontMatter, maxFileBytes } = options;
  const folder = dirname(path);
  const knownHashes = new KnownHashes();
  const readManifest = manifestReader(options, knownHashes);

  async function listed(uri: string, item: ManifestItem): Promise<ListedItem> {
    if (item.path === undefined) {
      throw new PerseaError(
        'manifest-invalid',
        `The item ${uri} has neither a \`path\` to its content nor \`deleted\`.`,
      );
    }
    const place = await contentPlace(folder, item.path);
    const file = await fingerprintFile(place, uri, maxFileBytes, knownHashes);
    return listedItem(uri, { ...item, path: item.path }, file);
  }

  return {
    name,
    label,
    rules,
    frontMatter,
    watchedPaths: [folder],
    changedBy(changed) {
      // Which items a content file belongs to stands in the manifest, so the whole of it is listed.
      return isHidden(pathWithin(folder, changed)) ? undefined : '';
    },
    async list({ signal } = {}): Promise<SourceListing> {
      const { items, problems: unknown } = await readManifest();
      const files: ListedItem[] = [];
      const problems: ListedProblem[] = [...unknown];
      const unobserved: string[] = [];
      const gone: string[] = [];
      for (const [uri, item] of items) {
        signal?.throwIfAborted();
        try {
          if (item instanceof PerseaError) throw item;
          if (item.deleted === true) gone.push(uri);
          else files.push(await listed(uri, item));
        } catch (thrown) {
          const { code, message } = toPerseaError(
            thrown,
            'file-unreadable',
            `The content of ${uri} could not be read.`,
          );
          const stated = item instanceof PerseaError ? undefined : item.label;
          problems.push({ uri, code, message, ...(stated === undefined ? {} : { label: stated }) });
          if (code === 'file-unreadable') unobserved.push(uri);
        }
      }
      // Which item an unreadable line is about is not known, so none that is missing is taken for deleted; what is said to be is.
      const covers = unknown.length === 0 ? {} : { covers: gone };
      const overlaps = (await options.overlaps?.()) ?? [];
      return { files, problems, folderLabels: [], overlaps, unobserved, ...covers };
    },
    async find(uri) {
      const item = (await readManifest()).items.get(uri);
      if (item instanceof PerseaError) throw item;
      return item === undefined || item.deleted === true ? undefined : listed(uri, item);
    },
    async read(item) {
      const { contentPath, facts } = item as ListedItem;
      const read = await readSourceBytes(await contentPlace(folder, contentPath), item.uri, maxFileBytes);
      return { ...read, contentHash: factsHash(read.contentHash, facts) };
    },
  };
}

/** The manifest as it is now, read again where it has changed. Throws `source-unreadable`. */
function manifestReader(
  { name, path, maxFileBytes }: Pick<ManifestSourceOptions, 'name' | 'path' | 'maxFileBytes'>,
  knownHashes: KnownHashes,
): () => Promise<Manifest> {
  let latest: { readonly contentHash: string; readonly manifest: Manifest } | undefined;
  return async () => {
    try {
      const place = await realpath(path);
      const { contentHash } = await fingerprintFile(place, path, maxFileBytes, knownHashes);
      if (latest?.contentHash !== contentHash) {
        const read = await readSourceBytes(place, path, maxFileBytes);
        latest = { contentHash: read.contentHash, manifest: parseManifest(read.bytes, name) };
      }
      return latest.manifest;
    } catch (cause) {
      const why = cause instanceof PerseaError ? ` ${cause.message}` : '';
      throw new PerseaError(
        'source-unreadable',
        `The manifest ${path} of the source "${name}" could not be read; nothing of it was changed.${why}`,
        { cause, details: { source: name } },
      );
    }
  };
}

/** What the manifest names now, for other sources that may list the same files. Throws `source-unreadable`. */
export function manifestContents(
  options: Pick<ManifestSourceOptions, 'name' | 'path' | 'maxFileBytes'>,
): () => Promise<readonly ManifestContent[]> {
  const readManifest = manifestReader(options, new KnownHashes());
  const folder = dirname(options.path);
  const contentAt = async (path: string, id: string, label: ManifestContent['label']) => {
    // What is not there is no file of another source either.
    const place = await contentPlace(folder, path).catch(() => undefined);
    return place === undefined ? [] : [{ place, id, ...(label === undefined ? {} : { label }) }];
  };
  return async () => {
    const { items, unclear } = await readManifest();
    const clear = [...items].map(async ([uri, item]) =>
      item instanceof PerseaError || item.path === undefined || item.deleted === true
        ? []
        : contentAt(item.path, uri.slice(options.name.length + 1), item.label),
    );
    const others = [...unclear].map(([path, error]) => contentAt(path, path, error));
    return (await Promise.all([...clear, ...others])).flat();
  };
}

function parseManifest(bytes: Uint8Array, name: string): Manifest {
  const items = new Map<string, ManifestItem | PerseaError>();
  const problems: IngestProblem[] = [];
  const unclear = new Map<string, PerseaError>();
  for (const [index, line] of new TextDecoder().decode(bytes).split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const number = index + 1;
    try {
      const value = parseLine(line, number);
      const uri = uriIn(value, name);
      try {
        const item = parseItem(value, number);
        items.set(`${name}/${item.id}`, item);
      } catch (thrown) {
        const error = toPerseaError(thrown, 'manifest-invalid');
        noteUnclear(unclear, (value as { readonly path?: unknown } | null)?.path, error);
        if (uri === undefined) throw error;
        items.set(uri, error);
      }
    } catch (thrown) {
      const error = toPerseaError(thrown, 'manifest-invalid');
      const { code, message } = error;
      noteUnclear(unclear, /"path"\s*:\s*"([^"\\\p{Cc}]{1,1000})"/u.exec(line)?.[1], error);
      problems.push({ uri: `${name}, line ${number} of the manifest`, code, message });
      // A guess, so it only takes away: what a broken line may be about is withdrawn, for its rights may have changed.
      const uri = guessedUri(line, name);
      if (uri !== undefined) items.set(uri, new PerseaError('manifest-invalid', message));
    }
  }
  for (const [uri, item] of items) {
    const above = itemAbove(uri, items);
    if (above === undefined || (item instanceof PerseaError ? false : item.deleted === true)) continue;
    const message = `The id of ${uri} lies below another item, ${above}, as only attachments do. Give one of them another id.`;
    items.set(uri, new PerseaError('manifest-invalid', message));
  }
  return { items, problems, unclear };
}

function noteUnclear(unclear: Map<string, PerseaError>, path: unknown, error: PerseaError): void {
  if (typeof path === 'string' && path !== '') unclear.set(path, error);
}

function parseLine(line: string, number: number): unknown {
  if (line.includes('\ufffd')) {
    throw new PerseaError('manifest-invalid', `Line ${number} of the manifest is not UTF-8. Write it anew.`);
  }
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new PerseaError('manifest-invalid', `Line ${number} of the manifest is no JSON. Correct it.`, { cause });
  }
}

function parseItem(value: unknown, number: number): ManifestItem {
  const parsed = manifestItem.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const key = issue?.path.join('.') ?? '';
    throw new PerseaError(
      'manifest-invalid',
      `Line ${number} of the manifest is no valid item${key === '' ? '' : `: ${key}`}: ${issue?.message ?? 'unknown mistake'}. Correct it.`,
    );
  }
  const { label, ...item } = parsed.data;
  if (label === undefined) return item;
  return { ...item, label: parseLabelInput(label, `the item on line ${number} of the manifest`) };
}

function uriIn(value: unknown, name: string): string | undefined {
  const id = manifestItem.shape.id.safeParse((value as { readonly id?: unknown } | null)?.id);
  return id.success ? `${name}/${id.data}` : undefined;
}

function guessedUri(line: string, name: string): string | undefined {
  const id = /"id"\s*:\s*"([^"\\\p{Cc}]{1,1000})"/u.exec(line)?.[1];
  return id === undefined ? undefined : uriIn({ id }, name);
}

function itemAbove(uri: string, items: Manifest['items']): string | undefined {
  for (let end = uri.lastIndexOf('/'); end > 0; end = uri.lastIndexOf('/', end - 1)) {
    const item = items.get(uri.slice(0, end));
    if (item !== undefined && (item instanceof PerseaError || item.deleted !== true)) return uri.slice(0, end);
  }
  return undefined;
}

function listedItem(
  uri: string,
  item: ManifestItem & { readonly path: string },
  file: { readonly contentHash: string; readonly sizeBytes: number },
): ListedItem {
  const { label, owner, url, author, modified, title, supersedes, supersededBy, status, validUntil } = item;
  // The later ones only where they are stated, so that items without them have the hash they always had.
  const inForce = { supersedes, supersededBy, status, validUntil };
  const isStated = Object.values(inForce).some((value) => value !== undefined);
  const facts = JSON.stringify([title, owner, url, author, modified, ...(isStated ? [inForce] : [])]);
  return {
    uri,
    relativePath: item.id,
    fileName: basename(item.path),
    contentPath: item.path,
    facts,
    contentHash: factsHash(file.contentHash, facts),
    sizeBytes: file.sizeBytes,
    modifiedAt: modified === undefined ? null : Date.parse(modified),
    ...(label === undefined ? {} : { label }),
    ...(title === undefined ? {} : { title }),
    properties: {
      ...(owner === undefined ? {} : { owner }),
      ...(url === undefined ? {} : { url }),
      ...(author === undefined ? {} : { author }),
      ...(modified === undefined ? {} : { date: modified }),
      ...(supersedes === undefined ? {} : { supersedes: documentNamed(supersedes) }),
      ...(supersededBy === undefined ? {} : { supersededBy: documentNamed(supersededBy) }),
      ...statusNamed(status ?? ''),
      ...(validUntil === undefined ? {} : { validUntil }),
    },
  };
}

function factsHash(contentHash: string, facts: string): string {
  return createHash('sha256').update(contentHash).update(facts).digest('hex');
}

/** Nothing outside the manifest's folder is read, whatever it names. */
async function contentPlace(folder: string, path: string): Promise<string> {
  let place: string;
  let root: string;
  try {
    root = await realpath(folder);
    place = await realpath(join(folder, path));
  } catch (cause) {
    throw new PerseaError('file-unreadable', `The content file ${path} is not there.`, { cause });
  }
  if (isInside(place, root)) return place;
  throw new PerseaError(
    'not-a-regular-file',
    `The content file ${path} lies outside the manifest's folder; it was not read.`,
  );
}
