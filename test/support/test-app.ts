/** A whole app over documents made by the test: real catalogue, real store, real loaders; only the embedding model is a fake. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';
import { type App, openApp } from '../../src/app.ts';
import type { IngestReport } from '../../src/core/ingestor.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import type { RouteModel } from '../../src/query/dependencies.ts';
import { createFakeEmbedder } from './fake-embedder.ts';
import { temporaryFolder, writeFiles } from './temporary-folder.ts';

export interface TestAppOptions {
  /** By path below the folder `docs`, the only source. */
  readonly documents?: Readonly<Record<string, string | Uint8Array>>;
  /** The whole of persea.yaml beside the source. */
  readonly config?: string;
  /** Of the source `docs`, in YAML's flow style. */
  readonly label?: string;
  readonly rules?: string;
  readonly policy?: string;
  /** Null works on keywords only. */
  readonly embedder?: Embedder | null;
  /** Extractive when absent. */
  readonly models?: readonly RouteModel[];
}

export interface TestApp {
  readonly app: App;
  readonly folder: string;
  readonly warnings: readonly string[];
  write(documents: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
  ingest(): Promise<IngestReport>;
  /** A second app over the same folder, as another process would open it. */
  reopen(): Promise<App>;
}

const defaultPolicy = `
groups:
  staff: { tags: [staff] }
  hr-team: { tags: [hr], includes: [staff] }
principals:
  alice: { groups: [hr-team], roles: [employee] }
  bob: { groups: [staff], roles: [employee] }
  dora: { groups: [staff], roles: [employee, developer] }
  eve: { groups: [], roles: [employee] }
`;

export async function openTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = await temporaryFolder(filesOf(options));
  return openIn(folder, options);
}

/**
 * The same after its documents were ingested. Tests of one file that begin with the same documents and settings each get a copy of
 * what was ingested once: starting a parser takes longer than all that most of them do.
 */
export async function openIngestedApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { models: _, embedder = createFakeEmbedder(), ...told } = options;
  const key = JSON.stringify([told, embedder?.fingerprint ?? null]);
  const made = ingested.get(key) ?? ingestOnce({ ...told, embedder });
  ingested.set(key, made);
  const folder = await temporaryFolder();
  await cp(await made, folder, { recursive: true, preserveTimestamps: true });
  return openIn(folder, options);
}

const ingested = new Map<string, Promise<string>>();

async function ingestOnce(options: TestAppOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'persea-ingested-'));
  folders.push(folder);
  await writeFiles(folder, filesOf(options));
  const app = await openApp({ configPath: join(folder, 'persea.yaml'), ...embedderOf(options) });
  try {
    await app.ingestor.ingest();
  } finally {
    await app.close();
  }
  return folder;
}

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

function filesOf(options: TestAppOptions): Readonly<Record<string, string | Uint8Array>> {
  const documents = Object.entries(options.documents ?? {}).map(
    ([name, content]) => [`docs/${name}`, content] as const,
  );
  return {
    'persea.yaml': `
sources:
  - name: docs
    path: ./docs
    label: ${options.label ?? '{ anyOf: [staff] }'}
    rules: ${options.rules ?? '[{ match: "hr/**", label: { anyOf: [hr], classification: confidential } }]'}
${options.embedder === null ? 'embedding: { provider: none }' : ''}
${options.config ?? ''}
`,
    'access.yaml': options.policy ?? defaultPolicy,
    'docs/.keep': '',
    ...Object.fromEntries(documents),
  };
}

function embedderOf({ embedder = createFakeEmbedder() }: TestAppOptions) {
  return embedder === null ? {} : { embedder };
}

async function openIn(folder: string, options: TestAppOptions): Promise<TestApp> {
  const warnings: string[] = [];
  const open = async () => {
    const app = await openApp({
      configPath: join(folder, 'persea.yaml'),
      onWarning: (message) => warnings.push(message),
      ...embedderOf(options),
      ...(options.models === undefined ? {} : { models: options.models }),
    });
    onTestFinished(() => app.close());
    return app;
  };
  const write = (documents: Readonly<Record<string, string | Uint8Array>>) =>
    writeFiles(join(folder, 'docs'), documents);
  const app = await open();
  return { app, folder, warnings, write, ingest: () => app.ingestor.ingest(), reopen: open };
}
