/**
 * As much of the S3 protocol as the engine speaks, in memory: objects with ranges, conditional puts, lists, multipart uploads.
 * It counts what it is asked for, because on object storage requests are what costs time and money.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ObjectServer {
  readonly url: string;
  /** By method; lists apart. */
  readonly requests: Map<string, number>;
  close(): Promise<void>;
}

export async function startObjectServer(options: { readonly ignoresConditions: boolean }): Promise<ObjectServer> {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, Map<number, Buffer>>();
  const requests = new Map<string, number>();
  const server = createServer((request, response) => {
    respond(request, response).catch(() => response.writeHead(500).end());
  });

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const key = decodeURIComponent(url.pathname).replace(/^\/[^/]+\/?/, '');
    const query = url.searchParams;
    const method = request.method ?? 'GET';
    const kind = method === 'GET' && query.has('list-type') ? 'LIST' : method;
    requests.set(kind, (requests.get(kind) ?? 0) + 1);
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    const uploadId = query.get('uploadId');
    if (kind === 'LIST') return list(query, response);
    if (method === 'POST' && query.has('uploads')) {
      const id = String(uploads.size + 1);
      uploads.set(id, new Map());
      return send(
        response,
        `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      );
    }
    if (method === 'POST' && query.has('delete')) {
      const names = [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, name]) => name ?? '');
      for (const name of names) objects.delete(name);
      const deleted = names.map((name) => `<Deleted><Key>${name}</Key></Deleted>`);
      return send(response, `<DeleteResult>${deleted.join('')}</DeleteResult>`);
    }
    if (method === 'POST' && uploadId !== null) {
      const parts = [...(uploads.get(uploadId) ?? [])].sort(([a], [b]) => a - b).map(([, part]) => part);
      return put(
        key,
        Buffer.concat(parts),
        request,
        response,
        '<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>',
      );
    }
    if (method === 'PUT' && uploadId !== null) {
      uploads.get(uploadId)?.set(Number(query.get('partNumber')), body);
      response.writeHead(200, { etag: etagOf(body) }).end();
      return;
    }
    if (method === 'PUT') return put(key, body, request, response, '');
    if (method === 'DELETE') {
      objects.delete(key);
      response.writeHead(204).end();
      return;
    }
    return get(key, request, response);
  }

  function put(key: string, body: Buffer, request: IncomingMessage, response: ServerResponse, answer: string): void {
    if (request.headers['if-none-match'] === '*' && objects.has(key) && !options.ignoresConditions) {
      response.writeHead(412).end('<Error><Code>PreconditionFailed</Code></Error>');
      return;
    }
    objects.set(key, body);
    response.writeHead(200, { etag: etagOf(body) }).end(answer);
  }

  function get(key: string, request: IncomingMessage, response: ServerResponse): void {
    const object = objects.get(key);
    if (object === undefined) {
      response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
      return;
    }
    const headers = { etag: etagOf(object), 'last-modified': new Date(0).toUTCString() };
    const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '');
    const from = range === null ? 0 : range[1] === '' ? object.length - Number(range[2]) : Number(range[1]);
    const last = range === null || range[1] === '' || range[2] === '' ? object.length - 1 : Number(range[2]);
    const part = object.subarray(from, Math.min(last, object.length - 1) + 1);
    response.writeHead(range === null ? 200 : 206, {
      ...headers,
      'content-length': part.length,
      ...(range === null ? {} : { 'content-range': `bytes ${from}-${from + part.length - 1}/${object.length}` }),
    });
    response.end(request.method === 'HEAD' ? undefined : part);
  }

  function list(query: URLSearchParams, response: ServerResponse): void {
    const prefix = query.get('prefix') ?? '';
    const delimiter = query.get('delimiter') ?? '';
    const prefixes = new Set<string>();
    const entries: string[] = [];
    for (const [name, object] of [...objects].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!name.startsWith(prefix) || name <= (query.get('start-after') ?? '')) continue;
      const end = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
      if (end >= 0) prefixes.add(name.slice(0, end + 1));
      else {
        entries.push(
          `<Contents><Key>${name}</Key><LastModified>1970-01-01T00:00:00.000Z</LastModified><ETag>${etagOf(object)}</ETag><Size>${object.length}</Size></Contents>`,
        );
      }
    }
    const common = [...prefixes].map((name) => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`);
    send(
      response,
      `<ListBucketResult><Name>b</Name><Prefix>${prefix}</Prefix><KeyCount>${entries.length + common.length}</KeyCount><IsTruncated>false</IsTruncated>${entries.join('')}${common.join('')}</ListBucketResult>`,
    );
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function send(response: ServerResponse, xml: string): void {
  response.writeHead(200, { 'content-type': 'application/xml' }).end(xml);
}

function etagOf(object: Buffer): string {
  return `"${createHash('md5').update(object).digest('hex')}"`;
}
