/**
 * Answers of a real language model over squad2, before and after checking, and the context formats side by side, for
 * bench/answers-report.ts. What the model wrote is kept in a folder, so that a run may be ended at any time and goes on where it was.
 */
import { join } from 'node:path';
import { type AnswersDataset, loadDataset, loadQuestions } from '../src/eval/dataset.ts';
import { Recorder } from '../src/llm/recorder.ts';
import { type LabAnswer, runLab, sampleOf } from '../src/eval/run-lab.ts';
import { createExtractiveModel } from '../src/llm/extractive.ts';
import { createOpenAiCompatibleModel } from '../src/llm/openai-compatible.ts';
import { builtInFormats } from '../src/context/formats/registry.ts';
import { benchEmbedder, benchIndexer } from './evaluation.ts';
import { print, sharedData } from './support.ts';

const modelId = 'local';
const budgetTokens = 800;
const maxOutputTokens = 200;
/** On a machine with other work a small model may read a prompt for minutes. */
const timeoutMs = 600_000;
/** Questions that go through all formats, and through the default one; the first ones of the same row. */
const formatSample = 40;
const largeSample = 180;
const offTopicSample = 40;

export interface LocalRuns {
  /** Under the format `numbered`. */
  readonly large: readonly LabAnswer[];
  /** The same, where a model of whose answer nothing could be shown is asked once more, as is the default. */
  readonly repaired: readonly LabAnswer[];
  /** The same, where an answer of which anything is not supported is followed by quoting. */
  readonly quoted: readonly LabAnswer[];
  readonly formats: readonly LabAnswer[];
  /** Questions of the large row that the model was not asked yet, though it would have to be. */
  readonly leftOut: number;
  readonly served: string;
}

export interface LocalRunOptions {
  readonly url: string;
  /** The server's own name for the model. */
  readonly served: string;
  readonly folder: string;
  readonly mayAsk: boolean;
  /** Only the first so many of each row; all when absent. */
  readonly questions?: number;
  readonly signal?: AbortSignal;
}

export async function runLocalAnswers({
  url,
  served,
  folder,
  mayAsk,
  questions: most = largeSample,
  signal,
}: LocalRunOptions): Promise<LocalRuns> {
  const recorder = new Recorder({ folder, mayAsk });
  const remote = createOpenAiCompatibleModel({
    id: modelId,
    baseUrl: url,
    model: served,
    zone: 'local',
    contextTokens: 8192,
    timeoutMs,
  });
  const model = recorder.around(remote, served);
  const embedder = await benchEmbedder('bge-small-en-v1.5');
  const answering = { models: [{ model, maxOutputTokens }], budgetTokens, deadlineMs: timeoutMs };
  const once = benchIndexer(embedder, {}, answering);
  const twice = benchIndexer(embedder, {}, { ...answering, repair: 'lost' });
  const models = [...answering.models, { model: createExtractiveModel({}), maxOutputTokens }];
  const quoting = benchIndexer(embedder, {}, { ...answering, models, routing: 'escalate' });
  const dataset = await loadDataset(join(sharedData, 'squad2'), { task: 'answers' });
  if (dataset.kind !== 'answers') throw new Error('squad2 is not a set of answers.');
  const elsewhere = await loadQuestions(join(sharedData, 'clapnq'));
  const elsewhereSample = sampleOf(elsewhere, Math.min(offTopicSample, most));
  const questions = mixed(dataset.questions);
  const run = (
    count: number,
    names: readonly string[],
    {
      offTopic = [],
      indexCorpus = once,
    }: { readonly offTopic?: typeof elsewhere; readonly indexCorpus?: typeof once } = {},
  ) =>
    runLab(
      { ...dataset, questions: questions.slice(0, Math.min(count, most)) },
      { indexCorpus, cases: null },
      {
        settings: names.map((format) => ({ format, model: modelId })),
        recorder,
        offTopic,
        isMissingLeftOut: !mayAsk,
        isRouted: indexCorpus === quoting,
        ...(signal === undefined ? {} : { signal }),
        onProgress: (done, total) => process.stderr.write(`\r${names.length} formats: ${done}/${total}  `),
      },
    );
  const formatNames = [...builtInFormats.keys()];
  try {
    // In turns, so that a run that is ended has something of everything.
    if (mayAsk) {
      await run(Math.floor(largeSample / 3), ['numbered']);
      await run(Math.floor(formatSample / 2), formatNames);
    }
    const large = await run(largeSample, ['numbered'], { offTopic: elsewhereSample });
    const repaired = await run(largeSample, ['numbered'], { offTopic: elsewhereSample, indexCorpus: twice });
    const quoted = await run(largeSample, ['numbered'], { offTopic: elsewhereSample, indexCorpus: quoting });
    const formats = await run(formatSample, formatNames);
    const leftOut = Math.min(largeSample, most) + elsewhereSample.length - large.length;
    return { large, repaired, quoted, formats, leftOut, served };
  } finally {
    await embedder?.close();
  }
}

/** Any beginning has two answerable questions for each that was written to look answerable. */
function mixed(all: AnswersDataset['questions']): AnswersDataset['questions'] {
  const of = (isAnswerable: boolean) => all.filter((question) => question.isAnswerable === isAnswerable);
  const adversarial = sampleOf(of(false), largeSample);
  const answerable = sampleOf(of(true), 2 * largeSample);
  return adversarial.flatMap((question, index) => [...answerable.slice(2 * index, 2 * index + 2), question]);
}

/** Until all is there or the time is up; what was written by then is kept. */
export async function collectLocalAnswers(
  local: Omit<LocalRunOptions, 'mayAsk' | 'signal'>,
  minutes: number,
): Promise<void> {
  const signal = AbortSignal.timeout(minutes * 60_000);
  try {
    const { large, repaired, formats } = await runLocalAnswers({ ...local, mayAsk: true, signal });
    print(
      `\nAll is there: ${large.length} answers, ${repaired.length} with a second attempt, ${formats.length} of the formats.`,
    );
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
    print('\nThe time is up; run it again to go on.');
  }
}
