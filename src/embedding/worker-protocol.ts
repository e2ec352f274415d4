/** What a pool and its worker threads say to each other. Errors cross as plain values: threads lose classes and codes. */
import type { SerializedError } from '../core/errors.ts';
import type { ExpectedFile } from '../models/verify-file.ts';
import type { ExitGuard } from './exit-guard.ts';

export type ToWorker =
  | { readonly type: 'embed'; readonly id: number; readonly text: string }
  | { readonly type: 'close' };

export type FromWorker =
  /** Its files are verified and the model is loaded, which a thread does by itself when it is started. */
  | { readonly type: 'ready' }
  /** Its files are not what they must be; nothing was loaded. */
  | { readonly type: 'refused'; readonly error: SerializedError }
  | { readonly type: 'vector'; readonly id: number; readonly vector: Float32Array<ArrayBuffer> }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };

/** What a worker needs to know of its model, given when it is started. */
export interface WorkerModel {
  readonly folder: string;
  /** Each by where it lies and what must lie there. */
  readonly files: readonly { readonly place: string; readonly expected: ExpectedFile }[];
  readonly hubId: string;
  readonly dtype: 'q8' | 'fp32';
  readonly pooling: 'cls' | 'mean';
  readonly maxTokens: number;
  readonly dimensions: number;
}

export interface WorkerData {
  readonly model: WorkerModel;
  readonly guard: ExitGuard;
  /** Where this process keeps compiled code; undefined where it does not. A thread has to be told. */
  readonly compileCache: string | undefined;
}
