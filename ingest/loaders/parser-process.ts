/** One child process that parses: started with little memory and few rights, watched while it works, killed past its bounds. */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ParsedDocument } from '../../src/core/document.ts';
import { PerseaError, toPerseaError } from '../../src/core/errors.ts';
import { siblingModule } from '../../src/core/module-url.ts';
import { RecognitionDeferred } from './ocr-page.ts';
import type { ParseReply, ParseRequest } from './parse-protocol.ts';

export interface ParseBounds {
  readonly timeoutMs: number;
  /** What the configuration calls the limit that `timeoutMs` comes from; `parseMs` when unset. */
  readonly timeoutName?: string;
  /** Resident memory of the child process. */
  readonly memoryBytes: number;
}

const memoryWatchMs = 100;
const startTimeoutMs = 30_000;
const pageBytes = 4096;
const mebibyte = 1024 * 1024;

export class ParserProcess {
  readonly #child: ChildProcess;
  readonly #ready: Promise<void>;
  readonly #bounds: ParseBounds;
  #isDead = false;
  #isReady = false;
  #settle: ((outcome: ParseReply | PerseaError) => void) | null = null;

  constructor(bounds: ParseBounds) {
    this.#bounds = bounds;
    this.#child = fork(fileURLToPath(siblingModule(import.meta.url, 'parse-worker')), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      // What parses hostile files may neither write files nor start programs, and sees no key of the environment.
      execArgv: [
        '--permission',
        '--allow-fs-read=*',
        '--allow-addons',
        '--disable-warning=SecurityWarning',
        // Parsing makes much short-lived garbage; a small young generation keeps the process at half the memory for the same time.
        '--max-semi-space-size=8',
        `--max-old-space-size=${Math.max(64, Math.floor(bounds.memoryBytes / mebibyte))}`,
      ],
      env: {},
    });
    const ready = Promise.withResolvers<void>();
    this.#ready = ready.promise;
    // Nobody may be waiting for it yet when the start fails.
    this.#ready.catch(() => undefined);
    const startTimer = setTimeout(() => {
      ready.reject(new PerseaError('parse-failed', 'Started a parser process: it did not answer in time.'));
      this.kill();
    }, startTimeoutMs);
    this.#child.on('message', (reply: ParseReply) => {
      if (reply.type === 'ready') {
        clearTimeout(startTimer);
        this.#isReady = true;
        ready.resolve();
      } else {
        this.#settle?.(reply);
      }
    });
    const onEnd = () => {
      clearTimeout(startTimer);
      this.#isDead = true;
      const ended = new PerseaError(
        'parse-failed',
        'A parser process ended unexpectedly; it may have run out of memory.',
      );
      ready.reject(ended);
      this.#settle?.(ended);
    };
    this.#child.on('exit', onEnd);
    this.#child.on('error', onEnd);
    this.#unref();
  }

  get isReady(): boolean {
    return this.#isReady && !this.#isDead;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Resident memory in bytes; null where the system does not tell. */
  residentBytes(): number | null {
    try {
      const pages = readFileSync(`/proc/${this.#child.pid}/statm`, 'latin1').split(' ')[1];
      return pages === undefined ? null : Number(pages) * pageBytes;
    } catch {
      return null;
    }
  }

  async parse(request: ParseRequest, signal?: AbortSignal): Promise<ParsedDocument> {
    signal?.throwIfAborted();
    // An idle child does not keep the process alive; one that works does.
    this.#child.ref();
    this.#child.channel?.ref();
    const done = Promise.withResolvers<ParseReply | PerseaError>();
    const { fileName } = request.file;
    const onAbort = () => done.resolve(toPerseaError(new DOMException('Aborted', 'AbortError')));
    let timer: NodeJS.Timeout | undefined;
    let watch: NodeJS.Timeout | undefined;
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#settle = done.resolve;
    try {
      await Promise.race([this.#ready, done.promise]);
      timer = setTimeout(() => done.resolve(this.#timedOut(fileName)), this.#bounds.timeoutMs);
      watch = setInterval(() => {
        if ((this.residentBytes() ?? 0) > this.#bounds.memoryBytes) done.resolve(this.#overMemory(fileName));
      }, memoryWatchMs);
      if (!this.#isDead) this.#child.send(request);
      const outcome = await done.promise;
      if (outcome instanceof PerseaError) {
        this.kill();
        throw outcome.code === 'parse-failed' && outcome.details.fileName === undefined
          ? crashed(fileName, outcome)
          : outcome;
      }
      return documentOf(outcome);
    } finally {
      clearTimeout(timer);
      clearInterval(watch);
      signal?.removeEventListener('abort', onAbort);
      this.#settle = null;
      this.#unref();
    }
  }

  kill(): void {
    this.#isDead = true;
    this.#child.kill('SIGKILL');
  }

  #unref(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }

  #timedOut(fileName: string): PerseaError {
    const message = `Parsed ${fileName}: it took longer than ${this.#bounds.timeoutMs} ms and was ended. Split the document or raise limits.${this.#bounds.timeoutName ?? 'parseMs'}.`;
    return new PerseaError('parse-timeout', message);
  }

  #overMemory(fileName: string): PerseaError {
    const mebibytes = Math.round(this.#bounds.memoryBytes / mebibyte);
    const message = `Parsed ${fileName}: it needed more than ${mebibytes} MiB of memory and was ended. Split the document.`;
    return new PerseaError('parse-failed', message, { details: { fileName } });
  }
}

function crashed(fileName: string, cause: PerseaError): PerseaError {
  return new PerseaError(
    'parse-failed',
    `Parsed ${fileName}: the parser process ended, most likely for lack of memory. Convert the document to another format.`,
    { cause },
  );
}

function documentOf(reply: ParseReply): ParsedDocument {
  if (reply.type === 'parsed') return reply.document;
  if (reply.type === 'deferred') throw new RecognitionDeferred('A file needs text recognition.');
  if (reply.type === 'ready') throw new PerseaError('internal', 'A parser process answered out of turn.');
  const { code, message, details } = reply.error;
  throw new PerseaError(code, message, { details, ...(reply.cause === null ? {} : { cause: new Error(reply.cause) }) });
}
