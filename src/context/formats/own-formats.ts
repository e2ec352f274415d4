/**
 * A company's own context formats: each file of a folder that ends in `.js`, `.mjs` or `.ts` and exports one function, a
 * `ContextFormat`, as its default. Its name is the file's. A file is read anew when it has changed, without a restart. It runs
 * in a thread, within limits.
 */
import { readdir, stat } from 'node:fs/promises';
import { extname, join, parse } from 'node:path';
import type { ContextItem } from '../../core/context.ts';
import { PerseaError } from '../../core/errors.ts';
import type { FormatInUse, FormatRequest } from './format.ts';
import { type FormatLimits, FormatProblem, FormatThread } from './format-thread.ts';
import { builtInFormats, type FormatRegistry } from './registry.ts';

const extensions = ['.js', '.mjs', '.ts'];
const maxFormats = 100;
const namePattern = /^[a-z][a-z0-9-]{0,63}$/;

/** A thousand times what a format takes, since other threads may have the processor. */
const defaultLimits: FormatLimits & { readonly restMs: number } = {
  loadMs: 10_000,
  textMs: 2_000,
  idleMs: 300_000,
  restMs: 30_000,
};

interface Loaded {
  readonly version: string;
  readonly format: Promise<FormatInUse>;
}

export class OwnFormats {
  readonly #directory: string;
  readonly #limits: typeof defaultLimits;
  readonly #loaded = new Map<string, Loaded>();

  /** @param limits `restMs`: a file that never gets loaded is not tried again for so long, unless it has changed. */
  constructor(directory: string, limits: Partial<typeof defaultLimits> = {}) {
    this.#directory = directory;
    this.#limits = { ...defaultLimits, ...limits };
  }

  /**
   * All formats, built-in ones first; of the own ones only that of a name, where one is given and there: a broken file must not stop
   * questions that use another. Throws `format-invalid`.
   */
  async registry(wanted?: string): Promise<FormatRegistry> {
    const files = await formatFiles(this.#directory);
    if (files.length === 0) return builtInFormats;
    const named = files.filter((fileName) => parse(fileName).name === wanted);
    const formats = new Map<string, FormatInUse>(builtInFormats);
    for (const fileName of named.length > 0 ? named : files) {
      const { name } = parse(fileName);
      if (!namePattern.test(name)) throw invalid(fileName, 'its name must be lower-case letters, digits and hyphens');
      if (formats.has(name)) throw invalid(fileName, `there is a format "${name}" already`);
      formats.set(name, await this.#format(fileName));
    }
    return formats;
  }

  async #format(fileName: string): Promise<FormatInUse> {
    const path = join(this.#directory, fileName);
    const place = await stat(path).catch((cause: unknown) => {
      throw invalid(fileName, 'it could not be read', cause);
    });
    // Nothing may come out of a pipe for ever, and a device never ends.
    if (!place.isFile()) throw invalid(fileName, 'it is not a regular file');
    // A copy may keep the time of another file.
    const version = `${place.mtimeMs}-${place.ctimeMs}-${place.size}`;
    const known = this.#loaded.get(fileName);
    if (known?.version === version) return known.format;
    const format = this.#load(path, fileName);
    const loaded = { version, format };
    this.#loaded.set(fileName, loaded);
    const forget = () => {
      if (this.#loaded.get(fileName) === loaded) this.#loaded.delete(fileName);
    };
    format.catch(({ cause }: PerseaError) => {
      if (cause instanceof FormatProblem && cause.isOverTime) setTimeout(forget, this.#limits.restMs).unref();
      else forget();
    });
    return format;
  }

  async #load(path: string, fileName: string): Promise<FormatInUse> {
    const thread = new FormatThread(path, this.#limits);
    const format: FormatInUse = (items, request) =>
      thread.layOut(items, request).catch((thrown: unknown) => {
        throw thrown instanceof FormatProblem ? invalid(fileName, thrown.message, thrown) : thrown;
      });
    await check(fileName, format);
    return format;
  }
}

async function formatFiles(directory: string): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    names = await readdir(directory);
  } catch (thrown) {
    // A company without formats of its own needs no folder for them.
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return [];
    throw new PerseaError('format-invalid', `The folder of context formats ${directory} could not be read.`, {
      cause: thrown,
    });
  }
  const files = names.filter((name) => extensions.includes(extname(name)) && !name.endsWith('.d.ts')).sort();
  if (files.length > maxFormats) {
    throw new PerseaError(
      'format-invalid',
      `The folder ${directory} has ${files.length} context formats; at most ${maxFormats} are read.`,
    );
  }
  return files;
}

/** A format whose items a model cannot cite, or that changes by itself, would make every answer fail its checks. */
async function check(fileName: string, format: FormatInUse): Promise<void> {
  const text = await format(sampleItems, sampleRequest);
  for (const { marker } of sampleItems) {
    if (!text.includes(`[${marker}]`)) throw invalid(fileName, `the marker [${marker}] of an item is not in its text`);
  }
  if ((await format(sampleItems, sampleRequest)) !== text)
    throw invalid(fileName, 'it gives different texts for the same items');
}

const sampleRequest: FormatRequest = { question: 'How long is parental leave?', sentences: [] };

const sampleItems: readonly ContextItem[] = ['Parental leave is 26 weeks.', 'Ask the personnel office.'].map(
  (text, index) => ({
    marker: index + 1,
    uri: `handbook/leave-${index}.md`,
    title: 'Leave',
    documentId: `doc_${index}`,
    headingPath: ['Leave', 'Parents'],
    page: null,
    classification: 'internal',
    date: null,
    places: [],
    chunkIds: [`doc_${index}#1#0`],
    chunks: [
      { chunkId: `doc_${index}#1#0`, start: 0, end: text.length, headingPath: ['Leave', 'Parents'], page: null },
    ],
    start: 0,
    end: text.length,
    text,
    tableHeader: null,
    score: 1,
  }),
);

function invalid(fileName: string, problem: string, cause?: unknown): PerseaError {
  return new PerseaError('format-invalid', `The context format ${fileName} cannot be used: ${problem}.`, {
    details: { file: fileName },
    ...(cause === undefined ? {} : { cause }),
  });
}
