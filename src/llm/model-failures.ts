/** What the AI SDK throws, as errors that can be shown. */
import { isAbortError, PerseaError } from '../core/errors.ts';
import { findInCauses, memberOf, networkCodeOf, ServerFailures } from '../core/server-failures.ts';

/** An answer to a prompt that its content filter minds: nothing is wrong with the model or its settings. */
const tellsOfFilter = /"content_filter"|content management policy/i;

export class ModelFailures extends ServerFailures {
  readonly #id: string;

  constructor(server: ConstructorParameters<typeof ServerFailures>[0]) {
    super(server);
    this.#id = server.id;
  }

  from(thrown: unknown): PerseaError {
    const own = findInCauses(thrown, (current) => (current instanceof PerseaError ? current : undefined));
    if (own !== undefined) return own;
    if (isAbortError(thrown)) return this.cutOff();
    const status = memberOf(thrown, 'statusCode');
    if (typeof status === 'number' && status !== 200) return this.#ofStatus(thrown, status);
    const code = networkCodeOf(thrown);
    const name = thrown instanceof Error ? thrown.name : typeof thrown;
    // The runtime refuses some ports without any code.
    if (code !== undefined || (name === 'AI_APICallError' && status === undefined)) return this.ofNetwork(code);
    // Of a stream that is closed without a reason to finish.
    return name === 'AI_InvalidResponseDataError' ? this.cutOff() : this.garbled(name);
  }

  #ofStatus(thrown: unknown, status: number): PerseaError {
    const told = memberOf(thrown, 'responseBody');
    const body = typeof told === 'string' ? told : undefined;
    if (status === 400 && tellsOfFilter.test(body ?? '')) {
      return new PerseaError(
        'model-declined',
        `The model "${this.#id}" would not answer: its content filter minds the prompt.`,
        {
          details: { model: this.#id, status },
        },
      );
    }
    const headers = memberOf(thrown, 'responseHeaders');
    const header = (name: string) => {
      const value = memberOf(headers, name);
      return typeof value === 'string' ? value : undefined;
    };
    return this.ofStatus({ status, body, header });
  }
}
