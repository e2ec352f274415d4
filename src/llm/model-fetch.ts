/**
 * The one way by which prompts leave for a server: it follows no redirect, since that could lead into another zone, and takes
 * no more bytes than an answer can have. Proxies and certificate authorities are the process's own business.
 */
import { patientDispatcher } from '../core/patient-dispatcher.ts';
import type { ModelFailures } from './model-failures.ts';

/** What the config adds to the body of a request. Null leaves a field out that would be sent otherwise. */
export type BodyOptions = Readonly<Record<string, unknown>>;

export interface ModelFetchOptions {
  readonly failures: ModelFailures;
  readonly maxBytes: number;
  readonly body?: BodyOptions;
  /** The server has the prompt: it began to answer, or was given up before it said anything. */
  readonly onTaken?: () => void;
}

/** Servers that name no type, or a general one, may still send events. */
const acceptedTypes: ReadonlySet<string> = new Set(['', 'text/event-stream', 'text/plain', 'application/octet-stream']);

export function createModelFetch({
  failures,
  maxBytes,
  body = {},
  onTaken = () => undefined,
}: ModelFetchOptions): typeof fetch {
  return async (address, init) => {
    const signal = init?.signal;
    // At once: whoever gives it up counts what it came to before the request has ended.
    signal?.addEventListener('abort', onTaken, { once: true });
    const response = await fetch(address, {
      ...init,
      ...withOptions(init?.body, body),
      ...patientDispatcher(),
      redirect: 'manual',
    }).finally(() => signal?.removeEventListener('abort', onTaken));
    if (response.ok) onTaken();
    const mediaType = (response.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
    if (response.ok && !acceptedTypes.has(mediaType)) {
      await response.body?.cancel();
      throw failures.wrongType(/^[\w.+-]+\/[\w.+-]+$/.test(mediaType) ? mediaType : 'an unknown type');
    }
    if (response.body === null) return response;
    let bytes = 0;
    const bounded = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          bytes += chunk.byteLength;
          if (bytes > maxBytes) controller.error(failures.tooLarge(maxBytes));
          else controller.enqueue(chunk);
        },
      }),
    );
    const { status, statusText, headers } = response;
    return new Response(bounded, { status, statusText, headers });
  };
}

function withOptions(sent: unknown, options: BodyOptions): { readonly body?: string } {
  if (typeof sent !== 'string' || Object.keys(options).length === 0) return {};
  const body = JSON.parse(sent) as Record<string, unknown>;
  for (const [name, value] of Object.entries(options)) {
    if (value === null) delete body[name];
    else body[name] = value;
  }
  return { body: JSON.stringify(body) };
}
