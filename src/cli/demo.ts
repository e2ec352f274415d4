/**
 * `npm run demo`: ingests the documents of the invented company in fixtures/ and asks six questions as different people. The
 * data folder is kept in the user's cache, so that the second time only the questions take time.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseDocument } from 'yaml';
import { type App, openApp } from '../app.ts';
import { counted } from '../core/counts.ts';
import { PerseaError, toPerseaError } from '../core/errors.ts';
import type { IngestReport } from '../core/ingestor.ts';
import { modelVariant } from '../models/manifest.ts';
import { userCacheFolder } from '../models/models-folder.ts';
import { provisionModel } from '../models/provision.ts';
import { streamAnswer } from './commands/ask.ts';
import { type DemoQuestion, demoQuestions } from './demo-questions.ts';
import { statusOfError } from './exit-status.ts';
import { type LlmOption, resolveLlm } from './llm-option.ts';
import { Output } from './output.ts';
import { ingestProgress, provisionProgress } from './progress.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const output = new Output(process, false);

async function demo(): Promise<void> {
  const startedAt = performance.now();
  const { values } = parseArgs({ options: { llm: { type: 'string' }, model: { type: 'string' } } });
  const llm = values.llm === undefined ? null : await demoModel(values.llm, values.model);
  const folder = join(userCacheFolder(), 'persea', 'demo');
  const configPath = writeConfig(folder, llm);
  output.text(`${output.paint('bold', 'Persea answers from the documents of Corvane, an invented company.')}\n`);
  output.text(`${output.paint('dim', `Data folder: ${folder} (may be deleted at any time)`)}\n\n`);

  await provision();
  const app = await openApp({ configPath, onWarning: (message) => output.warn(message) });
  try {
    const report = await app.ingestor.ingest({ acceptDeletions: true, onEvent: ingestProgress(output) });
    output.text(`${summaryOf(report)}\n`);
    if (llm !== null) tellZone(llm);
    const askedAt = performance.now();
    for (const question of demoQuestions) await askOne(app, question);
    const seconds = (performance.now() - askedAt) / 1000;
    output.text(`\n${nextSteps(configPath, seconds, (performance.now() - startedAt) / 1000)}\n`);
  } finally {
    await app.close();
  }
}

async function demoModel(address: string, name: string | undefined): Promise<LlmOption & { readonly model: string }> {
  const llm = await resolveLlm(address);
  const model = name ?? llm.model;
  if (llm.apiKeyEnv !== null && (process.env[llm.apiKeyEnv] ?? '') === '') {
    throw new PerseaError(
      'model-key-missing',
      `${llm.baseUrl} is outside this host and network, so it will want a key: set the environment variable ${llm.apiKeyEnv}.`,
    );
  }
  if (model !== null) return { ...llm, model };
  throw new PerseaError(
    'usage-invalid',
    `${llm.baseUrl} could not be asked for its models. Check the address, or name a model: npm run demo -- --llm ${address} --model NAME`,
  );
}

/** The fixtures' own configuration, with absolute paths, over the demonstration's data folder. */
function writeConfig(folder: string, llm: (LlmOption & { readonly model: string }) | null): string {
  const config = parseDocument(readFileSync(join(fixtures, 'persea.yaml'), 'utf8'));
  config.set('dataDir', join(folder, 'data'));
  config.set('access', join(fixtures, 'access.yaml'));
  const sources = config.toJS() as { readonly sources: readonly { readonly path: string }[] };
  for (const [index, source] of sources.sources.entries()) {
    config.setIn(['sources', index, 'path'], resolve(fixtures, source.path));
  }
  if (llm !== null) {
    const { baseUrl, zone, model, apiKeyEnv } = llm;
    const main = { id: 'main', provider: 'openai-compatible', baseUrl, model, zone };
    config.set('models', [
      apiKeyEnv === null ? main : { ...main, apiKeyEnv },
      { id: 'extractive', provider: 'extractive' },
    ]);
    config.set('route', ['main', 'extractive']);
    // The documents are invented: nothing is given away by letting the model see all of them.
    const reach = [...new Set(['local', zone])];
    config.set('egress', { public: reach, internal: reach, confidential: reach });
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'persea.yaml');
  writeFileSync(path, config.toString(), { mode: 0o600 });
  return path;
}

/** Ahead of the ingest, so that a download is seen as what it is. */
async function provision(): Promise<void> {
  try {
    await provisionModel(modelVariant('bge-small-en-v1.5'), { onEvent: provisionProgress(output) });
  } catch (thrown) {
    if (!(thrown instanceof PerseaError) || thrown.code !== 'model-unavailable') throw thrown;
    output.warn('The embedding model cannot be fetched, so only keywords work: expect weaker answers.');
  }
}

function summaryOf({ added, updated, unchanged, chunks, tokens, seconds, quarantined }: IngestReport): string {
  const documents = counted(added + updated + unchanged, 'document');
  if (chunks === 0) return `${documents}, unchanged since the last time (${seconds.toFixed(1)} s).`;
  const rate = counted(Math.round(tokens / seconds), 'token');
  const problems = quarantined.length === 0 ? '' : `, ${quarantined.length} quarantined`;
  return `${documents} ingested in ${seconds.toFixed(1)} s: ${counted(chunks, 'chunk')}, ${rate}/s${problems}.`;
}

function tellZone({ zone, model, baseUrl }: LlmOption): void {
  output.text(`Answers are written by ${model} at ${baseUrl} (zone ${zone}).\n`);
  if (zone === 'local') return;
  output.text(
    `The documents are invented, so this demonstration lets all of them reach it. Over your own, content stays away from a\n` +
      `model in the zone ${zone} until \`egress\` in persea.yaml allows it.\n`,
  );
}

async function askOne(app: App, { person, who, question, shows }: DemoQuestion): Promise<void> {
  const title = `── ${who} `;
  const rule = '─'.repeat(Math.max(0, output.columns - title.length));
  output.text(`\n${output.paint('cyan', title + rule)}\n${output.paint('dim', shows)}\n`);
  output.text(`\n${output.paint('bold', `? ${question}`)}\n\n`);
  const scope = await app.scopeFor(app.principal(person));
  await streamAnswer(app, scope, { question }, output);
}

function nextSteps(configPath: string, askSeconds: number, totalSeconds: number): string {
  return [
    `${output.paint('dim', `${demoQuestions.length} questions in ${askSeconds.toFixed(1)} s; ${totalSeconds.toFixed(1)} s in all.`)}`,
    '',
    output.paint('bold', 'Next'),
    '  Ask these documents something yourself:',
    `    npm run persea -- ask "When do we get paid?" --as ben.foster --config ${configPath}`,
    '  Take a folder of your own:',
    '    npm run persea -- init my-knowledge --from FOLDER',
    '    npm run persea -- ingest --config my-knowledge/persea.yaml',
    '    npm run persea -- ask "your question" --as me --config my-knowledge/persea.yaml',
  ].join('\n');
}

try {
  await demo();
} catch (thrown) {
  const error = toPerseaError(thrown, 'usage-invalid', thrown instanceof Error ? thrown.message : undefined);
  output.error(error);
  process.exitCode = statusOfError(error);
}
