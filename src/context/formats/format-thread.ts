/**
 * A company's own context format in a thread of its own: code that never ends, takes all memory or ends its process must not take
 * away the server that asked it.
 */
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ContextItem } from '../../core/context.ts';
import { siblingModule } from '../../core/module-url.ts';
import { SerialQueue } from '../../core/serial-queue.ts';
import type { FormatRequest } from './format.ts';

export interface FormatLimits {
  /** From the start of the thread until its file is loaded. */
  readonly loadMs: number;
  /** One text. A format takes some milliseconds for it. */
  readonly textMs: number;
  /** A thread that nothing is asked of for so long is ended; the next question starts another one. */
  readonly idleMs: number;
}

const heapLimits = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 256 };

export interface ToFormatThread {
  readonly items: readonly ContextItem[];
  /** Null where it is that of the text before: packing a window lays out many choices of items for one request. */
  readonly request: FormatRequest | null;
}

export type FromFormatThread =
  | { readonly type: 'ready' }
  | { readonly type: 'text'; readonly text: string }
  /** `problem`: as a part of a sentence about the file. */
  | { readonly type: 'failed'; readonly problem: string };

/** What is wrong with the file, in words that follow its name. */
export class FormatProblem extends Error {
  /** Whether it was ended because its time was over. */
  readonly isOverTime: boolean;

  constructor(problem: string, { isOverTime = false, cause }: { isOverTime?: boolean; cause?: unknown } = {}) {
    super(problem, cause === undefined ? undefined : { cause });
    this.isOverTime = isOverTime;
  }
}

export class FormatThread {
  readonly #path: string;
  readonly #limits: FormatLimits;
  /** One text at a time, so that a limit is the format's own time. */
  readonly #queue = new SerialQueue();
  #worker: Worker | null = null;
  #sent: FormatRequest | null = null;
  #idle: NodeJS.Timeout | undefined;

  constructor(path: string, limits: FormatLimits) {
    this.#path = path;
    this.#limits = limits;
  }

  /** Copies of both are sent: what the format changes of them changes nothing else. Throws `FormatProblem`. */
  layOut(items: readonly ContextItem[], request: FormatRequest): Promise<string> {
    return this.#queue.run(async () => {
      clearTimeout(this.#idle);
      const worker = this.#worker ?? (await this.#start());
      const message: ToFormatThread = { items, request: request === this.#sent ? null : request };
      this.#sent = request;
      const answered = this.#answerOf(worker, this.#limits.textMs, 'for one text');
      worker.postMessage(message);
      const answer = await answered;
      this.#idle = setTimeout(() => this.#end(worker), this.#limits.idleMs).unref();
      if (answer.type !== 'text') throw new FormatProblem('it did not answer with a text');
      return answer.text;
    });
  }

  async #start(): Promise<Worker> {
    const worker = new Worker(siblingModule(import.meta.url, 'format-worker'), {
      workerData: pathToFileURL(this.#path).href,
      resourceLimits: heapLimits,
    });
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null;
    });
    await this.#answerOf(worker, this.#limits.loadMs, 'to load');
    this.#worker = worker;
    this.#sent = null;
    return worker;
  }

  /** The thread's next message; a thread that fails is ended. Only while it works does it hold the process open. */
  async #answerOf(worker: Worker, limitMs: number, purpose: string): Promise<FromFormatThread> {
    const { promise, resolve, reject } = Promise.withResolvers<FromFormatThread>();
    const onExit = () => reject(new FormatProblem('it ended the thread in which it runs'));
    const onError = (cause: unknown) => reject(new FormatProblem(problemOfEnd(cause), { cause }));
    const timer = setTimeout(() => {
      reject(new FormatProblem(`it took longer than ${limitMs / 1000} s ${purpose}`, { isOverTime: true }));
    }, limitMs);
    worker.ref();
    worker.once('message', resolve).once('exit', onExit).once('error', onError);
    try {
      const answer = await promise;
      if (answer.type === 'failed') throw new FormatProblem(answer.problem);
      return answer;
    } catch (thrown) {
      this.#end(worker);
      throw thrown;
    } finally {
      clearTimeout(timer);
      worker.off('message', resolve).off('exit', onExit).off('error', onError);
      worker.unref();
    }
  }

  #end(worker: Worker): void {
    if (this.#worker === worker) this.#worker = null;
    void worker.terminate();
  }
}

function problemOfEnd(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return `it took more than ${heapLimits.maxOldGenerationSizeMb} MB of memory`;
  }
  return `its thread failed: ${cause instanceof Error ? cause.message : 'unknown failure'}`;
}
