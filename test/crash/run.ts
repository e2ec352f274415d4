/**
 * Kills the product at random moments and looks at what is left: `npm run test:crash [-- --kills N --seed S]`. Real processes
 * on one data folder, killed without warning in the middle of an ingest, a relabel, a removal, a change of the embedding
 * model, a prune, a purge or a repair; after each kill readers must see whole documents, and after the next ingest everything must be
 * as the files and the operators say.
 */
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemScope } from '../../src/access/scope.ts';
import { openApp } from '../../src/app.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { actual, type Operation, purgeFindings, readerFindings, settledFindings, World } from './world.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } },
});
const kills = Number(values.kills);

/** A revision that is ready waits so long for others, and is then written within about so long. */
const commitDelayMs = 195;
const commitMs = 90;

/** Mulberry32: small, and the same numbers everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const scope = systemScope('crash test');
const random = randomFrom(Number(values.seed));
const folder = await mkdtemp(join(tmpdir(), 'persea-crash-'));
const world = new World(folder, random);
const findings: string[] = [];
const partsHit = new Map<string, number>();
/** What a kill left in the journal and the queue, for the next run to repair. */
const leftBehind = new Map<string, number>();
/** How long an operation of a kind takes, by those that were not killed: kills are spread over that. */
const durations = new Map<string, number>();
let embedder = 'one';
let killed = 0;
let cycles = 0;

try {
  await world.create();
  await open((app) => app.ingestor.ingest());
  world.settled();
  while (killed < kills) {
    cycles += 1;
    const operation = await nextOperation();
    if (operation.kind === 'ingest') await world.change();
    const { part, isKilled } = await perform(operation);
    if (isKilled) {
      killed += 1;
      const key = `${operation.kind === 'ingest' && operation.embedder !== embedder ? 'new model' : operation.kind}: ${part}`;
      partsHit.set(key, (partsHit.get(key) ?? 0) + 1);
    }
    const context = `kill ${killed} (${operation.kind}, ${part})`;
    await open(async (app) => {
      if (isKilled) {
        note(context, await readerFindings(app));
        await countLeftBehind(app);
      }
      await takeOver(app, operation, isKilled);
    });
    if (operation.kind === 'ingest') embedder = operation.embedder;
    await open(async (app) => {
      await app.ingestor.ingest({ acceptDeletions: true });
      note(context, await settledFindings(app, world));
      if (operation.kind === 'purge') note(context, purgeFindings(world, operation.uri));
    });
    world.settled();
    if (cycles % 50 === 0) process.stderr.write(`${killed} of ${kills} kills, ${findings.length} findings\n`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

process.stdout.write(
  `${killed} kills in ${cycles} operations, seed ${values.seed}\n\n| operation: part | kills |\n| --- | --- |\n`,
);
for (const [part, count] of [...partsHit].sort(([a], [b]) => (a < b ? -1 : 1)))
  process.stdout.write(`| ${part} | ${count} |\n`);
process.stdout.write('\n| left behind | kills |\n| --- | --- |\n');
for (const [what, count] of leftBehind) process.stdout.write(`| ${what} | ${count} |\n`);
process.stdout.write(`\nfindings: ${findings.length}\n`);
for (const finding of findings.slice(0, 50)) process.stdout.write(`- ${finding}\n`);
process.stdout.write(`\n${findings.length === 0 ? killed : 0} passed, ${findings.length} failed\n`);
process.exitCode = findings.length === 0 ? 0 : 1;

async function countLeftBehind(app: Awaited<ReturnType<typeof openApp>>): Promise<void> {
  const intents = await app.catalog.openIntents();
  const found = [
    intents.some((intent) => intent.state === 'intended') ? 'revisions begun, not yet visible' : null,
    intents.some((intent) => intent.state === 'flipped') ? 'revisions visible, older chunks not yet deleted' : null,
    (await app.catalog.openStoreChanges()).length > 0 ? 'removals and labels that the store has not followed' : null,
    (await app.catalog.jobs(scope, { state: 'leased' })).length > 0 ? 'jobs held by the dead' : null,
    (await app.catalog.jobs(scope, { state: 'queued' })).length > 0 ? 'jobs that nobody had begun' : null,
  ].filter((what) => what !== null);
  for (const what of found.length === 0 ? ['nothing'] : found) leftBehind.set(what, (leftBehind.get(what) ?? 0) + 1);
}

function note(context: string, found: readonly string[]): void {
  for (const finding of found) {
    findings.push(`${context}: ${finding}`);
    process.stderr.write(`${findings.at(-1)}\n`);
  }
}

async function open<T>(use: (app: Awaited<ReturnType<typeof openApp>>) => Promise<T>): Promise<T> {
  const app = await openApp({
    configPath: join(folder, 'persea.yaml'),
    embedder: createFakeEmbedder({ name: embedder }),
    onWarning: () => undefined,
  });
  try {
    return await use(app);
  } finally {
    await app.close();
  }
}

async function nextOperation(): Promise<Operation> {
  const roll = random();
  const uri = world.pick(world.uris);
  if (roll < 0.1) return { kind: 'ingest', embedder: embedder === 'one' ? 'two' : 'one' };
  if (roll < 0.16) return { kind: 'prune', embedder };
  if (roll < 0.22) return { kind: 'repair', embedder };
  if (roll < 0.32 && uri !== undefined) return { kind: 'relabel', embedder, uri, tag: random() < 0.5 ? 'hr' : 'staff' };
  if (roll < 0.37 && uri !== undefined) return { kind: 'remove', embedder, uri };
  if (roll < 0.42 && uri !== undefined) return { kind: 'purge', embedder, uri };
  const excluded = world.pick(world.excluded);
  if (roll < 0.48 && excluded !== undefined) return { kind: 'restore', embedder, uri: excluded };
  return { kind: 'ingest', embedder };
}

/** Runs the operation in a process of its own, which ends by itself or is killed somewhere on its way. */
function perform(operation: Operation): Promise<{ readonly part: string; readonly isKilled: boolean }> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'child.ts'), [folder, JSON.stringify(operation)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderr = '';
    child.stderr?.on('data', (piece) => {
      stderr += String(piece);
    });
    let part = 'start';
    // Commits are short: left to chance alone, few kills would meet one.
    const isAimedAtCommit = random() < 0.5;
    let startedAt = 0;
    let timer: NodeJS.Timeout | undefined;
    child.on('message', (message: { readonly part: string }) => {
      part = message.part;
      if (part === 'begin') {
        startedAt = performance.now();
        // A little more than it takes, so that some end by themselves and tell how long that is.
        const delay = random() * 1.1 * (durations.get(operation.kind) ?? 300);
        if (!isAimedAtCommit) timer = setTimeout(() => child.kill('SIGKILL'), delay);
      }
      if (part === 'embed' && isAimedAtCommit) {
        clearTimeout(timer);
        timer = setTimeout(() => child.kill('SIGKILL'), commitDelayMs + random() * commitMs);
      }
      if (part === 'done') {
        const known = durations.get(operation.kind);
        const took = performance.now() - startedAt;
        durations.set(operation.kind, known === undefined ? took : known * 0.8 + took * 0.2);
      }
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (signal === 'SIGKILL') resolve({ part, isKilled: part !== 'done' });
      else if (code === 0) resolve({ part, isKilled: false });
      else reject(new Error(`The operation ${operation.kind} failed: ${stderr}`));
    });
  });
}

/** Of an operator's decision that was cut short, either outcome is right; the world goes on from the one that came out. */
async function takeOver(
  app: Awaited<ReturnType<typeof openApp>>,
  operation: Operation,
  isKilled: boolean,
): Promise<void> {
  if (!('uri' in operation)) return;
  if (!isKilled) return world.apply(operation);
  const document = (await actual(app)).get(operation.uri);
  if (operation.kind === 'relabel') {
    const stored = await app.catalog.documentByUri(scope, operation.uri);
    if (document?.tags === operation.tag && stored?.isLabelOverridden === true) world.apply(operation);
    return;
  }
  const files = await app.catalog.files(scope, 'docs');
  const isExcluded = files.some((file) => file.uri === operation.uri && file.state === 'excluded');
  if (isExcluded === (operation.kind !== 'restore')) world.apply(operation);
}
