/** Where model files lie on this machine, and where the files of one model are within. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddingModel, ModelFile } from './manifest.ts';

interface Environment {
  readonly PERSEA_MODELS_DIR?: string | undefined;
  readonly XDG_CACHE_HOME?: string | undefined;
  readonly LOCALAPPDATA?: string | undefined;
}

/** `PERSEA_MODELS_DIR`, else a cache of this user, so that several data folders share one copy of a model. */
export function modelsFolder(environment: Environment = process.env, platform = process.platform): string {
  const configured = environment.PERSEA_MODELS_DIR;
  if (configured !== undefined && configured !== '') return configured;
  return join(userCacheFolder(environment, platform), 'persea', 'models');
}

/** The cache of this user that Persea may use, `persea` not yet appended. */
export function userCacheFolder(
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const xdg = environment.XDG_CACHE_HOME;
  if (xdg !== undefined && xdg !== '') return xdg;
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (platform === 'win32') return environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local');
  return join(homedir(), '.cache');
}

export function modelPath(folder: string, model: EmbeddingModel): string {
  return join(folder, ...model.hubId.split('/'));
}

export function filePath(folder: string, model: EmbeddingModel, file: Pick<ModelFile, 'path'>): string {
  return join(modelPath(folder, model), ...file.path.split('/'));
}
