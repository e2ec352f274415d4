/**
 * What went wrong at a model's server, in words that can be shown. Neither the key nor the prompt nor what the server sent is in
 * them or behind them: the first is a secret, the other two hold text of documents.
 */
import { isAbortError, PerseaError } from '../core/errors.ts';

export class ModelFailures {
  readonly #model: string;
  readonly #host: string;

  constructor(model: { readonly id: string; readonly baseUrl: string }) {
    this.#model = model.id;
    this.#host = URL.canParse(model.baseUrl) ? new URL(model.baseUrl).host : 'an invalid address';
  }

  cutOff(): PerseaError {
    return this.#failed('ended its answer in the middle', true, {});
  }

  tooLarge(bytes: number): PerseaError {
    return this.#failed(`sent more than ${bytes} bytes`, false, { limitBytes: bytes });
  }

  wrongType(mediaType: string): PerseaError {
    return this.#failed(`answered with ${mediaType} instead of a stream of events`, false, { mediaType });
  }

  from(thrown: unknown): PerseaError {
    const own = findInCauses(thrown, (current) => (current instanceof PerseaError ? current : undefined));
    if (own !== undefined) return own;
    if (isAbortError(thrown)) return this.cutOff();
    const status = numberAt(thrown, 'statusCode');
    if (status !== undefined && status !== 200) {
      const isRetryable = status === 408 || status === 409 || status === 425 || status === 429 || status >= 500;
      const retryAfterMs = retryAfterOf(thrown);
      return this.#failed(`answered with status ${status}`, isRetryable, {
        status,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      });
    }
    const code = networkCodeOf(thrown);
    if (code !== undefined) return this.#failed(`could not be reached (${code})`, true, { network: code });
    const name = thrown instanceof Error ? thrown.name : typeof thrown;
    return this.#failed(`sent something that is not an answer (${name})`, true, {});
  }

  #failed(found: string, isRetryable: boolean, details: Readonly<Record<string, unknown>>): PerseaError {
    return new PerseaError(
      'model-failed',
      `The model "${this.#model}" at ${this.#host} was asked and ${found}. Check its address, name and key in persea.yaml.`,
      { isRetryable, details: { model: this.#model, ...details } },
    );
  }
}

const maxCauses = 5;

function findInCauses<T>(thrown: unknown, find: (current: unknown) => T | undefined): T | undefined {
  let current = thrown;
  for (let depth = 0; current !== undefined && depth < maxCauses; depth++) {
    const found = find(current);
    if (found !== undefined) return found;
    current = valueAt(current, 'cause');
  }
  return undefined;
}

function valueAt(thrown: unknown, key: string): unknown {
  return typeof thrown === 'object' && thrown !== null && key in thrown
    ? (thrown as Record<string, unknown>)[key]
    : undefined;
}

function numberAt(thrown: unknown, key: string): number | undefined {
  const value = valueAt(thrown, key);
  return typeof value === 'number' ? value : undefined;
}

/** `Retry-After` in seconds or as a date, `retry-after-ms` before it. */
function retryAfterOf(thrown: unknown): number | undefined {
  const headers = valueAt(thrown, 'responseHeaders');
  const exact = Number(valueAt(headers, 'retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(exact) && exact >= 0) return exact;
  const header = valueAt(headers, 'retry-after');
  if (typeof header !== 'string') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** `ECONNREFUSED`, `UND_ERR_SOCKET`, `SELF_SIGNED_CERT_IN_CHAIN` and the like. */
function networkCodeOf(thrown: unknown): string | undefined {
  return findInCauses(thrown, (current) => {
    const code = valueAt(current, 'code');
    return typeof code === 'string' && /^(?:E[A-Z]+|[A-Z][A-Z_]{2,60})$/.test(code) ? code : undefined;
  });
}
