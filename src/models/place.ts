/** A place that model files may come from. What it delivers is verified by the caller, so no place needs to be trusted. */
import type { EmbeddingModel, ModelFile } from './manifest.ts';

export interface FetchRequest {
  readonly model: EmbeddingModel;
  readonly file: ModelFile;
  /** A new file to write; its folder exists. */
  readonly target: string;
  readonly signal?: AbortSignal;
  readonly onBytes: (received: number) => void;
}

export interface Place {
  readonly kind: 'mirror' | 'hub' | 'maven';
  /** Names the place in progress and errors; never holds a secret. */
  readonly name: string;
  /** Writes the file and gives true, or gives false when this place does not have it. Throws when the place fails. */
  fetch(request: FetchRequest): Promise<boolean>;
}
