/**
 * What the answer cache saves with a real model: questions of the fixtures, some of them asked far more often than others (Zipf's law), each time
 * by somebody else who is on record; then once more after a document has changed.
 * `npm run bench:answer-cache -- --url http://127.0.0.1:8080/v1 --served NAME [--questions 25] [--asks 200]`
 */
import { readFileSync } from 'node:fs';
import { appendFile, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type App, openApp } from '../src/app.ts';
import type { Answer } from '../src/core/answer.ts';
import { RandomNumbers } from '../test/support/random-numbers.ts';
import { machine, median, print, repositoryRoot, withTemporaryFolder } from './support.ts';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    served: { type: 'string' },
    questions: { type: 'string', default: '25' },
    asks: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
});
const { url, served } = values;
if (url === undefined || served === undefined) throw new Error('--url and --served name the model that is asked.');

interface Case {
  readonly question: string;
  readonly as: string;
  readonly tags: readonly string[];
  readonly history?: unknown;
}

interface Asked {
  readonly question: string;
  readonly as: string;
  readonly answer: Answer;
  readonly ms: number;
}

const fixtures = join(repositoryRoot, 'fixtures');
const kinds = ['single', 'table', 'code', 'multi', 'permitted'];
const numbers = new RandomNumbers(Number(values.seed));

await withTemporaryFolder(async (folder) => {
  for (const name of ['handbook', 'operations', 'mail', 'access.yaml'])
    await cp(join(fixtures, name), join(folder, name), { recursive: true });
  const config = await readFile(join(fixtures, 'persea.yaml'), 'utf8');
  const configPath = join(folder, 'persea.yaml');
  // A second attempt helps no model of this size, and the cache has nothing to do with it.
  await writeFile(
    configPath,
    `${config.slice(0, config.indexOf('models:'))}models:
  - { id: local, provider: openai-compatible, model: ${JSON.stringify(served)}, baseUrl: ${JSON.stringify(url)}, zone: local, contextTokens: 8192, maxOutputTokens: 200, timeoutMs: 600000 }
route: [local]
answer: { repair: off, deadlineMs: 600000, whenModelsFail: error }
context: { budgetTokens: 800 }
`,
  );
  const app = await openApp({ configPath, mayPullModels: true });
  await app.ingestor.ingest();
  const cases = chosenCases();
  const people = [...new Set(cases.map(({ as }) => as))];
  print(`${cases.length} questions of ${people.length} people, ${values.asks} times asked; ${served}. ${machine()}\n`);

  const asked: Asked[] = [];
  for (let index = 0; index < Number(values.asks); index++) {
    const one = drawn(cases);
    // Half of those who ask are the ones the question was written for, the others anybody.
    const as = numbers.chance(0.5) ? one.as : numbers.pick(people);
    asked.push(await ask(app, one.question, as));
    process.stderr.write(`\r${index + 1}/${values.asks}  `);
  }
  report(asked);

  const kept = new Map(
    asked.filter(({ answer }) => answer.status === 'answered').map((one) => [`${one.as} ${one.question}`, one]),
  );
  const changed = [...kept.values()][0]?.answer.citations[0]?.uri;
  if (changed === undefined) throw new Error('No question was answered.');
  await appendFile(join(folder, changed), '\n\nThis page was looked through once more.\n');
  const { updated } = await app.ingestor.ingest();
  const again: Asked[] = [];
  for (const { question, as } of kept.values()) again.push(await ask(app, question, as));
  const cites = ({ answer }: Asked) => answer.citations.some(({ uri }) => uri === changed);
  const givenAgain = (some: readonly Asked[]) =>
    `${some.filter(({ answer }) => answer.cache === 'hit').length} of ${some.length}`;
  print(
    `\nAfter a change of ${changed} (${updated} updated) given again: of the answers that cite it ${givenAgain(again.filter(cites))}, of the others ${givenAgain(again.filter((one) => !cites(one)))}.`,
  );
  await app.close();
});

function chosenCases(): readonly Case[] {
  const all = readFileSync(join(fixtures, 'cases.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Case)
    .filter(({ tags, history }) => history === undefined && kinds.some((kind) => tags.includes(kind)));
  const shuffled = all
    .map((one) => ({ one, at: numbers.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
  return shuffled.slice(0, Number(values.questions));
}

/** The n-th question is asked 1/n times as often as the first. */
function drawn(cases: readonly Case[]): Case {
  const total = cases.reduce((sum, _, index) => sum + 1 / (index + 1), 0);
  let left = numbers.next() * total;
  for (const [index, one] of cases.entries()) {
    left -= 1 / (index + 1);
    if (left <= 0) return one;
  }
  return cases.at(-1) as Case;
}

async function ask(app: App, question: string, as: string): Promise<Asked> {
  const scope = await app.scopeFor(app.principal(as));
  const startedAt = performance.now();
  const answer = await app.ask(scope, { question });
  return { question, as, answer, ms: performance.now() - startedAt };
}

function report(asked: readonly Asked[]): void {
  const hits = asked.filter(({ answer }) => answer.cache === 'hit');
  const calls = asked.filter(({ answer }) => answer.cache === 'miss' && answer.model !== null);
  const unasked = asked.length - hits.length - calls.length;
  const unkept = calls.filter(({ answer }) => answer.status !== 'answered');
  const seconds = (some: readonly Asked[]) => some.reduce((sum, { ms }) => sum + ms, 0) / 1_000;
  const tokens = (some: readonly Asked[]) =>
    some.reduce((sum, { answer: { usage } }) => sum + usage.inputTokens + usage.outputTokens, 0);
  const meanTokens = tokens(calls) / Math.max(1, calls.length);
  const meanSeconds = seconds(calls) / Math.max(1, calls.length);
  print('| | questions | seconds each, median | tokens of the model |');
  print('| --- | --- | --- | --- |');
  print(
    `| the model was asked | ${calls.length} | ${(median(calls.map(({ ms }) => ms)) / 1_000).toFixed(1)} | ${tokens(calls)} |`,
  );
  print(`| of these not answered, so not kept | ${unkept.length} | | ${tokens(unkept)} |`);
  print(
    `| given again | ${hits.length} | ${(median(hits.map(({ ms }) => ms)) / 1_000).toFixed(2)} | ${tokens(hits)} |`,
  );
  print(`| refused before any model | ${unasked} | | 0 |`);
  const wanted = calls.length + hits.length;
  print(
    `\nCalls saved: ${hits.length} of ${wanted} (${((100 * hits.length) / wanted).toFixed(0)} %), about ${Math.round(hits.length * meanTokens)} tokens and ${Math.round(hits.length * meanSeconds)} s of the model.`,
  );
}
