/**
 * What language models wrote, kept in a folder by everything it depends on, so that an evaluation that was ended goes on
 * where it was, and another way of checking answers is measured without asking a model again.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { PerseaError } from '../core/errors.ts';
import { randomId, sha256Hex } from '../core/ids.ts';
import { assertMayReach } from '../egress/sealed-prompt.ts';
import type { GenerateEvent, GenerateRequest, LanguageModel } from './language-model.ts';

/** One text of a model, as it was written when it was asked. */
export interface Generation {
  readonly modelId: string;
  /** Without any check. */
  readonly text: string;
  /** Milliseconds from the call to the first piece; null where there was none. */
  readonly firstMs: number | null;
  readonly ms: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** From passages; without any a question was only read, as a follow-up is. */
  readonly isAnswer: boolean;
  /** Read from the folder, not asked for now. */
  readonly isReplayed: boolean;
}

export interface RecorderOptions {
  /** It holds text of documents, as the answers do. Null keeps nothing. */
  readonly folder: string | null;
  /** Whether a model may be asked for what the folder does not hold; else it fails, and `isMissing` says why. */
  readonly mayAsk: boolean;
}

const recordingShape = z.object({
  pieces: z.array(z.tuple([z.number(), z.string()])),
  finish: z.object({
    finishReason: z.enum(['stop', 'length', 'content-filter', 'other']),
    inputTokens: z.number(),
    outputTokens: z.number(),
  }),
  ms: z.number(),
});
type Recording = z.output<typeof recordingShape>;

export class Recorder {
  readonly #folder: string | null;
  readonly #mayAsk: boolean;
  #generations: Generation[] = [];
  #elapsedMs = 0;
  #isMissing = false;

  constructor({ folder, mayAsk }: RecorderOptions) {
    this.#folder = folder;
    this.#mayAsk = mayAsk;
  }

  /** One question at a time: what is taken belongs to the last one. */
  take(): readonly Generation[] {
    const generations = this.#generations;
    this.#generations = [];
    this.#elapsedMs = 0;
    this.#isMissing = false;
    return generations;
  }

  /** Whether the last question needed a text that is not there. */
  get isMissing(): boolean {
    return this.#isMissing;
  }

  /** Milliseconds that models took for the last question until the piece that was just written, replayed or not. */
  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** @param identity whatever makes the same prompt give another text: the served model, its temperature */
  around(model: LanguageModel, identity: string): LanguageModel {
    return { ...model, generate: (request) => this.#generate(model, identity, request) };
  }

  async *#generate(model: LanguageModel, identity: string, request: GenerateRequest): AsyncGenerator<GenerateEvent> {
    // A text that was kept says what the passages say.
    assertMayReach(request, model);
    // A model that reads more than the prompt, as the extractive one does, is asked anew: it costs nothing.
    const folder = model.provider === 'extractive' ? null : this.#folder;
    const path = folder === null ? null : join(folder, `${keyOf(identity, request)}.json`);
    const known = path === null ? null : await readRecording(path);
    if (known === null && model.provider !== 'extractive' && !this.#mayAsk) {
      this.#isMissing = true;
      throw new PerseaError('model-failed', 'This question has not been put to the model yet.');
    }
    const before = this.#elapsedMs;
    const recording: Recording = {
      pieces: [],
      finish: { finishReason: 'stop', inputTokens: 0, outputTokens: 0 },
      ms: 0,
    };
    const startedAt = performance.now();
    for await (const event of known === null ? model.generate(request) : replay(known)) {
      const ms = known?.pieces[recording.pieces.length]?.[0] ?? performance.now() - startedAt;
      if (event.type === 'finish') {
        const { finishReason, inputTokens, outputTokens } = event;
        recording.finish = { finishReason, inputTokens, outputTokens };
        recording.ms = known?.ms ?? Math.round(ms);
        this.#elapsedMs = before + recording.ms;
      } else {
        recording.pieces.push([Math.round(ms), event.text]);
        this.#elapsedMs = before + ms;
      }
      yield event;
    }
    const text = recording.pieces.map(([, piece]) => piece).join('');
    // A model that said nothing is asked again, as one that failed is.
    if (known === null && path !== null && text.trim() !== '') await writeRecording(path, recording);
    this.#generations.push({
      modelId: model.id,
      text,
      firstMs: recording.pieces[0]?.[0] ?? null,
      ms: recording.ms,
      inputTokens: recording.finish.inputTokens,
      outputTokens: recording.finish.outputTokens,
      isAnswer: request.window.items.length > 0,
      isReplayed: known !== null,
    });
  }
}

function keyOf(identity: string, { prompt, maxOutputTokens }: GenerateRequest): string {
  return sha256Hex(JSON.stringify([1, identity, prompt.system, prompt.user, maxOutputTokens]));
}

async function* replay({ pieces, finish }: Recording): AsyncGenerator<GenerateEvent> {
  for (const [, text] of pieces) yield { type: 'text-delta', text };
  yield { type: 'finish', ...finish };
}

/** A file that cannot be read, such as one of another version, is made anew. */
async function readRecording(path: string): Promise<Recording | null> {
  try {
    return recordingShape.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

async function writeRecording(path: string, recording: Recording): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unfinished = join(folder, `${randomId('unfinished')}.tmp`);
  await writeFile(unfinished, JSON.stringify(recording), { mode: 0o600 });
  await rename(unfinished, path);
}
