/** Servers over one small real app, with keys for its people; a test may replace parts of the app. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { generateApiKey } from '../../src/access/api-key.ts';
import { type App, openApp } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import type { ServedApp } from '../../src/http/routes/context.ts';
import { createServer } from '../../src/http/server.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { writeFiles } from '../support/temporary-folder.ts';

export const documents = {
  'leave.md': '# Leave\n\nParental leave is 26 weeks. Holidays are 28 days a year.\n',
  'travel.md': '# Travel\n\nHotels are booked through the travel desk. Trains are booked first class.\n',
  'moved.md': '# Moved\n\nThe canteen is in the east wing now.\n',
  'hr/pay.md': '# Pay bands\n\nThe quibblefish band pays 91,000 crowns a year.\n',
};

const files = {
  'persea.yaml': `
sources:
  - name: docs
    path: ./docs
    label: { anyOf: [staff] }
    rules: [{ match: "hr/**", label: { anyOf: [hr], classification: confidential } }]
limits: { questionsPerMinute: 10000 }
`,
  'access.yaml': `
groups:
  staff: { tags: [staff] }
  hr-team: { tags: [hr], includes: [staff] }
principals:
  alice: { groups: [hr-team], roles: [employee, admin] }
  bob: { groups: [staff], roles: [employee] }
  dora: { groups: [staff], roles: [employee, developer] }
  eve: { groups: [], roles: [employee] }
  walter: { groups: [staff], roles: [admin] }
`,
  ...Object.fromEntries(Object.entries(documents).map(([name, text]) => [`docs/${name}`, text])),
};

export interface SharedApp {
  readonly app: App;
  /** One key a person. */
  readonly keys: ReadonlyMap<string, string>;
}

/** One app for all tests of a file: opening and filling it takes longer than everything asked of it. */
export function useSharedApp(): () => SharedApp {
  let shared: SharedApp | undefined;
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'persea-test-'));
    await writeFiles(folder, files);
    const app = await openApp({ configPath: join(folder, 'persea.yaml'), embedder: createFakeEmbedder() });
    await app.ingestor.ingest();
    const keys = new Map<string, string>();
    for (const id of app.policy().principalIds()) keys.set(id, await createKey(app, id));
    shared = { app, keys };
  });
  afterAll(async () => {
    await shared?.app.close();
    await rm(folder, { recursive: true, force: true });
  });
  return () => {
    if (shared === undefined) throw new Error('the app is not open yet');
    return shared;
  };
}

export interface HttpFixture {
  readonly app: App;
  readonly server: FastifyInstance;
  /** One key a person. */
  readonly keys: ReadonlyMap<string, string>;
  /** Everything that was logged until now. */
  log(): string;
  /** A request as this person; the body, if any, as JSON. */
  send(person: string | null, method: 'GET' | 'POST', url: string, body?: unknown): Promise<LightMyRequestResponse>;
}

export async function createKey(app: Pick<App, 'catalog'>, principalId: string): Promise<string> {
  const { key, hash } = generateApiKey();
  await app.catalog.createApiKey({ principalId, name: 'test', hash });
  return key;
}

export async function openServer(shared: SharedApp, replaced: Partial<ServedApp> = {}): Promise<HttpFixture> {
  const { app, keys } = shared;
  const logTo = new PassThrough();
  let logged = '';
  logTo.on('data', (piece) => {
    logged += String(piece);
  });
  const server = await createServer(servedApp(app, replaced), { logTo });
  onTestFinished(() => server.close());
  return {
    app,
    server,
    keys,
    log: () => logged,
    send: (person, method, url, body) => {
      const request: InjectOptions = {
        method,
        url,
        headers: person === null ? {} : { authorization: `Bearer ${keys.get(person)}` },
        ...(body === undefined ? {} : { payload: body as object }),
      };
      return server.inject(request);
    },
  };
}

/** The configuration of the app with other limits. */
export function withLimits(app: App, limits: Partial<Config['limits']>): Pick<ServedApp, 'config'> {
  return { config: () => ({ ...app.config(), limits: { ...app.config().limits, ...limits } }) };
}

export function servedApp(app: App, replaced: Partial<ServedApp> = {}): ServedApp {
  return {
    config: () => app.config(),
    policy: () => app.policy(),
    catalog: app.catalog,
    scopeFor: (principal) => app.scopeFor(principal),
    search: (scope, request, options) => app.search(scope, request, options),
    ask: (scope, request, options) => app.ask(scope, request, options),
    askStream: (scope, request, options) => app.askStream(scope, request, options),
    lab: (scope, request, options) => app.lab(scope, request, options),
    traces: app.traces,
    conversations: app.conversations,
    checks: (options) => app.checks(options),
    ...replaced,
  };
}
