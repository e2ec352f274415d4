/** Who may import whom. Each rule is a folder and what it may use besides itself; whatever is not listed is refused. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** A name with a slash and a dot is one file: an interface that may be known where its implementations may not. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  'src/access': ['src/core'],
  'src/config': ['src/core', 'src/access'],
  'src/catalog': ['src/core', 'src/access'],
  'src/store': ['src/core', 'src/access'],
  'src/egress': ['src/core', 'src/access', 'src/embedding/embedder.ts'],
  'src/models': ['src/core'],
  'src/embedding': ['src/core', 'src/models'],
  'src/llm': ['src/core', 'src/egress/sealed-prompt.ts'],
  'src/rerank': [
    'src/core',
    'src/egress',
    'src/models',
    'src/llm/language-model.ts',
    'src/llm/complete.ts',
    'src/llm/failures-told.ts',
    // The threads of the model runtime are the embedder's.
    'src/embedding/embedding-pool.ts',
    'src/embedding/exit-guard.ts',
    'src/embedding/model-thread.ts',
    'src/embedding/worker-protocol.ts',
  ],
  'src/prompts': ['src/core', 'src/llm/language-model.ts'],
  'src/context': ['src/core'],
  'src/telemetry': ['src/core'],
  'src/traces': ['src/core', 'src/access', 'src/catalog/catalog.ts', 'src/catalog/sqlite-connection.ts'],
  'src/guard': ['src/core', 'src/llm/language-model.ts'],
  'src/answer': ['src/core', 'src/llm/language-model.ts'],
  'src/retrieval': [
    'src/core',
    'src/access',
    'src/egress',
    'src/store/chunk-store.ts',
    'src/catalog/catalog.ts',
    'src/llm/language-model.ts',
    'src/rerank/reranker.ts',
  ],
  'src/query': [
    'src/core',
    'src/access',
    'src/catalog/catalog.ts',
    'src/store/chunk-store.ts',
    'src/llm/language-model.ts',
    // These know no provider: they count, and end, what any model does.
    'src/llm/deadline.ts',
    'src/llm/failures-told.ts',
    'src/llm/metered.ts',
    'src/llm/on-trial.ts',
    'src/llm/complete.ts',
    'src/retrieval',
    'src/context',
    'src/prompts',
    'src/egress',
    'src/guard',
    'src/answer',
    'src/telemetry',
  ],
  'src/eval': [
    'src/core',
    'src/access',
    'src/answer',
    'src/retrieval',
    'src/query',
    'src/catalog/catalog.ts',
    'src/llm/language-model.ts',
    'src/llm/recorder.ts',
  ],
  'src/http': [
    'src/core',
    'src/access',
    'src/catalog/catalog.ts',
    'src/query',
    'src/guard',
    'src/telemetry',
    'src/app.ts',
  ],
  'src/cli': [
    'src/core',
    'src/access',
    'src/catalog/catalog.ts',
    'src/catalog/jobs.ts',
    'src/query',
    'src/models',
    'src/egress',
    'src/eval',
    'src/http',
    'src/traces',
    'src/app.ts',
    'src/llm/recorder.ts',
    // Its version.
    'package.json',
    // For what needs no open app: `models`, `prompts`, `config schema`.
    'src/config.ts',
    'src/prompts',
  ],
  ingest: [
    'src/core',
    'src/access',
    'src/egress',
    'src/guard',
    'src/catalog/catalog.ts',
    'src/catalog/jobs.ts',
    'src/store/chunk-store.ts',
    'src/telemetry',
  ],
};
/** The composition root and the public surface see everything. */
const unrestricted = ['src/app', 'src/index.ts'];

const importPattern = /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+'([^']+)'|(?:^|[^.\w])import\('([^']+)'\)/g;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isTypeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const source = readFileSync(join(root, file), 'utf8');
  return [...source.matchAll(importPattern)].flatMap((match) => {
    const specifier = match[1] ?? match[2] ?? '';
    if (!specifier.startsWith('.')) return [];
    const isTypeOnly = /^\s*(?:import|export)\s+type\s/.test(match[0].trimStart());
    return [{ from: file, to: posix.normalize(posix.join(dirname(file), specifier)), isTypeOnly }];
  });
}

const files = globSync(['src/**/*.ts', 'ingest/**/*.ts'], { cwd: root }).map((file) => file.replaceAll('\\', '/'));
const imports = files.flatMap(importsOf);
const folderOf = (file: string) =>
  file.startsWith('ingest/') ? 'ingest' : file.split('/').slice(0, 2).join('/').replace(/\.ts$/, '');
const isUnrestricted = (file: string) =>
  unrestricted.some((place) => file === place || file === `${place}.ts` || file.startsWith(`${place}/`));

describe('import rules', () => {
  it('finds the imports it is meant to judge', () => {
    expect(imports.length).toBeGreaterThan(100);
  });

  it('holds them', () => {
    const broken = imports.filter(({ from, to, isTypeOnly }) => {
      if (isUnrestricted(from) || folderOf(from) === folderOf(to)) return false;
      // Configuration is passed as plain values; its types are everybody's.
      if (isTypeOnly && folderOf(to) === 'src/config') return false;
      const allowed = mayImport[folderOf(from)];
      return allowed === undefined || !allowed.some((place) => to === place || to.startsWith(`${place}/`));
    });
    expect(broken.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('lets only the composition root import the worker', () => {
    const offenders = imports.filter(
      ({ from, to }) => from.startsWith('src/') && to.startsWith('ingest/') && !isUnrestricted(from),
    );
    expect(offenders).toEqual([]);
  });

  it('keeps LanceDB, SQLite and the model runtime behind their own folders', () => {
    const owners: readonly (readonly [RegExp, readonly string[]])[] = [
      [/from '@lancedb\/lancedb'|import\('@lancedb\/lancedb'\)|from 'apache-arrow'/, ['src/store/']],
      [/from 'node:sqlite'/, ['src/catalog/', 'src/embedding/', 'src/store/']],
      [/'@xenova\/transformers'|'@huggingface\/transformers'/, ['src/embedding/', 'src/models/']],
      // Counting alone needs no runtime.
      [/'@huggingface\/tokenizers'/, ['src/embedding/', 'src/llm/']],
      [/from 'ai'|import\('ai'\)|'@ai-sdk\//, ['src/llm/', 'src/embedding/']],
    ];
    const offenders = files.filter((file) => {
      const source = readFileSync(join(root, file), 'utf8');
      return owners.some(
        ([pattern, places]) => pattern.test(source) && !places.some((place) => file.startsWith(place)),
      );
    });
    expect(offenders).toEqual([]);
  });

  it('makes scopes in one place only', () => {
    const offenders = files.filter(
      (file) =>
        file !== 'src/access/scope.ts' &&
        /as (?:unknown as )?AccessScope\b/.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(offenders).toEqual([]);
  });
});
