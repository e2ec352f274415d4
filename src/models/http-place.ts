/** The public hub, or a mirror with the hub's layout: `BASE/ORGANISATION/MODEL/resolve/main/FILE`. */
import { open } from 'node:fs/promises';
import { withDeadline } from '../core/async.ts';
import { PerseaError } from '../core/errors.ts';
import type { FetchRequest, Place } from './place.ts';

export interface HttpPlaceOptions {
  readonly kind: 'mirror' | 'hub';
  readonly baseUrl: string;
  /** Until the headers are there: an unreachable place must not hold up the next one. */
  readonly connectTimeoutMs?: number;
  /** Between two pieces of the body. */
  readonly idleTimeoutMs?: number;
}

export function httpPlace(options: HttpPlaceOptions): Place {
  const { kind, connectTimeoutMs = 5_000, idleTimeoutMs = 30_000 } = options;
  const { base, headers } = splitCredentials(options.baseUrl);
  const name = base;
  return {
    kind,
    name,
    async fetch({ model, file, target, signal, onBytes }: FetchRequest) {
      const address = `${base}/${model.hubId}/resolve/main/${file.path}`;
      const onTimeout = () =>
        new PerseaError('model-unavailable', `${name} did not answer within ${connectTimeoutMs} ms.`);
      const controller = new AbortController();
      const ended = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]);
      const response = await withDeadline(
        connectTimeoutMs,
        onTimeout,
        (deadline) => {
          // The deadline covers the headers alone; the body has a limit of its own.
          deadline.addEventListener('abort', () => controller.abort(deadline.reason), { once: true });
          return fetch(address, { headers, signal: ended });
        },
        signal,
      ).catch((thrown: unknown) => {
        signal?.throwIfAborted();
        if (thrown instanceof PerseaError) throw thrown;
        throw new PerseaError('model-unavailable', `${name} cannot be reached (${causeOf(thrown)}).`, {
          cause: thrown,
        });
      });
      if (response.status === 404 || response.status === 410) {
        await response.body?.cancel();
        return false;
      }
      if (!response.ok || response.body === null) {
        await response.body?.cancel();
        throw new PerseaError('model-unavailable', `${name} answered with status ${response.status}.`);
      }
      const reader = response.body.getReader();
      try {
        await using handle = await open(target, 'wx');
        let received = 0;
        for (;;) {
          const { done, value } = await withDeadline(
            idleTimeoutMs,
            () => new PerseaError('model-unavailable', `${name} sent nothing for ${idleTimeoutMs} ms.`),
            () => reader.read(),
            signal,
          );
          if (done) return true;
          received += value.byteLength;
          // A file of a wrong size is still read so far that the refusal can name its hash, but not without end.
          if (received > file.bytes * 2)
            throw new PerseaError(
              'model-hash-mismatch',
              `The model file ${file.path} from ${name} is refused: it is more than twice the expected ${file.bytes} bytes (SHA-256 ${file.sha256}).`,
            );
          await handle.write(value);
          onBytes(received);
        }
      } finally {
        controller.abort();
        await reader.cancel().catch(() => undefined);
      }
    },
  };
}

/** `fetch` refuses addresses with a user and password; a mirror that wants them gets them as a header. */
function splitCredentials(address: string): { readonly base: string; readonly headers: Record<string, string> } {
  const url = new URL(address);
  const base = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  if (url.username === '') return { base, headers: {} };
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { base, headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
}

function causeOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.name : 'unknown cause';
}
