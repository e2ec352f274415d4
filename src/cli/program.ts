/** The command line as a whole. Commands are imported when they run, so that a question does not load what ingest needs. */
import { Command, CommanderError, Option } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import type { JobState } from '../catalog/jobs.ts';
import { PerseaError, toPerseaError } from '../core/errors.ts';
import type { AskCommandOptions } from './commands/ask.ts';
import type { LabOptions } from './commands/lab.ts';
import type { SearchCommandOptions } from './commands/search.ts';
import type { CommandContext } from './context.ts';
import type { AddCommand, CommandRun } from './add-command.ts';
import { addEvaluationCommands } from './evaluation-program.ts';
import { type ExitStatus, exitStatus, statusOfError } from './exit-status.ts';
import { withFilters } from './filter-options.ts';
import { addModelCommands } from './model-program.ts';
import { Output, type OutputStreams } from './output.ts';
import { addConversationCommands } from './conversation-program.ts';
import { addTraceCommands } from './trace-program.ts';

const asOption = () =>
  new Option(
    '--as <id>',
    'the person to ask as; for operators who hold the data folder and try out rights (people themselves use their own API key)',
  ).makeOptionMandatory();

const configOption = () => new Option('--config <file>', 'the configuration; ./persea.yaml when absent, else defaults');
const jsonOption = () => new Option('--json', 'print exactly one JSON value on standard output');

export interface RunCommandOptions {
  /** Ends the command as an interrupt from the keyboard does. */
  readonly signal?: AbortSignal;
  /** Comes before the command; what it throws is reported as if the command had. */
  readonly prepare?: () => Promise<void>;
}

/** Runs one command; never throws. */
export async function runCommandLine(
  argv: readonly string[],
  streams: OutputStreams,
  options: RunCommandOptions = {},
): Promise<ExitStatus> {
  let status: ExitStatus = exitStatus.done;
  const program = buildProgram(streams, options, (value) => {
    status = value;
  });
  try {
    await options.prepare?.();
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return exitStatus.done;
    // A group of commands without one of them: its help has been shown.
    if (thrown instanceof CommanderError && thrown.code === 'commander.help') return exitStatus.wrongUsage;
    const error =
      thrown instanceof CommanderError
        ? new PerseaError('usage-invalid', thrown.message.replace(/^error: /, ''))
        : toPerseaError(thrown);
    const output = new Output(streams, argv.includes('--json'));
    output.error(error);
    if (error.code === 'internal')
      output.message(String(error.cause instanceof Error ? error.cause.stack : error.stack));
    return statusOfError(error);
  }
}

function buildProgram(
  streams: OutputStreams,
  { signal }: RunCommandOptions,
  setStatus: (status: ExitStatus) => void,
): Command {
  const program = new Command('persea')
    .description("Answers questions from a company's own documents, for one person at a time, with checked citations.")
    .version(manifest.version)
    // Where people look for them, and before the command or behind it.
    .enablePositionalOptions()
    .addOption(configOption())
    .addOption(jsonOption())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
      // Errors of usage are told where all others are.
      outputError: () => undefined,
    });

  const add: AddCommand = <Options>(
    parent: Command,
    usage: string,
    description: string,
    run: CommandRun<Options>,
    configure: (command: Command) => Command = (command) => command,
  ): void => {
    const command = configure(parent.command(usage).description(description))
      .addOption(configOption())
      .addOption(jsonOption())
      .exitOverride();
    command.action(async (...actionArguments: unknown[]) => {
      // Commander passes the positional arguments, then the options, then the command.
      const options = command.optsWithGlobals<Options & { config?: string; json?: boolean }>();
      const output = new Output(streams, options.json === true);
      const context: CommandContext = {
        output,
        ...(options.config === undefined ? {} : { configPath: options.config }),
        ...(signal === undefined ? {} : { signal }),
      };
      setStatus(
        (await run(context, options, ...(actionArguments.slice(0, -2) as (string | string[])[]))) ?? exitStatus.done,
      );
    });
  };

  add<{ from?: string; llm?: string }>(
    program,
    'init [dir]',
    'write a commented persea.yaml and access.yaml',
    async (context, options, directory) =>
      (await import('./commands/init.ts')).init(context, { ...options, directory: directory as string | undefined }),
    (command) =>
      command
        .option('--from <folder>', 'your own documents: label `everyone`, person `me`')
        .option('--llm <url>', 'base address of an OpenAI-compatible model'),
  );
  add<{ watch?: boolean; dryRun?: boolean; prune?: boolean; acceptDeletions?: boolean; wait?: string | boolean }>(
    program,
    'ingest [source...]',
    'bring the store in line with the sources',
    async (context, options, sources) =>
      (await import('./commands/ingest.ts')).ingest(context, options, sources as string[]),
    (command) =>
      command
        .option('--watch', 'then follow the sources until interrupted')
        .option('--dry-run', 'show what would be done')
        .option('--prune', 'also free the storage of removed documents')
        .option('--accept-deletions', 'remove vanished documents even where they are a large share of their source')
        .option('--wait <seconds>', 'how long to wait for another process that is writing; without end when absent')
        .option('--no-wait', 'fail at once where another process is writing'),
  );
  add<SearchCommandOptions>(
    program,
    'search <query>',
    'retrieval alone',
    async (context, options, query) => (await import('./commands/search.ts')).search(context, options, query as string),
    (command) =>
      withFilters(command.addOption(asOption()))
        .option('--top-k <n>', 'number of passages')
        .addOption(new Option('--mode <mode>', 'which arms to use').choices(['hybrid', 'vector', 'keyword']))
        .option('--facets', 'also count the documents one may see, by source, type, language and year')
        .option('--explain', 'show the rank and score of each arm'),
  );
  add<AskCommandOptions>(
    program,
    'ask <question>',
    'a grounded answer',
    async (context, options, question) => (await import('./commands/ask.ts')).ask(context, options, question as string),
    (command) =>
      withFilters(command.addOption(asOption()))
        .option('--format <format>', 'context format')
        .option('--conversation <id>', 'a name of your own: follow-ups are read with what was asked in it before')
        .option('--model <model>', 'ask only this model')
        .option('--stream', 'print sentences as they are checked')
        .option('--draft', 'as --stream, and show what the model writes until the first sentence is checked')
        .option('--show-context', 'also print the context window exactly as a model gets it'),
  );

  const docs = program.command('docs').description('the catalogue of documents');
  add<{ source?: string; limit?: string }>(
    docs,
    'list',
    'all documents',
    async (context, options) => (await import('./commands/docs.ts')).listDocuments(context, options),
    (command) => command.option('--source <name>', 'only this source').option('--limit <n>', 'at most this many'),
  );
  add<{ text?: boolean }>(
    docs,
    'show <uri>',
    'facts about one document',
    async (context, options, uri) => (await import('./commands/docs.ts')).showDocument(context, options, uri as string),
    (command) => command.option('--text', 'also the parsed text'),
  );
  add<{ source?: string; purge?: boolean; restore?: boolean }>(
    docs,
    'remove [uri]',
    'remove a document, which stays out while its file is still in its source, or all of a source',
    async (context, options, uri) =>
      (await import('./commands/docs-remove.ts')).removeDocuments(context, options, uri as string | undefined),
    (command) =>
      command
        .option('--source <name>', 'all documents of this source, for one that is not ingested any more')
        .option('--purge', 'also leave no byte of the text in the data folder')
        .option('--restore', 'let ingest bring a removed document back'),
  );
  add<{ anyOf?: string[]; allOf?: string[]; classification?: string; reset?: boolean }>(
    docs,
    'relabel <uri>',
    'set a label that rules do not change, until --reset',
    async (context, options, uri) =>
      (await import('./commands/docs.ts')).relabelDocument(context, options, uri as string),
    (command) =>
      command
        .option('--any-of <tags...>', 'one of these tags is needed')
        .option('--all-of <tags...>', 'each of these tags is needed')
        .option('--classification <classification>', 'public, internal or confidential')
        .option('--reset', 'give the label back to the rules'),
  );

  const jobs = program.command('jobs').description('what ingest has to do, tries again and gave up');
  add<{ state?: JobState; limit?: string }>(
    jobs,
    'list',
    'jobs, the latest first',
    async (context, options) => (await import('./commands/jobs.ts')).listJobs(context, options),
    (command) =>
      command
        .addOption(
          new Option('--state <state>', 'only these').choices([
            'queued',
            'leased',
            'done',
            'failed',
            'dead',
            'cancelled',
          ] satisfies JobState[]),
        )
        .option('--limit <n>', 'at most this many'),
  );
  add<Record<string, never>>(jobs, 'show <id>', 'one job with its problem and remedy', async (context, _options, id) =>
    (await import('./commands/jobs.ts')).showJob(context, id as string),
  );
  add<{ dead?: boolean }>(
    jobs,
    'retry [id]',
    'make a job due again that failed, was given up or cancelled',
    async (context, options, id) =>
      (await import('./commands/jobs.ts')).retryJobs(context, options, id as string | undefined),
    (command) => command.option('--dead', 'all that were given up'),
  );
  add<Record<string, never>>(
    jobs,
    'cancel <id>',
    'take a job that waits out of the queue',
    async (context, _options, id) => (await import('./commands/jobs.ts')).cancelJob(context, id as string),
  );

  const access = program.command('access').description('who may see what');
  add<{ as: string; uri: string }>(
    access,
    'explain',
    'why a person can or cannot see a document',
    async (context, options) => (await import('./commands/access.ts')).explainAccess(context, options),
    (command) => command.addOption(asOption()).requiredOption('--uri <uri>', 'the document'),
  );
  add<Record<string, never>>(
    access,
    'diff <new-access-yaml>',
    'who gains and loses what under a new policy',
    async (context, _options, file) => (await import('./commands/access.ts')).diffAccess(context, file as string),
  );

  add<LabOptions>(
    program,
    'lab [question]',
    'the same evidence in several context formats: one question side by side, or those of a dataset ranked',
    async (context, options, question) =>
      (await import('./commands/lab.ts')).lab(context, options, question as string | undefined),
    (command) =>
      command
        .addOption(asOption().makeOptionMandatory(false))
        .option('--formats <names>', 'formats to compare, with commas between them; all when absent')
        .option('--models <ids>', 'models to ask, with commas between them; the first of the route when absent')
        .option('--out <file>', 'also write one HTML page')
        .option('--show-context', 'one question: print each context as the model gets it')
        .option('--dataset <dir>', 'a corpus with qa.jsonl, or the cases of the configured store')
        .option('--limit <n>', 'dataset: the first N questions')
        .option('--off-topic <dir>', 'dataset: questions of this set are asked too and count as unanswerable, apart')
        .option('--keep <folder>', 'dataset: keep what models write there, so that a run can be ended and goes on')
        .option('--seed <n>', 'dataset: seed of the intervals; 1 when absent'),
  );
  const prompts = program.command('prompts').description('what language models are told');
  add<Record<string, never>>(
    prompts,
    'list',
    'built-in prompts and your own, with the models that get them',
    async (context) => (await import('./commands/prompts.ts')).listPrompts(context),
  );
  add<Record<string, never>>(
    prompts,
    'show <prompt>',
    'one prompt as its file has it; the newest version, or id@version',
    async (context, _options, prompt) => (await import('./commands/prompts.ts')).showPrompt(context, prompt as string),
  );
  add<Record<string, never>>(
    prompts,
    'diff <a> <b>',
    'line by line, what changed from one prompt to another',
    async (context, _options, a, b) =>
      (await import('./commands/prompts.ts')).diffPrompts(context, a as string, b as string),
  );

  addModelCommands(program, add);

  const keys = program.command('keys').description('API keys; only their hashes are stored');
  add<{ as: string; name?: string }>(
    keys,
    'create',
    'make a key for a person; it is shown once',
    async (context, options) => (await import('./commands/keys.ts')).createKey(context, options),
    (command) =>
      command.requiredOption('--as <id>', 'the person it stands for').option('--name <name>', 'what it is for'),
  );
  add<Record<string, never>>(keys, 'list', 'all keys', async (context) =>
    (await import('./commands/keys.ts')).listKeys(context),
  );
  add<Record<string, never>>(keys, 'revoke <id>', 'end a key at once', async (context, _options, id) =>
    (await import('./commands/keys.ts')).revokeKey(context, id as string),
  );

  add<Record<string, never>>(program, 'doctor', 'check config, models, store, index and canaries', async (context) =>
    (await import('./commands/doctor.ts')).doctor(context),
  );
  add<Record<string, never>>(
    program,
    'repair',
    'derive the index anew from the catalogue, where `doctor` finds it damaged',
    async (context) => (await import('./commands/repair.ts')).repair(context),
  );
  add<{ port?: string; host?: string }>(
    program,
    'serve',
    'the HTTP API',
    async (context, options) => (await import('./commands/serve.ts')).serve(context, options),
    (command) =>
      command.option('--port <port>', 'instead of server.port').option('--host <host>', 'instead of server.host'),
  );
  const config = program.command('config').description('the configuration');
  add<Record<string, never>>(config, 'schema', 'the JSON Schema of persea.yaml, for editors', async (context) =>
    (await import('./commands/config.ts')).printSchema(context),
  );
  addTraceCommands(program, add);
  addConversationCommands(program, add);
  addEvaluationCommands(program, add);
  return program;
}
