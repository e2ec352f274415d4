/**
 * Worker threads with a bounded queue in front. Each thread gets one text at a time, so that a question waits for at most
 * one running text; a thread that crashes fails its own text and is replaced.
 */
import { getCompileCacheDir } from 'node:module';
import { Worker } from 'node:worker_threads';
import { PerseaError } from '../core/errors.ts';
import { EmbeddingQueue, type Text } from './embedding-queue.ts';
import { createExitGuard, releaseExitGuard } from './exit-guard.ts';
import type { FromWorker, ToWorker, WorkerData, WorkerModel } from './worker-protocol.ts';

export interface EmbeddingPoolOptions {
  /** Names the model in errors. */
  readonly model: string;
  readonly workerUrl: URL;
  readonly workerModel: WorkerModel;
  readonly size: number;
  /** Calls that may wait; more are refused with `queue-full`. */
  readonly queueLimit: number;
  /** Loading, and one text, take a small part of this; a thread that hangs is replaced. */
  readonly timeoutMs: number;
}

/** A further thread takes a core for about as long to start as another takes for these characters. */
const charactersWorthAThread = 12_000;
const startAttempts = 2;
/** A thread that does not end within this hangs, and is left behind. */
const endWaitMs = 5_000;

/** A thread's own objects are the tokenizer and a text; a small nursery saves 15 MB a thread. The session lies outside. */
const heapLimits = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 256 };

interface Thread {
  readonly worker: Worker;
  isReady: boolean;
  running: Text | null;
  timer: NodeJS.Timeout | null;
}

export class EmbeddingPool {
  readonly #options: EmbeddingPoolOptions;
  readonly #queue: EmbeddingQueue;
  readonly #threads = new Set<Thread>();
  #nextId = 1;
  /** Of texts that were handed out while others waited, since nothing was left to do the last time. */
  #charactersWaitedFor = 0;
  #failedStarts = 0;
  #isClosed = false;

  constructor(options: EmbeddingPoolOptions) {
    this.#options = options;
    this.#queue = new EmbeddingQueue(options.queueLimit);
  }

  /** Threads that run or are being started. */
  get size(): number {
    return this.#threads.size;
  }

  /** Vectors in the order of the texts; one failed text fails the call. */
  embed(
    texts: readonly string[],
    isUrgent: boolean,
    signal: AbortSignal | undefined,
  ): Promise<readonly Float32Array[]> {
    if (this.#isClosed) return Promise.reject(this.#closedError());
    if (texts.length === 0) return Promise.resolve([]);
    const vectors = this.#queue.add(texts, isUrgent, signal);
    this.#dispatch();
    return vectors.finally(() => this.#holdProcess());
  }

  /** Starts one thread, so that the first text need not wait for it. */
  warm(): void {
    if (!this.#isClosed && this.#threads.size === 0) this.#start();
    this.#holdProcess();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue.rejectAll(this.#closedError());
    await Promise.all([...this.#threads].map((thread) => this.#end(thread)));
  }

  #closedError(): PerseaError {
    return new PerseaError('aborted', `The embedder ${this.#options.model} was closed before it was done.`);
  }

  #dispatch(): void {
    if (this.#isClosed) return;
    for (const thread of this.#threads) {
      if (!thread.isReady || thread.running !== null) continue;
      const text = this.#queue.next();
      if (text === null) break;
      if (!this.#queue.isEmpty) this.#charactersWaitedFor += text.text.length;
      this.#run(thread, text);
    }
    if (!this.#queue.isWorking) this.#charactersWaitedFor = 0;
    this.#startNeeded();
    this.#holdProcess();
  }

  #run(thread: Thread, text: Text): void {
    thread.running = text;
    this.#limitTime(thread, `took longer than ${this.#options.timeoutMs} ms for one text`);
    this.#post(thread, { type: 'embed', id: this.#nextId++, text: text.text });
  }

  /** One thread for whatever waits; further ones when so much waits, or was waited for in vain, that they are worth their start. */
  #startNeeded(): void {
    if (this.#queue.isEmpty) return;
    const worth = this.#queue.waitingCharacters + this.#charactersWaitedFor;
    const wanted = Math.min(this.#options.size, 1 + Math.floor(worth / charactersWorthAThread));
    while (this.#threads.size < wanted) this.#start();
  }

  #start(): void {
    const guard = createExitGuard();
    const workerData: WorkerData = { model: this.#options.workerModel, guard, compileCache: getCompileCacheDir() };
    const worker = new Worker(this.#options.workerUrl, { workerData, resourceLimits: heapLimits });
    const thread: Thread = { worker, isReady: false, running: null, timer: null };
    this.#threads.add(thread);
    this.#limitTime(thread, `took longer than ${this.#options.timeoutMs} ms to load`);
    let cause: unknown = null;
    worker.on('message', (message: FromWorker) => this.#receive(thread, message));
    worker.on('error', (thrown) => {
      cause = thrown;
    });
    worker.on('exit', () => {
      releaseExitGuard(guard);
      this.#lost(thread, cause);
    });
  }

  #receive(thread: Thread, message: FromWorker): void {
    this.#clearTimer(thread);
    if (message.type === 'ready') {
      thread.isReady = true;
      this.#failedStarts = 0;
    } else if (message.type === 'refused') {
      const { code, message: why, details } = message.error;
      this.#queue.rejectAll(new PerseaError(code, why, { details }));
      void this.#end(thread);
    } else {
      const text = thread.running;
      thread.running = null;
      if (message.type === 'vector') text?.job.settle(text.index, message.vector);
      else text?.job.reject(this.#failure(`could not embed a text: ${message.message}`));
    }
    this.#dispatch();
  }

  #lost(thread: Thread, cause: unknown): void {
    this.#clearTimer(thread);
    if (!this.#threads.delete(thread) || this.#isClosed) return;
    if (thread.isReady) {
      thread.running?.job.reject(this.#failure('ended unexpectedly while it embedded a text', cause));
    } else {
      this.#failedStarts++;
      const isHopeless = this.#failedStarts >= startAttempts && ![...this.#threads].some((other) => other.isReady);
      if (isHopeless) {
        this.#failedStarts = 0;
        this.#queue.rejectAll(this.#failure('could not be loaded', cause));
      }
    }
    this.#dispatch();
  }

  #failure(what: string, cause?: unknown): PerseaError {
    return new PerseaError('model-failed', `The embedding model ${this.#options.model} ${what}.`, {
      ...(cause !== undefined && cause !== null && { cause }),
    });
  }

  #limitTime(thread: Thread, what: string): void {
    thread.timer = setTimeout(() => {
      const error = new PerseaError('model-timeout', `The embedding model ${this.#options.model} ${what}.`);
      if (thread.running === null) this.#queue.rejectAll(error);
      else thread.running.job.reject(error);
      void this.#end(thread);
      this.#dispatch();
    }, this.#options.timeoutMs);
    thread.timer.unref();
  }

  #clearTimer(thread: Thread): void {
    if (thread.timer !== null) clearTimeout(thread.timer);
    thread.timer = null;
  }

  /** Work holds the process open, idle threads do not. */
  #holdProcess(): void {
    for (const { worker } of this.#threads) {
      if (this.#queue.isWorking) worker.ref();
      else worker.unref();
    }
  }

  #post(thread: Thread, message: ToWorker): void {
    thread.worker.postMessage(message);
  }

  /** Asks a thread to end after the text that it runs. Never by force: that would abort the process, see exit-guard. */
  async #end(thread: Thread): Promise<void> {
    this.#threads.delete(thread);
    this.#clearTimer(thread);
    const { worker } = thread;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    worker.once('exit', () => resolve());
    worker.ref();
    this.#post(thread, { type: 'close' });
    const timer = setTimeout(() => {
      worker.unref();
      resolve();
    }, endWaitMs);
    await ended;
    clearTimeout(timer);
  }
}
