/** A whole app over documents made by the test: real catalogue, real store, real loaders; only the embedding model is a fake. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
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
  const embedder = options.embedder === undefined ? createFakeEmbedder() : options.embedder;
  const folder = await temporaryFolder({
    'persea.yaml': `
sources:
  - name: docs
    path: ./docs
    label: ${options.label ?? '{ anyOf: [staff] }'}
    rules: ${options.rules ?? '[{ match: "hr/**", label: { anyOf: [hr], classification: confidential } }]'}
${embedder === null ? 'embedding: { provider: none }' : ''}
${options.config ?? ''}
`,
    'access.yaml': options.policy ?? defaultPolicy,
    'docs/.keep': '',
  });
  const warnings: string[] = [];
  const open = async () => {
    const app = await openApp({
      configPath: join(folder, 'persea.yaml'),
      onWarning: (message) => warnings.push(message),
      ...(embedder === null ? {} : { embedder }),
      ...(options.models === undefined ? {} : { models: options.models }),
    });
    onTestFinished(() => app.close());
    return app;
  };
  const write = (documents: Readonly<Record<string, string | Uint8Array>>) =>
    writeFiles(join(folder, 'docs'), documents);
  const app = await open();
  await write(options.documents ?? {});
  return { app, folder, warnings, write, ingest: () => app.ingestor.ingest(), reopen: open };
}
