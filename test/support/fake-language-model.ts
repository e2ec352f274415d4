/** A language model for tests: it records its calls and answers with a text, a list of texts, or a function. */
import { PerseaError } from '../../src/core/errors.ts';
import { approximateTokens } from '../../src/core/tokens.ts';
import type { Zone } from '../../src/core/zones.ts';
import { assertMayReach } from '../../src/egress/sealed-prompt.ts';
import type { FinishReason, GenerateEvent, GenerateRequest, LanguageModel } from '../../src/llm/language-model.ts';

type Reply = string | PerseaError;

export interface FakeLanguageModelOptions {
  readonly id?: string;
  readonly zone?: Zone;
  readonly contextTokens?: number;
  readonly finishReason?: FinishReason;
  /** Characters of each piece of the stream. */
  readonly pieceLength?: number;
  /** One reply for all calls, one a call (the last one repeats), or whatever the function makes of the request. */
  readonly reply: Reply | readonly Reply[] | ((request: GenerateRequest) => Reply);
}

export class FakeLanguageModel implements LanguageModel {
  readonly id: string;
  readonly provider = 'fake';
  readonly zone: Zone;
  readonly contextTokens: number;
  readonly price = { inputPerMTok: 1, outputPerMTok: 2 };
  readonly tokens = approximateTokens;
  readonly calls: GenerateRequest[] = [];
  readonly #options: FakeLanguageModelOptions;

  constructor(options: FakeLanguageModelOptions) {
    this.#options = options;
    this.id = options.id ?? 'fake';
    this.zone = options.zone ?? 'local';
    this.contextTokens = options.contextTokens ?? 8000;
  }

  async *generate(request: GenerateRequest): AsyncGenerator<GenerateEvent> {
    // As a real one: what may not reach its zone is not seen at all.
    assertMayReach(request, this);
    this.calls.push(request);
    const reply = this.#replyTo(request);
    throwIfAborted(request);
    if (typeof reply !== 'string') throw reply;
    const length = this.#options.pieceLength ?? 7;
    for (let start = 0; start < reply.length; start += length) {
      throwIfAborted(request);
      yield { type: 'text-delta', text: reply.slice(start, start + length) };
    }
    throwIfAborted(request);
    yield {
      type: 'finish',
      finishReason: this.#options.finishReason ?? 'stop',
      inputTokens: this.tokens.count(request.prompt.system) + this.tokens.count(request.prompt.user),
      outputTokens: this.tokens.count(reply),
    };
  }

  #replyTo(request: GenerateRequest): Reply {
    const { reply } = this.#options;
    if (typeof reply === 'function') return reply(request);
    if (typeof reply === 'string' || reply instanceof PerseaError) return reply;
    return reply[Math.min(this.calls.length, reply.length) - 1] ?? '';
  }
}

function throwIfAborted(request: GenerateRequest): void {
  if (request.signal?.aborted === true) throw new PerseaError('aborted', 'The answer was no longer wanted.');
}
