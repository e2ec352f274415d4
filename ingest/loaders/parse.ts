/**
 * Parsing, bounded in time and memory and off the main thread: a small pool of child processes that are kept and replaced.
 * Even small Markdown goes there: 16 kB of nested list markers keep its parser busy for 14 seconds, and nothing but the end
 * of a process stops that.
 */
import type { ParsedDocument } from '../../src/core/document.ts';
import { PerseaError, toPerseaError } from '../../src/core/errors.ts';
import { defaultLoaderSettings, type LoaderLimits, type LoaderSettings } from './loader.ts';
import { defaultOcrMs, RecognitionDeferred } from './ocr-page.ts';
import { type ParseBounds, ParserProcess } from './parser-process.ts';
import type { LoadableFile } from './registry.ts';

export interface ParserPoolOptions extends ParseBounds {
  /** Child processes at most; a further one starts only when work has waited for a while. */
  readonly size: number;
  readonly limits: LoaderLimits;
  readonly settings?: LoaderSettings;
}

export interface ParserPool {
  /** Throws only `PerseaError`. */
  parse(file: LoadableFile, options?: { readonly signal?: AbortSignal }): Promise<ParsedDocument>;
  /** Starts a child process ahead of the first file. */
  warm(): void;
  /** Ends the child processes; what still waits fails. */
  close(): Promise<void>;
}

/** Parsing is much faster than embedding, so one process is mostly enough, and each costs its memory. */
const growAfterMs = 200;
/** A further process whose work is done goes; the first stays for the next file. */
const idleMs = 1_000;
/** The caller bounds how much it reads ahead; this only keeps a mistake from holding every file in memory. */
const maxWaiting = 256;
/** A process that has grown to this share of its bound is replaced before its next file. */
const worn = 0.5;

interface Job {
  readonly file: LoadableFile;
  readonly signal: AbortSignal | undefined;
  /** Called when it waits no longer: a signal lives as long as the run, and would hold every file's bytes. */
  readonly stopListening: () => void;
  readonly resolve: (document: ParsedDocument) => void;
  readonly reject: (reason: PerseaError | RecognitionDeferred) => void;
}

export function createParserPool(options: ParserPoolOptions): ParserPool {
  return options.settings?.ocr === true ? new RecognisingPool(options, options.settings) : new ProcessPool(options);
}

/** Text recognition takes seconds a page: what needs it goes into a process of its own and holds up nothing else. */
class RecognisingPool implements ParserPool {
  readonly #parsers: ProcessPool;
  readonly #recognisers: ProcessPool;

  constructor(options: ParserPoolOptions, settings: LoaderSettings) {
    this.#parsers = new ProcessPool({ ...options, settings: { ...settings, defersOcr: true } });
    this.#recognisers = new ProcessPool({
      ...options,
      settings: { ...settings, defersOcr: false },
      size: 1,
      timeoutMs: options.limits.ocrMs ?? defaultOcrMs,
      timeoutName: 'ocrMs',
    });
  }

  async parse(file: LoadableFile, options: { readonly signal?: AbortSignal } = {}): Promise<ParsedDocument> {
    try {
      return await this.#parsers.parse(file, options);
    } catch (thrown) {
      if (!(thrown instanceof RecognitionDeferred)) throw thrown;
      return this.#recognisers.parse(file, options);
    }
  }

  warm(): void {
    this.#parsers.warm();
  }

  async close(): Promise<void> {
    await Promise.all([this.#parsers.close(), this.#recognisers.close()]);
  }
}

class ProcessPool implements ParserPool {
  readonly #options: ParserPoolOptions;
  readonly #processes = new Set<ParserProcess>();
  readonly #idle: ParserProcess[] = [];
  readonly #waiting: Job[] = [];
  #growTimer: NodeJS.Timeout | null = null;
  #shrinkTimer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(options: ParserPoolOptions) {
    this.#options = options;
  }

  parse(file: LoadableFile, options: { readonly signal?: AbortSignal } = {}): Promise<ParsedDocument> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(closed());
      if (signal?.aborted === true) return reject(aborted());
      if (this.#waiting.length >= maxWaiting) {
        return reject(
          new PerseaError('queue-full', `Queued ${file.fileName} for parsing: ${maxWaiting} files wait already.`),
        );
      }
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(job), 1);
        reject(aborted());
      };
      const stopListening = () => signal?.removeEventListener('abort', onAbort);
      const job: Job = { file, signal, stopListening, resolve, reject };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(job);
      this.#assign();
      return undefined;
    });
  }

  warm(): void {
    if (this.#processes.size === 0 && !this.#isClosed) this.#idle.push(this.#start());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#growTimer !== null) clearTimeout(this.#growTimer);
    if (this.#shrinkTimer !== null) clearTimeout(this.#shrinkTimer);
    for (const job of this.#waiting.splice(0)) {
      job.stopListening();
      job.reject(closed());
    }
    for (const process of this.#processes) process.kill();
    this.#processes.clear();
    this.#idle.length = 0;
  }

  #start(): ParserProcess {
    const process = new ParserProcess(this.#options);
    this.#processes.add(process);
    return process;
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const process = this.#takeIdle() ?? (this.#processes.size === 0 ? this.#start() : null);
      if (process === null) {
        this.#growLater();
        return;
      }
      const job = this.#waiting.shift();
      if (job === undefined) return;
      job.stopListening();
      void this.#run(process, job);
    }
  }

  #takeIdle(): ParserProcess | null {
    for (let process = this.#idle.pop(); process !== undefined; process = this.#idle.pop()) {
      const isWorn = (process.residentBytes() ?? 0) > this.#options.memoryBytes * worn;
      if (!process.isDead && !isWorn) return process;
      process.kill();
      this.#processes.delete(process);
    }
    return null;
  }

  #growLater(): void {
    if (this.#growTimer !== null || this.#processes.size >= this.#options.size) return;
    this.#growTimer = setTimeout(() => {
      this.#growTimer = null;
      if (this.#waiting.length === 0) return;
      // That the first is still being started says nothing about how much there is to do.
      const isStarting = this.#processes.size > 0 && ![...this.#processes].some((process) => process.isReady);
      if (isStarting) return this.#growLater();
      if (this.#processes.size < this.#options.size) this.#idle.push(this.#start());
      this.#assign();
    }, growAfterMs);
  }

  /** The one that was idle longest goes first, so that a lull ends all but one. */
  #shrinkLater(): void {
    if (this.#shrinkTimer !== null || this.#isClosed || this.#idle.length === 0 || this.#processes.size <= 1) return;
    this.#shrinkTimer = setTimeout(() => {
      this.#shrinkTimer = null;
      const process = this.#processes.size > 1 ? this.#idle.shift() : undefined;
      if (process !== undefined) {
        process.kill();
        this.#processes.delete(process);
      }
      this.#shrinkLater();
    }, idleMs).unref();
  }

  async #run(process: ParserProcess, job: Job): Promise<void> {
    try {
      const { limits, settings = defaultLoaderSettings } = this.#options;
      job.resolve(await process.parse({ file: job.file, limits, settings }, job.signal));
    } catch (thrown) {
      const isDeferred = thrown instanceof RecognitionDeferred;
      job.reject(
        this.#isClosed
          ? closed()
          : isDeferred
            ? thrown
            : toPerseaError(thrown, 'parse-failed', `Parsed ${job.file.fileName}: the parser failed.`),
      );
    } finally {
      if (process.isDead) this.#processes.delete(process);
      else this.#idle.push(process);
      if (!this.#isClosed) this.#assign();
      this.#shrinkLater();
    }
  }
}

function closed(): PerseaError {
  return new PerseaError('aborted', 'Parsing was ended: the parser pool is closed.');
}

function aborted(): PerseaError {
  return new PerseaError('aborted', 'Parsing was ended by its caller.');
}
