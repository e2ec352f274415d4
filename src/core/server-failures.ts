/**
 * What went wrong at a model's server, in words for whoever runs Persea: what was found, what it means, what to do. Neither a key nor what
 * was sent nor what the server said is in them or behind them: the first is a secret, the others hold text of documents. What the
 * server said is only looked through for what servers are known to say.
 */
import { PerseaError } from './errors.ts';
import { type ConnectionSettings, secretPlacesOf } from './server-connection.ts';

export interface AskedServer extends ConnectionSettings {
  /** As it is called in persea.yaml: `main`; the name of the server's model where it has no other. */
  readonly id: string;
  /** The server's own name for the model. */
  readonly model: string;
  readonly baseUrl: string;
  /** What is put behind `baseUrl`. */
  readonly path: string;
  /** Setting that bounds how much is sent at once. */
  readonly sizeSetting: string;
}

export interface StatusAnswer {
  readonly status: number;
  /** What the server said, if it was read. */
  readonly body?: string | undefined;
  /** By lower-case name. */
  readonly header: (name: string) => string | undefined;
}

interface Meaning {
  readonly found: string;
  readonly remedy: string;
  readonly isRetryable?: boolean;
}

/** So much of what a server says is looked through. */
const maxBodyCharacters = 20_000;

export class ServerFailures {
  readonly #server: AskedServer;

  constructor(server: AskedServer) {
    this.#server = server;
  }

  cutOff(): PerseaError {
    return this.failed({
      found: 'ended its answer in the middle',
      remedy: "Ask again; if it stays so, see the server's log, or that of a proxy in between.",
      isRetryable: true,
    });
  }

  tooLarge(bytes: number): PerseaError {
    const remedy = `Check that baseUrl is the address of a model's server.`;
    return this.failed({ found: `sent more than ${bytes} bytes`, remedy }, { limitBytes: bytes });
  }

  wrongType(mediaType: string): PerseaError {
    const remedy =
      mediaType === 'text/html'
        ? 'A web page answers there, perhaps to sign in: check baseUrl, and what lies between.'
        : 'Check that baseUrl is the address of such a server, and that it can stream.';
    return this.failed({ found: `answered with ${mediaType} instead of a stream of events`, remedy }, { mediaType });
  }

  garbled(what: string): PerseaError {
    return this.failed({
      found: `sent something that is not an answer (${what})`,
      remedy: `Check that its server speaks the protocol that provider names, and baseUrl.`,
      isRetryable: true,
    });
  }

  /** @param longestPauseMs a server that wants a longer pause is not to be asked again */
  ofStatus(answer: StatusAnswer, longestPauseMs = Number.POSITIVE_INFINITY): PerseaError {
    const { status } = answer;
    const { found, remedy, isRetryable = false } = this.#meaningOf(answer);
    const retryAfterMs = retryAfterOf(answer);
    const pause = retryAfterMs === undefined ? '' : `, to be asked again in ${Math.ceil(retryAfterMs / 1000)} s`;
    return this.failed(
      {
        found: `answered with status ${status}${pause}: ${found}`,
        remedy,
        isRetryable: isRetryable && (retryAfterMs ?? 0) <= longestPauseMs,
      },
      { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    );
  }

  /** @param code such as `ECONNREFUSED`, as `networkCodeOf` finds it; some failures have none */
  ofNetwork(code: string | undefined): PerseaError {
    const { found, remedy, isRetryable = true } = networkMeaning(code);
    if (code === undefined) return this.failed({ found, remedy, isRetryable });
    return this.failed({ found: `${found} (${code})`, remedy, isRetryable }, { network: code });
  }

  protected failed(
    { found, remedy, isRetryable = false }: Meaning,
    details: Readonly<Record<string, unknown>> = {},
  ): PerseaError {
    const { id, baseUrl } = this.#server;
    const host = URL.canParse(baseUrl) ? new URL(baseUrl).host : 'an invalid address';
    return new PerseaError('model-failed', `The model "${id}" at ${host} was asked and ${found}. ${remedy}`, {
      isRetryable,
      details: { model: id, ...details },
    });
  }

  #meaningOf({ status, body = '' }: StatusAnswer): Meaning {
    const { model, path, sizeSetting } = this.#server;
    const told = body.slice(0, maxBodyCharacters);
    if (status === 401 || status === 407) return status === 401 ? this.#unauthenticated() : proxyWantsName;
    if (status === 402 || tellsOfQuota.test(told)) {
      return {
        found: 'its account has no quota or credit left',
        remedy: 'See the account of the key at the provider.',
      };
    }
    if (status === 403) {
      return {
        found: `it does not let ${this.#keys() ?? 'requests without a key'} use the model "${model}"`,
        remedy: 'See at the provider what the key may use, and from which addresses.',
      };
    }
    if (status === 413 || (status >= 400 && tellsOfLength.test(told))) {
      return {
        found: 'more was sent than it takes at once',
        remedy: `Set ${sizeSetting} to what the server really takes, or raise that there.`,
      };
    }
    if (status === 404 || status === 405) {
      return {
        found: `it knows no model "${model}", or no address ${path} below baseUrl`,
        remedy: `Check model and baseUrl in persea.yaml: ${path} is put behind baseUrl, which as a rule ends in /v1.`,
      };
    }
    if (status >= 300 && status < 400) {
      return { found: 'it redirects, which is not followed', remedy: 'Name the address where it ends in baseUrl.' };
    }
    if (status === 429) {
      return {
        found: 'it has too many requests',
        remedy: 'Ask again later; if it happens often, lower the concurrency of the model or name another one, too.',
        isRetryable: true,
      };
    }
    if (status >= 500 || [408, 409, 425].includes(status)) {
      return {
        found: status === 503 ? 'it is not ready' : 'it failed itself',
        remedy: "Ask again later; the server's own log says why.",
        isRetryable: true,
      };
    }
    return unknownField(told) ?? { found: 'it does not take the request', remedy: "The server's own log says why." };
  }

  #unauthenticated(): Meaning {
    const keys = this.#keys();
    return keys === null
      ? { found: 'it wants a key and got none', remedy: 'Name its place in apiKeyEnv or apiKeyFile.' }
      : { found: `it does not know ${keys}`, remedy: 'Put the right one there.' };
  }

  #keys(): string | null {
    const places = secretPlacesOf(this.#server);
    return places.length === 0 ? null : `the key in ${places.join(' or ')}`;
  }
}

const proxyWantsName: Meaning = {
  found: 'the proxy in between wants a name and password',
  remedy: 'Put them into HTTPS_PROXY, or name the host in NO_PROXY.',
};
const tellsOfQuota = /insufficient_quota|exceeded your current quota|insufficient[ _](?:balance|credits?|funds)/i;
const tellsOfLength =
  /context_length_exceeded|exceed_context_size|(?:context|prompt|input|sequence)[ _](?:length|size|window)|prompt is too long|too many tokens|too large to process/i;

/** Newer models of hosted services refuse what older ones need. */
function unknownField(told: string): Meaning | null {
  if (/max_completion_tokens/.test(told)) {
    return {
      found: 'it does not take the field max_tokens',
      remedy: 'Set options of the model to { max_tokens: null, max_completion_tokens: 800 }.',
    };
  }
  if (/temperature/.test(told)) {
    return { found: 'it does not take this temperature', remedy: 'Set temperature of the model to null.' };
  }
  return null;
}

const unknownAuthority = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

/** Retryable unless somebody has to change something first. */
function networkMeaning(code: string | undefined): Meaning {
  if (code !== undefined && unknownAuthority.has(code)) {
    return {
      found: 'showed a certificate of an authority that is not known here',
      remedy: "Name the file of that authority's certificate in the environment variable NODE_EXTRA_CA_CERTS.",
      isRetryable: false,
    };
  }
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        found: 'could not be reached: the name of its host is not known here',
        remedy: 'Check baseUrl, and the name service of this machine; behind a proxy set HTTPS_PROXY.',
        // The other code says that the name service could not be asked just now.
        isRetryable: code === 'EAI_AGAIN',
      };
    case 'ECONNREFUSED':
      return {
        found: 'could not be reached: nothing takes connections there',
        remedy: 'Check that its server runs, and the host and port in baseUrl.',
      };
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return {
        found: 'could not be reached: its host does not answer',
        remedy: 'Check the host in baseUrl and the firewalls in between; behind a proxy set HTTPS_PROXY.',
      };
    case 'CERT_HAS_EXPIRED':
      return { found: 'showed a certificate that has expired', remedy: 'Have it renewed there.', isRetryable: false };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        found: 'showed a certificate for another name',
        remedy: 'Write the host in baseUrl as the certificate does.',
        isRetryable: false,
      };
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return {
        found: 'does not speak TLS at this address',
        remedy: 'Check the port in baseUrl, and whether it is http:// instead of https://.',
        isRetryable: false,
      };
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return {
        found: 'closed the connection before its answer was complete',
        remedy: "Ask again; if it stays so, see the server's log, or that of a proxy in between.",
      };
    default:
      return {
        found: 'could not be reached',
        remedy: 'Check baseUrl, and what lies between this machine and the server.',
      };
  }
}

const maxCauses = 5;

/** The first that `find` finds in the error or one of its causes. */
export function findInCauses<T>(thrown: unknown, find: (current: unknown) => T | undefined): T | undefined {
  let current = thrown;
  for (let depth = 0; current !== undefined && depth < maxCauses; depth++) {
    const found = find(current);
    if (found !== undefined) return found;
    current = memberOf(current, 'cause');
  }
  return undefined;
}

export function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && key in value ? Reflect.get(value, key) : undefined;
}

/** `ECONNREFUSED`, `UND_ERR_SOCKET`, `SELF_SIGNED_CERT_IN_CHAIN` and the like. */
export function networkCodeOf(thrown: unknown): string | undefined {
  return findInCauses(thrown, (current) => {
    const code = memberOf(current, 'code');
    return typeof code === 'string' && /^(?:E[A-Z]+|[A-Z][A-Z_]{2,60})$/.test(code) ? code : undefined;
  });
}

/** `Retry-After` in seconds or as a date, `retry-after-ms` before it. */
function retryAfterOf({ header }: StatusAnswer): number | undefined {
  const exact = Number(header('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(exact) && exact >= 0) return exact;
  const stated = header('retry-after');
  if (stated === undefined) return undefined;
  const seconds = Number(stated);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(stated);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
