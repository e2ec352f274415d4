/** The one table of codes: what each means, what to do about it, and as which HTTP status it is told. */

export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'absent'
  | 'not-allowed'
  | 'conflict'
  | 'too-large'
  | 'unsupported'
  | 'limited'
  | 'upstream'
  | 'unavailable'
  | 'timeout'
  | 'internal';

export const httpStatusByKind: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  absent: 404,
  'not-allowed': 405,
  conflict: 409,
  'too-large': 413,
  unsupported: 415,
  limited: 429,
  upstream: 502,
  unavailable: 503,
  timeout: 504,
  internal: 500,
};

interface ErrorCodeSpec {
  readonly kind: ErrorKind;
  /** Whether the same request may succeed later without a change by the caller. */
  readonly isRetryable: boolean;
  /** What the code means, one sentence; docs/errors.md repeats it and a test compares them. */
  readonly meaning: string;
  /** What the reader should do. */
  readonly remedy: string;
}

/** Codes are never reused for another meaning once released. */
export const errorCodes = {
  // Configuration and command line
  'config-not-found': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'The named configuration file does not exist.',
    remedy: 'Check the path given with --config, or run `persea init`.',
  },
  'config-invalid': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'persea.yaml could not be parsed or breaks its schema.',
    remedy: 'Correct the line named in the message.',
  },
  'access-invalid': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'access.yaml could not be parsed, breaks its schema, names an unknown group or has a cycle of includes.',
    remedy: 'Correct the line named in the message.',
  },
  'usage-invalid': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'The command line was used wrongly.',
    remedy: 'See `persea COMMAND --help`.',
  },
  'unknown-principal': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'The person named with --as is not in access.yaml.',
    remedy: 'Add the person to access.yaml, or name one that is there.',
  },
  'unknown-source': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'The named source is not in persea.yaml.',
    remedy: 'Name one of the configured sources.',
  },
  'unknown-model': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'The named language or embedding model is not configured.',
    remedy: 'Name one that `persea models list` shows.',
  },
  'unknown-format': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'The named context format does not exist.',
    remedy: 'Name one of the formats listed in the message.',
  },
  'format-invalid': {
    kind: 'invalid',
    isRetryable: false,
    meaning:
      'A context format of the company cannot be loaded, throws, takes too long, or gives a text without the markers of its items.',
    remedy: 'Correct the file named in the message; it exports one function as its default.',
  },
  'unknown-prompt': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'The named prompt template or version does not exist.',
    remedy: 'Name one of the prompts listed in the message.',
  },
  'prompt-invalid': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'A prompt template has no valid front matter, or its variables are not the ones it was given.',
    remedy: 'Correct the template file named in the message.',
  },
  'label-invalid': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'An access label has an invalid tag, an unknown classification or an unknown key.',
    remedy: 'Correct the label; tags match [A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}.',
  },
  // Files and documents
  'removed-before': {
    kind: 'conflict',
    isRetryable: false,
    meaning:
      'A file reads like a document that an operator removed and whose own file is gone or holds something else.',
    remedy:
      'Restore the other with `persea docs remove --restore` and ingest again, or take the file out of its source.',
  },
  'source-unreadable': {
    kind: 'unavailable',
    isRetryable: true,
    meaning: 'The folder of a source does not exist or cannot be read.',
    remedy: 'Check the path and its permissions; nothing of the source was removed.',
  },
  'manifest-invalid': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'A line of a manifest is no valid item, so it is not known what it stands for or who may see it.',
    remedy: 'Correct the line named in the message; the other items are not affected.',
  },
  'file-unreadable': {
    kind: 'unavailable',
    isRetryable: true,
    meaning: 'A file could not be read or changed while it was read.',
    remedy: 'Check its permissions and run the ingest again; the old revision stays searchable.',
  },
  'not-a-regular-file': {
    kind: 'unsupported',
    isRetryable: false,
    meaning: 'A path is a FIFO, socket, device or a link that leaves the source.',
    remedy: 'Exclude the path, or put a regular file in its place.',
  },
  'file-empty': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'A file has no bytes or no text.',
    remedy: 'Exclude the file, or give it content.',
  },
  'file-too-large': {
    kind: 'too-large',
    isRetryable: false,
    meaning: 'A file is over the configured size limit.',
    remedy: 'Split the file or raise limits.fileBytes.',
  },
  'text-too-large': {
    kind: 'too-large',
    isRetryable: false,
    meaning: 'The text parsed from a file is over the configured limit.',
    remedy: 'Split the file or raise limits.parsedTextBytes.',
  },
  'too-many-pages': {
    kind: 'too-large',
    isRetryable: false,
    meaning: 'A document has more pages than the configured limit.',
    remedy: 'Split the document or raise limits.pages.',
  },
  'archive-unsafe': {
    kind: 'too-large',
    isRetryable: false,
    meaning: 'A document has too many parts, unpacks to too many bytes or is nested too deep.',
    remedy: 'Save the document anew with its own program; it may be damaged or hostile.',
  },
  'type-unsupported': {
    kind: 'unsupported',
    isRetryable: false,
    meaning: 'No loader reads this type of file.',
    remedy: 'Convert the file to one of the supported formats, or exclude it.',
  },
  'document-encrypted': {
    kind: 'unsupported',
    isRetryable: false,
    meaning: 'The document is protected by a password.',
    remedy: 'Save a copy without the password.',
  },
  'document-damaged': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'The bytes are not a valid document of their type.',
    remedy: 'Open and save the document again with its own program.',
  },
  'document-without-text': {
    kind: 'unsupported',
    isRetryable: false,
    meaning: 'The document holds no text, for instance a scan.',
    remedy: 'Run text recognition over it first.',
  },
  'parse-timeout': {
    kind: 'timeout',
    isRetryable: false,
    meaning: 'Parsing took longer than the configured limit and was ended.',
    remedy: 'Split the document or raise limits.parseMs.',
  },
  'parse-failed': {
    kind: 'internal',
    isRetryable: false,
    meaning: 'A parser failed in an unexpected way or was ended for its memory.',
    remedy: 'Convert the document to another format; report it if it opens elsewhere.',
  },
  'front-matter-invalid': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'The front matter of a document speaks of access but is no valid YAML, so its rights cannot be known.',
    remedy: 'Correct the front matter; until then nobody sees the document.',
  },
  'secret-found': {
    kind: 'invalid',
    isRetryable: false,
    meaning:
      'A document holds what looks like a key or a password, and the configuration says to leave such documents out.',
    remedy:
      'Take the secret out of the document and change it where it opens something; or set ingest.secrets to mask or report.',
  },
  'no-label': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'No rule gives the document an access label, so nobody may see it.',
    remedy: 'Give its source a label, or a rule that matches it.',
  },
  'document-absent': {
    kind: 'absent',
    isRetryable: false,
    meaning: 'There is no such document, or the caller may not see it.',
    remedy: 'Check the id or uri.',
  },
  'job-absent': {
    kind: 'absent',
    isRetryable: false,
    meaning: 'There is no such job.',
    remedy: 'See `persea jobs list`.',
  },
  'store-busy': {
    kind: 'conflict',
    isRetryable: true,
    meaning: 'Another process is writing to the same data folder.',
    remedy: 'Wait for it to finish, or stop it.',
  },
  'store-failed': {
    kind: 'internal',
    isRetryable: true,
    meaning: 'The chunk store or the catalogue could not do what was asked.',
    remedy: 'Run `persea doctor`; where the index is damaged, `persea repair` derives it anew from the catalogue.',
  },
  'disk-full': {
    kind: 'unavailable',
    isRetryable: true,
    meaning: 'The disk of the data folder is full; what was written before is complete and searchable.',
    remedy: 'Free space, for instance with `persea ingest --prune`, and run the ingest again.',
  },
  'catalog-too-new': {
    kind: 'conflict',
    isRetryable: false,
    meaning: 'The data folder was written by a newer version of Persea.',
    remedy: 'Use that version or a newer one, or restore a backup of the data folder.',
  },
  // Models
  'model-unavailable': {
    kind: 'unavailable',
    isRetryable: true,
    meaning: 'The files of the embedding model could not be had from any place.',
    remedy: 'Run `persea models pull`, or name a mirror in modelFiles.mirrors; until then keywords work.',
  },
  'model-hash-mismatch': {
    kind: 'upstream',
    isRetryable: false,
    meaning: 'A model file has another size or SHA-256 than its manifest; it is never used.',
    remedy: 'Remove the file named in the message and pull again from a mirror you trust.',
  },
  'egress-refused': {
    kind: 'unavailable',
    isRetryable: false,
    meaning: 'Text may not reach the zone of the model that was to be asked; nothing was sent.',
    remedy: 'Name a model in a zone that the classification may reach, or change egress in persea.yaml.',
  },
  'model-failed': {
    kind: 'upstream',
    isRetryable: true,
    meaning: 'A language or embedding model answered with an error.',
    remedy: 'Check the address, the model name and the key; see the log for the cause.',
  },
  'model-declined': {
    kind: 'upstream',
    isRetryable: false,
    meaning: 'A language model would not answer: its content filter stopped it, or it refused or said nothing.',
    remedy: 'Nothing, where another model of the route answers; else name another model in persea.yaml.',
  },
  'model-timeout': {
    kind: 'timeout',
    isRetryable: true,
    meaning: 'A model did not answer in time.',
    remedy: 'Try again, or raise the time limit of the model.',
  },
  'model-key-missing': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'The environment variable or the file that holds the key or a header of a model is not there or empty.',
    remedy: 'Set the variable before starting Persea, or put the key into the file.',
  },
  // Requests
  'request-invalid': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'The request is not valid HTTP or JSON, or breaks its schema.',
    remedy: 'Correct the field named in the message; see /openapi.json.',
  },
  'evidence-withdrawn': {
    kind: 'conflict',
    isRetryable: true,
    meaning: 'What the asker may see changed while the question was answered, and the answer was to be made of it.',
    remedy: 'Ask again; the answer is then made of what may be seen now.',
  },
  'filter-too-broad': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'The filters leave too many documents, and exclude too many, for one search.',
    remedy: 'Add a filter that leaves fewer documents, or search without filters.',
  },
  'body-too-large': {
    kind: 'too-large',
    isRetryable: false,
    meaning: 'The body of a request is over its limit.',
    remedy: 'Send less, or raise limits.bodyBytes.',
  },
  'media-type-unsupported': {
    kind: 'unsupported',
    isRetryable: false,
    meaning: 'The request body has a content type, a charset or an encoding that this route does not read.',
    remedy: 'Send application/json in UTF-8, not compressed.',
  },
  unauthenticated: {
    kind: 'unauthenticated',
    isRetryable: false,
    meaning: 'The request has no API key, or one that is unknown or revoked.',
    remedy: 'Send a valid key as `Authorization: Bearer KEY`; make one with `persea keys create`.',
  },
  forbidden: {
    kind: 'forbidden',
    isRetryable: false,
    meaning: 'The caller is known but lacks the role for this route or is no longer in access.yaml.',
    remedy: 'Ask an administrator.',
  },
  'route-absent': {
    kind: 'absent',
    isRetryable: false,
    meaning: 'There is no such route.',
    remedy: 'See /openapi.json.',
  },
  'method-not-allowed': {
    kind: 'not-allowed',
    isRetryable: false,
    meaning: 'There is such a route, but not with this method.',
    remedy: 'Use a method that the Allow header names.',
  },
  'rate-limited': {
    kind: 'limited',
    isRetryable: true,
    meaning: 'The key has used its questions for this minute.',
    remedy: 'Wait as long as the Retry-After header says.',
  },
  'budget-spent': {
    kind: 'limited',
    isRetryable: false,
    meaning: 'What a person, a group or everyone may spend on models in a day does not cover a call.',
    remedy: 'Wait for the next day, by UTC, or ask an administrator to raise `budgets`.',
  },
  'queue-full': {
    kind: 'limited',
    isRetryable: true,
    meaning: 'A bounded queue is full.',
    remedy: 'Try again a little later.',
  },
  'key-absent': {
    kind: 'absent',
    isRetryable: false,
    meaning: 'There is no such API key.',
    remedy: 'See `persea keys list`.',
  },
  'trace-absent': {
    kind: 'absent',
    isRetryable: false,
    meaning: 'There is no such trace, it is past its time, or the caller may not see it.',
    remedy: 'Check the id: it is the `traceId` of an answer. Traces are kept for `traces.retentionDays` days.',
  },
  'dataset-invalid': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'A folder for `persea eval` has none of the known layouts or a malformed line.',
    remedy: 'Correct the file and line named in the message.',
  },
  'result-invalid': {
    kind: 'invalid',
    isRetryable: false,
    meaning: 'A file is no result of `persea eval run`, or two results cannot be compared.',
    remedy: 'Name files written with `persea eval run --out`, both over the same questions.',
  },
  'port-in-use': {
    kind: 'conflict',
    isRetryable: true,
    meaning: 'The address that the server should listen on is taken.',
    remedy: 'Stop the other program or change server.port.',
  },
  aborted: {
    kind: 'timeout',
    isRetryable: true,
    meaning: 'The caller ended the request before it was done.',
    remedy: 'Nothing; send it again if it is still wanted.',
  },
  internal: {
    kind: 'internal',
    isRetryable: false,
    meaning: 'Something failed that Persea did not expect.',
    remedy: 'See the log under the traceId and report it.',
  },
} as const satisfies Record<string, ErrorCodeSpec>;

export type ErrorCode = keyof typeof errorCodes;
