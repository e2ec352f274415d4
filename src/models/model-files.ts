/** A model whose files lie in the model folder: what an embedder is made from. Knows nothing of how they got there. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filesOf, type ModelVariant } from './manifest.ts';
import { filePath, modelPath, modelsFolder } from './models-folder.ts';

/** The files are verified when they are pulled and again when they are loaded. */
export interface ProvisionedModel {
  readonly variant: ModelVariant;
  /** The model folder, which holds the folder named by the model's hub id. */
  readonly folder: string;
  readonly tokenizerPath: string;
  readonly weightsPath: string;
}

/** Writes what no mirror has; the other files must be there. */
export async function placeModel(variant: ModelVariant, folder: string): Promise<ProvisionedModel> {
  await writeGenerated(variant, folder);
  return {
    variant,
    folder,
    tokenizerPath: filePath(folder, variant.model, variant.model.tokenizer),
    weightsPath: filePath(folder, variant.model, variant.weights),
  };
}

/**
 * The model if its files lie in the folder, null otherwise; looks no further than the folder. Sizes are compared here,
 * hashes when the model is loaded (so that the start of a process does not wait for them) or by `verifyModel`.
 */
export async function findModel(variant: ModelVariant, folder = modelsFolder()): Promise<ProvisionedModel | null> {
  for (const file of filesOf(variant)) {
    const found = await stat(filePath(folder, variant.model, file)).catch(() => null);
    if (found === null || found.size !== file.bytes) return null;
  }
  return placeModel(variant, folder);
}

async function writeGenerated(variant: ModelVariant, folder: string): Promise<void> {
  for (const { path, content } of variant.model.generated) {
    const target = join(modelPath(folder, variant.model), path);
    if ((await readFile(target, 'utf8').catch(() => null)) === content) continue;
    const partial = `${target}.${process.pid}.${randomUUID()}.part`;
    try {
      await writeFile(partial, content);
      await rename(partial, target);
    } finally {
      await rm(partial, { force: true });
    }
  }
}
