/**
 * A forbidden question must end as it would in a company that does not have the forbidden documents at all: the same status and
 * reason, and no word that only they contain. Asks each forbidden case of the fixtures over the whole store and over a store
 * of what its person may see: `npm run eval:forbidden`
 */
import { cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemScope } from '../src/access/scope.ts';
import { type App, openApp } from '../src/app.ts';
import type { Answer } from '../src/core/answer.ts';
import { canarySource } from '../src/core/canary.ts';
import { contentWords } from '../src/core/words.ts';
import { print, repositoryRoot, withTemporaryFolder } from './support.ts';

interface Case {
  readonly id: string;
  readonly question: string;
  readonly as: string;
  readonly tags: readonly string[];
}

const fixtures = join(repositoryRoot, 'fixtures');
const scope = systemScope('forbidden parity');

await withTemporaryFolder(async (folder) => {
  const lines = (await readFile(join(fixtures, 'cases.jsonl'), 'utf8')).trim().split('\n');
  const cases = lines.map((line) => JSON.parse(line) as Case).filter((entry) => entry.tags.includes('forbidden'));
  const whole = await openStore(join(folder, 'whole'), ['handbook', 'operations', 'mail']);
  const problems: string[] = [];
  for (const [person, ofPerson] of Map.groupBy(cases, (entry) => entry.as)) {
    const visible = await whole.catalog.documents(await whole.scopeFor(whole.principal(person)));
    const reduced = await openStore(
      join(folder, person),
      visible.map((document) => document.uri),
      join(folder, 'whole'),
    );
    const known = await wordsOf(reduced);
    for (const entry of ofPerson) {
      const [actual, wanted] = [await askAs(whole, entry), await askAs(reduced, entry)];
      if (actual.status !== wanted.status || actual.reason !== wanted.reason) {
        problems.push(
          `${entry.id}: ${actual.status} (${actual.reason}) instead of ${wanted.status} (${wanted.reason})`,
        );
      }
      const asked = new Set(contentWords(entry.question));
      const foreign = contentWords(said(actual)).filter((word) => !known.has(word) && !asked.has(word));
      if (foreign.length > 0)
        problems.push(`${entry.id}: says what only forbidden documents hold: ${foreign.join(', ')}`);
    }
    await reduced.close();
  }
  await whole.close();
  for (const problem of problems) print(problem);
  print(`${cases.length} forbidden cases, ${problems.length} differ from a store without the forbidden documents`);
  if (problems.length > 0) process.exitCode = 1;
});

/** A store over some paths of the fixtures; texts embedded before are taken from the other store's cache. */
async function openStore(folder: string, paths: readonly string[], cacheFrom?: string): Promise<App> {
  await mkdir(folder, { recursive: true });
  for (const path of ['persea.yaml', 'access.yaml', ...paths]) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await cp(join(fixtures, path), join(folder, path), { recursive: true });
  }
  for (const source of ['handbook', 'operations', 'mail']) await mkdir(join(folder, source), { recursive: true });
  if (cacheFrom !== undefined)
    await cp(join(cacheFrom, '.persea/cache'), join(folder, '.persea/cache'), { recursive: true });
  const app = await openApp({ configPath: join(folder, 'persea.yaml'), onWarning: print });
  await app.ingestor.ingest();
  return app;
}

async function askAs(app: App, { as, question }: Case): Promise<Answer> {
  return app.ask(await app.scopeFor(app.principal(as)), { question });
}

/** Everything of an answer that comes from documents. */
function said(answer: Answer): string {
  const nearest = answer.status === 'abstained' ? answer.nearest.map(({ title }) => title) : [];
  const quotes = answer.citations.flatMap(({ quote, title, headingPath }) => [quote, title, ...headingPath]);
  const own = answer.status === 'answered' ? [answer.text] : [];
  return [...own, ...quotes, ...nearest].join('\n');
}

async function wordsOf(app: App): Promise<ReadonlySet<string>> {
  const words = new Set<string>();
  for (const { documentId, title, source } of await app.catalog.documents(scope)) {
    if (source === canarySource) continue;
    const stored = await app.catalog.text(scope, documentId);
    for (const word of contentWords(`${title}\n${stored?.text ?? ''}`, { keepStopWords: true })) words.add(word);
  }
  return words;
}
