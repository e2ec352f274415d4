/**
 * Documents that another program exported: a file of JSON Lines, one item a line, beside the files with their content. It is
 * the bridge to whatever has no connector of its own: any script can write it.
 */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { z } from 'zod';
import { parseLabelInput } from '../../src/access/label.ts';
import { PerseaError, toPerseaError } from '../../src/core/errors.ts';
import type { IngestProblem } from '../../src/core/ingestor.ts';
import type { SourceLabelling } from '../labels.ts';
import { readSourceBytes } from '../scan.ts';
import type { Source, SourceItem, SourceListing } from './source.ts';

export interface ManifestSourceOptions extends SourceLabelling {
  readonly name: string;
  /** Absolute path of the manifest. */
  readonly path: string;
  readonly maxFileBytes: number;
}

/** One line of the manifest. Unknown keys are mistakes: a misspelt `label` must not open a document. */
const manifestItem = z.strictObject({
  id: z
    .string()
    .min(1)
    .max(1_000)
    .regex(/^[^\p{Cc}\\]+$/u)
    .refine((id) => id.split('/').every((part) => part !== '' && part !== '.' && part !== '..'))
    .describe('Path-like name within the source, such as `spaces/hr/leave.html`.'),
  path: z.string().min(1).optional().describe('File with the content, relative to the manifest.'),
  label: z.unknown().optional().describe('Who may see it; the configured default and rules decide where it is absent.'),
  title: z.string().optional(),
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where people open it.'),
  modified: z.iso.datetime({ offset: true }).or(z.iso.date()).optional(),
  owner: z.string().optional(),
  author: z.string().optional(),
  deleted: z.literal(true).optional().describe('It is gone from its system.'),
});

type ManifestItem = z.infer<typeof manifestItem>;

export function createManifestSource(options: ManifestSourceOptions): Source {
  const { name, path, label, rules, frontMatter, maxFileBytes } = options;
  const folder = dirname(path);
  return {
    name,
    label,
    rules,
    frontMatter,
    watchedPaths: [folder],
    list: ({ signal } = {}) => listManifest(options, signal),
    async find(uri) {
      return (await listManifest(options)).files.find((item) => item.uri === uri);
    },
    async read(item) {
      const { contentPath, facts } = item as ListedItem;
      const read = await readSourceBytes(await contentPlace(folder, contentPath), item.uri, maxFileBytes);
      return { ...read, contentHash: factsHash(read.contentHash, facts) };
    },
  };
}

interface ListedItem extends SourceItem {
  /** As the manifest names it. */
  readonly contentPath: string;
  /** What else the manifest says of it: another owner or address is a change, though the bytes are the same. */
  readonly facts: string;
}

async function listManifest(
  { name, path, maxFileBytes }: ManifestSourceOptions,
  signal?: AbortSignal,
): Promise<SourceListing> {
  const lines = await readLines(path, name, maxFileBytes);
  const files = new Map<string, ListedItem>();
  const problems: IngestProblem[] = [];
  const unobserved: string[] = [];
  for (const [index, line] of lines.entries()) {
    signal?.throwIfAborted();
    if (line.trim() === '') continue;
    const place = `${name}, line ${index + 1} of the manifest`;
    let item: ManifestItem;
    try {
      item = parseItem(line, index + 1);
    } catch (thrown) {
      // Of an item that cannot be read it is not known which one it is, so none that is missing is taken for deleted.
      unobserved.push(name);
      const { code, message } = toPerseaError(thrown, 'manifest-invalid');
      problems.push({ uri: idOf(line, name) ?? place, code, message });
      continue;
    }
    const uri = `${name}/${item.id}`;
    files.delete(uri);
    if (item.deleted === true) continue;
    try {
      files.set(uri, await listed(item, uri, dirname(path), maxFileBytes));
    } catch (thrown) {
      const { code, message } = toPerseaError(thrown, 'file-unreadable', `The content of ${uri} could not be read.`);
      problems.push({ uri, code, message });
      if (code === 'file-unreadable') unobserved.push(uri);
    }
  }
  return { files: [...files.values()], problems, folderLabels: [], unobserved };
}

async function readLines(path: string, name: string, maxBytes: number): Promise<readonly string[]> {
  const { bytes } = await readSourceBytes(path, path, maxBytes).catch((cause) => {
    const why = cause instanceof PerseaError ? ` ${cause.message}` : '';
    throw new PerseaError(
      'source-unreadable',
      `The manifest ${path} of the source "${name}" could not be read; nothing of it was changed.${why}`,
      { cause, details: { source: name } },
    );
  });
  return new TextDecoder().decode(bytes).split(/\r?\n/);
}

function parseItem(line: string, number: number): ManifestItem {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new PerseaError('manifest-invalid', `Line ${number} of the manifest is no JSON. Correct it.`, { cause });
  }
  const parsed = manifestItem.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const key = issue?.path.join('.') ?? '';
  throw new PerseaError(
    'manifest-invalid',
    `Line ${number} of the manifest is no valid item${key === '' ? '' : `: ${key}`}: ${issue?.message ?? 'unknown mistake'}. Correct it.`,
  );
}

/** Of a line that is broken elsewhere. */
function idOf(line: string, name: string): string | null {
  const id = /"id"\s*:\s*"([^"\\\p{Cc}]{1,1000})"/u.exec(line)?.[1];
  return id === undefined ? null : `${name}/${id}`;
}

async function listed(item: ManifestItem, uri: string, folder: string, maxFileBytes: number): Promise<ListedItem> {
  if (item.path === undefined) {
    throw new PerseaError('manifest-invalid', `The item ${uri} has no \`path\` to its content and is not \`deleted\`.`);
  }
  const label = item.label === undefined ? undefined : parseLabelInput(item.label, `the manifest's item ${uri}`);
  const { bytes, contentHash } = await readSourceBytes(await contentPlace(folder, item.path), uri, maxFileBytes);
  const { owner, url, author, modified, title } = item;
  const facts = JSON.stringify([title, owner, url, author, modified]);
  return {
    uri,
    relativePath: item.id,
    contentPath: item.path,
    facts,
    contentHash: factsHash(contentHash, facts),
    sizeBytes: bytes.byteLength,
    modifiedAt: modified === undefined ? null : Date.parse(modified),
    ...(label === undefined ? {} : { label }),
    ...(title === undefined ? {} : { title }),
    properties: {
      ...(owner === undefined ? {} : { owner }),
      ...(url === undefined ? {} : { url }),
      ...(author === undefined ? {} : { author }),
      ...(modified === undefined ? {} : { date: modified }),
    },
  };
}

function factsHash(contentHash: string, facts: string): string {
  return createHash('sha256').update(contentHash).update(facts).digest('hex');
}

/** Nothing outside the manifest's folder is read, whatever it names. */
async function contentPlace(folder: string, path: string): Promise<string> {
  try {
    const root = await realpath(folder);
    const place = await realpath(join(folder, path));
    if (place.startsWith(root + sep)) return place;
  } catch (cause) {
    throw new PerseaError('file-unreadable', `The content file ${path} is not there.`, { cause });
  }
  throw new PerseaError(
    'not-a-regular-file',
    `The content file ${path} lies outside the manifest's folder; it was not read.`,
  );
}
