/**
 * A model that fails again and again is left alone for a while, so that no question waits for it (Nygard, Release It!, chapter 5).
 * Answers that do not hold when they are checked count like failures: a model that writes fluently what no source says is as
 * useless as one that is down, and the next one of the route answers in its place.
 */
import { type Clock, systemClock } from '../core/async.ts';
import { PerseaError } from '../core/errors.ts';
import { OutOfTime } from './deadline.ts';
import type { GenerateEvent, GenerateRequest, LanguageModel } from './language-model.ts';

export interface CircuitBreakerOptions {
  /** So many failures one after another open the circuit. */
  readonly failures?: number;
  /** So many unsupported answers one after another do. */
  readonly unsupported?: number;
  /** It stays open so long; twice as long each time that the probe fails too, up to the longest. */
  readonly openMs?: number;
  readonly longestOpenMs?: number;
  readonly clock?: Clock;
  /** For the operator: says which model is left alone, how long and why. */
  readonly onOpen?: (message: string) => void;
}

const defaults = { failures: 5, unsupported: 5, openMs: 30_000, longestOpenMs: 600_000 };

export function withCircuitBreaker(model: LanguageModel, options: CircuitBreakerOptions = {}): LanguageModel {
  const circuit = new Circuit(model.id, options);
  async function* generate(request: GenerateRequest): AsyncGenerator<GenerateEvent> {
    const isProbe = circuit.enter();
    let isSettled = false;
    try {
      for await (const event of model.generate(request)) yield event;
      isSettled = true;
      circuit.succeeded(isProbe);
    } catch (thrown) {
      isSettled = true;
      if (isModelsFault(thrown, request)) circuit.failed(isProbe);
      else circuit.left(isProbe);
      throw thrown;
    } finally {
      if (!isSettled && hasUsedUpTime(request)) circuit.failed(isProbe);
      // Whoever stops reading says nothing about the model.
      else if (!isSettled) circuit.left(isProbe);
    }
  }
  return {
    ...model,
    generate,
    noteChecked(isSupported) {
      circuit.checked(isSupported);
      model.noteChecked?.(isSupported);
    },
  };
}

class Circuit {
  readonly #modelId: string;
  readonly #options: Required<Omit<CircuitBreakerOptions, 'onOpen'>> & Pick<CircuitBreakerOptions, 'onOpen'>;
  #failures = 0;
  #unsupported = 0;
  #openUntil: number | null = null;
  #openMs: number;
  #isProbing = false;
  #isProbeUnchecked = false;

  constructor(modelId: string, options: CircuitBreakerOptions) {
    this.#modelId = modelId;
    this.#options = { clock: systemClock, ...defaults, ...options };
    this.#openMs = this.#options.openMs;
  }

  /**
   * Throws while the circuit is open; after that lets a single probe through until its outcome is known.
   *
   * @returns whether the call is the probe. One that began before the circuit opened and ends after it says nothing new.
   */
  enter(): boolean {
    if (this.#openUntil === null) return false;
    const leftMs = this.#openUntil - this.#options.clock.now();
    if (leftMs > 0 || this.#isProbing) {
      throw new PerseaError(
        'model-failed',
        `The model "${this.#modelId}" failed too often and is left alone${leftMs > 0 ? ` for another ${Math.ceil(leftMs / 1000)} s` : ' until a probe has ended'}.`,
        // Repeating it at once would only meet the open circuit again.
        { isRetryable: false, details: { model: this.#modelId, isLeftAlone: true } },
      );
    }
    this.#isProbing = true;
    return true;
  }

  succeeded(isProbe: boolean): void {
    this.#failures = 0;
    if (isProbe && this.#unsupported === 0) this.#close();
    // Whether the probe's answer holds is known only when it was checked.
    else if (isProbe) this.#isProbeUnchecked = true;
    this.left(isProbe);
  }

  failed(isProbe: boolean): void {
    this.#failures++;
    const isTooMuch = this.#openUntil === null && this.#failures >= this.#options.failures;
    if (isProbe || isTooMuch) this.#open(`${this.#failures} failures in a row`);
    this.left(isProbe);
  }

  left(isProbe: boolean): void {
    if (isProbe) this.#isProbing = false;
  }

  checked(isSupported: boolean): void {
    if (isSupported) {
      this.#unsupported = 0;
      if (this.#failures === 0) this.#close();
      return;
    }
    this.#unsupported++;
    const isTooMuch = this.#openUntil === null && this.#unsupported >= this.#options.unsupported;
    if (this.#isProbeUnchecked || isTooMuch) {
      this.#open(`${this.#unsupported} answers in a row that no source supports`);
    }
  }

  #open(reason: string): void {
    const { clock, longestOpenMs, onOpen } = this.#options;
    if (this.#openUntil !== null) this.#openMs = Math.min(longestOpenMs, this.#openMs * 2);
    this.#openUntil = clock.now() + this.#openMs;
    this.#isProbeUnchecked = false;
    onOpen?.(`The model "${this.#modelId}" is left alone for ${Math.round(this.#openMs / 1000)} s: ${reason}.`);
  }

  #close(): void {
    this.#openUntil = null;
    this.#openMs = this.#options.openMs;
    this.#isProbeUnchecked = false;
  }
}

/** One that never comes to an end would otherwise keep the others of its route from every question. */
function hasUsedUpTime({ signal }: GenerateRequest): boolean {
  return signal?.reason instanceof OutOfTime;
}

/** What the caller did, or what this installation lacks, is no fault of the model. */
function isModelsFault(thrown: unknown, request: GenerateRequest): boolean {
  if (hasUsedUpTime(request)) return true;
  if (request.signal?.aborted === true) return false;
  return thrown instanceof PerseaError && (thrown.code === 'model-failed' || thrown.code === 'model-timeout');
}
