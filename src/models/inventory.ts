/** What the model folder holds: for `persea models list` and `persea models verify`. */
import { stat } from 'node:fs/promises';
import { allVariants, type Dtype, filesOf, fingerprintOf, type ModelVariant } from './manifest.ts';
import { filePath, modelsFolder } from './models-folder.ts';
import { checkFile, mismatchError } from './verify-file.ts';

export interface ModelListing {
  readonly name: string;
  readonly dtype: Dtype;
  readonly licence: string;
  readonly dimensions: number;
  readonly maxTokens: number;
  readonly bytes: number;
  readonly fingerprint: string;
  /** Whether all files lie in the folder with the right size; `verifyModel` compares hashes. */
  readonly isPresent: boolean;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
}

export async function listModels(folder = modelsFolder()): Promise<readonly ModelListing[]> {
  return Promise.all(allVariants().map((variant) => listing(variant, folder)));
}

async function listing(variant: ModelVariant, folder: string): Promise<ModelListing> {
  const { model, dtype } = variant;
  const files = filesOf(variant).map((file) => ({
    path: filePath(folder, model, file),
    bytes: file.bytes,
    sha256: file.sha256,
  }));
  const found = await Promise.all(files.map((file) => stat(file.path).catch(() => null)));
  return {
    name: model.name,
    dtype,
    licence: model.licence,
    dimensions: model.dimensions,
    maxTokens: model.maxTokens,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    fingerprint: fingerprintOf(variant),
    isPresent: found.every((state, index) => state?.isFile() === true && state.size === files[index]?.bytes),
    files,
  };
}

interface FileVerdict {
  readonly path: string;
  readonly state: 'verified' | 'absent' | 'mismatch';
  /** Names both sizes and hashes of a mismatch. */
  readonly message: string;
}

export interface ModelVerdict {
  readonly name: string;
  readonly dtype: Dtype;
  readonly isVerified: boolean;
  readonly files: readonly FileVerdict[];
}

/** Hashes every file of the model in full. */
export async function verifyModel(
  variant: ModelVariant,
  options: { readonly folder?: string; readonly signal?: AbortSignal } = {},
): Promise<ModelVerdict> {
  const folder = options.folder ?? modelsFolder();
  const files: FileVerdict[] = [];
  for (const file of filesOf(variant)) {
    const path = filePath(folder, variant.model, file);
    const found = await checkFile(path, file, options.signal);
    const message = found.state === 'mismatch' ? mismatchError(path, file, found).message : messages[found.state];
    files.push({ path, state: found.state, message });
  }
  return {
    name: variant.model.name,
    dtype: variant.dtype,
    isVerified: files.every((file) => file.state === 'verified'),
    files,
  };
}

const messages = {
  verified: 'size and SHA-256 as in the manifest',
  absent: 'not in the model folder',
} as const;
