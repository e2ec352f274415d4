/** `persea eval`: what of the command line measures. */
import { type Command, Option } from 'commander';
import type { AddCommand } from './add-command.ts';
import type { CompareCommandOptions } from './commands/eval-compare.ts';
import type { ReportCommandOptions } from './commands/eval-report.ts';
import type { TuneCommandOptions } from './commands/eval-tune.ts';
import type { EvaluationOptions } from './commands/eval.ts';

export function addEvaluationCommands(program: Command, add: AddCommand): void {
  const evaluation = program.command('eval').description('measure retrieval and answers');
  add<EvaluationOptions>(
    evaluation,
    'run <dir>',
    'a corpus with judged questions, or the cases of the configured store',
    async (context, options, directory) =>
      (await import('./commands/eval.ts')).runEvaluation(context, options, directory as string),
    (command) =>
      command
        .addOption(
          new Option('--task <task>', 'where both are possible; cases are then only searched for').choices([
            'retrieval',
            'answers',
          ]),
        )
        .option('--out <file>', 'also write the result to a file')
        .addOption(new Option('--mode <mode>', 'which arms to use').choices(['hybrid', 'vector', 'keyword']))
        .option('--model <model>', 'language model to ask')
        .option('--format <format>', 'context format')
        .addOption(
          new Option(
            '--condense <how>',
            'whether follow-ups are read with what was said before; on when absent',
          ).choices(['on', 'off']),
        )
        .option('--limit <n>', 'the first N questions')
        .option('--sentences <n>', 'extractive: at most this many sentences')
        .option('--off-topic <dir>', 'questions of this set are asked too and count as unanswerable, apart')
        .option('--seed <n>', 'seed of everything random'),
  );
  add<CompareCommandOptions>(
    evaluation,
    'compare <a> <b>',
    'two results of `eval run --out` over the same questions: what changed, and whether that could be chance',
    async (context, options, a, b) =>
      (await import('./commands/eval-compare.ts')).compareEvaluations(context, options, a as string, b as string),
    (command) =>
      command
        .option('--metric <name>', 'the measure that decides; ndcg@10, or correct for answers, when absent')
        .option('--gate', 'end with status 1 when B is worse beyond chance and tolerance')
        .option('--tolerance <difference>', 'how far the whole interval must lie below 0 for --gate; .01 when absent')
        .option('--seed <n>', 'seed of the intervals; 1 when absent'),
  );
  add<ReportCommandOptions>(
    evaluation,
    'report <result...>',
    'results of `eval run --out` as one page with charts, which opens anywhere, also without a network',
    async (context, options, results) =>
      (await import('./commands/eval-report.ts')).reportEvaluations(context, options, results as string[]),
    (command) =>
      command
        .option('--out <file>', 'where the page goes', 'evaluation.html')
        .option('--seed <n>', 'seed of the intervals; 1 when absent'),
  );
  add<TuneCommandOptions>(
    evaluation,
    'tune <what> <dir>',
    'learn from judged questions; `fusion`: how much the vector arm counts where the configuration says `auto`; `abstention`: when the evidence is too thin to answer',
    async (context, options, what, directory) =>
      (await import('./commands/eval-tune.ts')).tuneEvaluation(context, options, what as string, directory as string),
    (command) =>
      command
        .option('--dry-run', 'show what was learned and store nothing')
        .option(
          '--wrong-refusals <share>',
          'abstention: of answerable questions at most this share is refused; .1 when absent',
        )
        .option('--limit <n>', 'the first N questions')
        .option('--seed <n>', 'seed of folds and intervals; 1 when absent'),
  );
}
