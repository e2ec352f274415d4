/** The measured parts of docs/answers.md and docs/formats.md as Markdown. */
import type { AnswerMetrics } from '../src/eval/answer-metrics.ts';
import { estimateMean } from '../src/eval/bootstrap.ts';
import type { LabReport } from '../src/eval/lab-standings.ts';
import { percentile } from '../src/eval/metrics.ts';
import type { LabAnswer } from '../src/eval/run-lab.ts';

export interface ExtractiveOutcome {
  /** squad2, at most two sentences and one. */
  readonly two: AnswerMetrics;
  readonly one: AnswerMetrics;
  readonly clapnq: AnswerMetrics;
  readonly limit: string | null;
  readonly machine: string;
  readonly date: string;
}

export interface Made {
  readonly served: string;
  readonly machine: string;
  readonly date: string;
  readonly seed: number;
}

export function renderExtractive({ two, one, clapnq, limit, machine, date }: ExtractiveOutcome): string {
  const rows: readonly (readonly [string, string, number | null])[] = [
    ['squad2: the right paragraph first', '>= .85', two.paragraphFirst],
    ['squad2: one sentence contains the answer', '>= .80', one.containsAnswer],
    ['squad2: at most two sentences contain it', '>= .88', two.containsAnswer],
    ['squad2: answerable questions wrongly refused', '<= .05', two.wrongRefusals],
    ["squad2: clapnq's questions, off-topic here, refused", '>= .95', two.offTopicRefusals],
    ['squad2: off-topic, AUROC', '', two.offTopicAuroc],
    ['squad2: adversarial unanswerable questions, AUROC', '>= .72', two.refusalAuroc],
    ['squad2: citation precision', '1.000', two.citationPrecision],
    ['clapnq: the right paragraph first', '>= .97', clapnq.paragraphFirst],
    ['clapnq: citation precision', '1.000', clapnq.citationPrecision],
  ];
  return [
    '### Without a language model',
    '',
    `Measured on ${date} (${machine})${limit === null ? '' : `, the first ${limit} questions of each set only`}; bge-small-en-v1.5 q8. The refusal model that ships was learned on these sets; what it does on questions that it never saw stands in [benchmarks.md](benchmarks.md).`,
    '',
    '| what | target | measured |',
    '|---|---|---|',
    ...rows.map(([what, target, value]) => `| ${what} | ${target} | ${shown(value)} |`),
  ].join('\n');
}

export function renderLocal(
  /** The same questions in each, as far as they were measured. */
  { once: answers, repaired, quoted }: Readonly<Record<'once' | 'repaired' | 'quoted', readonly LabAnswer[]>>,
  { served, machine, date, seed, leftOut }: Made & { readonly leftOut: number },
): string {
  if (answers.length === 0) return '### With a local language model\n\nNothing has been measured yet.';
  const { answerable, adversarial, offTopic, asked } = kindsOf(answers);
  const columns = [
    columnOf(answers, 'before', seed),
    columnOf(answers, 'after', seed),
    columnOf(repaired, 'after', seed),
    columnOf(quoted, 'after', seed),
  ] as const;
  const rows = [
    'markers whose passage holds four fifths of the words of their sentence (citation precision)',
    'sentences with a marker',
    'sentences that a passage of theirs supports, by the same yardstick',
    'answerable, model asked: an accepted answer in the text',
    'answerable: refused (wrongly)',
    'adversarial unanswerable: refused; as the model writes: of those put to it',
    'off-topic: refused',
  ].map((what, row) => `| ${what} | ${columns.map((cells) => cells[row] ?? '–').join(' | ')} |`);
  const supports = (kind: keyof LabAnswer['supports']) => answers.reduce((sum, one) => sum + one.supports[kind], 0);
  const unsupported = supports('none');
  const sentences = supports('verbatim') + supports('entailed') + supports('partial') + unsupported;
  const seconds = (of: (facts: NonNullable<LabAnswer['generated']>) => number | null) => {
    const known = asked.flatMap(({ generated }) => (generated === null ? [] : (of(generated) ?? [])));
    return known.length === 0
      ? '–'
      : `${(percentile(known, 0.5) / 1000).toFixed(1)} s, ${(percentile(known, 0.95) / 1000).toFixed(1)} s (${known.length})`;
  };
  const outputTokens = new Map(answers.map(({ id, generated }) => [id, generated?.outputTokens ?? 0]));
  const secondAttempts = repaired.filter(
    ({ id, generated }) => (generated?.outputTokens ?? 0) > (outputTokens.get(id) ?? Number.POSITIVE_INFINITY),
  ).length;
  const unasked = offTopic.filter(({ generated }) => generated === null).length;
  return [
    '### With a local language model',
    '',
    `Measured on ${date} (${machine}): ${served} at temperature 0, format \`numbered\`, a context of at most 800 tokens, prompt \`answer\`. ${answers.length} questions: ${answerable.length} answerable and ${adversarial.length} adversarial ones of squad2, ${offTopic.length} off-topic ones of clapnq, ${unasked} of which without asking the model. Intervals hold 95 % of 10,000 bootstrap samples over documents, seed ${seed}. The machine had other work, so the times are upper bounds.${leftOut === 0 ? '' : ` ${leftOut} more questions were to be put to the model and are left out, which flatters refusals.`}`,
    '',
    `With a second attempt is what ships (\`answer.repair: lost\`): a model of whose answer nothing can be shown is asked once more with the prompt \`repair\` (${repaired.length} questions, ${secondAttempts} second attempts). The last column is the route of this model and \`extractive\` under \`routing: escalate\`: an answer that is not supported whole is followed by quoting (${quoted.length} questions).`,
    '',
    '| what | as the model writes | as it is shown | with a second attempt | escalated to quoting |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    `Of ${sentences} sentences shown after the first attempt the product's own checks call ${supports('verbatim')} verbatim, ${supports('entailed')} entailed, ${supports('partial')} partial and **${unsupported} unsupported**.`,
    '',
    `Time of the model for the first attempt, median and 95th percentile (answers): first word ${seconds(({ firstPieceMs }) => firstPieceMs)}; first checked sentence when streaming ${seconds(({ firstCheckedMs }) => firstCheckedMs)}; whole answer ${seconds(({ ms }) => ms)}.`,
  ].join('\n');
}

function kindsOf(answers: readonly LabAnswer[]) {
  return {
    answerable: answers.filter(({ isAnswerable }) => isAnswerable),
    adversarial: answers.filter(({ isAnswerable, isOffTopic }) => !isAnswerable && !isOffTopic),
    offTopic: answers.filter(({ isOffTopic }) => isOffTopic),
    asked: answers.filter(isAsked),
  };
}

/** One side of the table, from the first row to the last. */
function columnOf(answers: readonly LabAnswer[], side: 'before' | 'after', seed: number): readonly string[] {
  const { answerable, adversarial, offTopic, asked } = kindsOf(answers);
  const share = (of: readonly LabAnswer[], holds: (answer: LabAnswer) => boolean) => shareOf(of, holds, seed);
  const isRefused = ({ status }: LabAnswer) => status !== 'answered';
  const contains = (one: LabAnswer) => (side === 'before' ? one.containedBefore : one.containsAnswer) === true;
  return [
    ratioOf(asked, side, 'supportedMarkers', 'markers', seed),
    ratioOf(asked, side, 'markedSentences', 'sentences', seed),
    ratioOf(asked, side, 'supportedSentences', 'sentences', seed),
    share(answerable.filter(isAsked), contains),
    ...(side === 'before'
      ? ['', share(adversarial.filter(isAsked), saidUnknown), '']
      : [share(answerable, isRefused), share(adversarial, isRefused), share(offTopic, isRefused)]),
  ];
}

function isAsked({ generated }: LabAnswer): boolean {
  return generated !== null;
}

export function renderFormats(report: LabReport | null, { served, date }: Made): string {
  if (report === null)
    return '### Formats side by side\n\nNot measured yet: no question has been put to the model in every format.';
  const { standings, questions, seed } = report;
  const rows = standings.map(
    ({ format, correct, against, wrongRefusals, before, after, inputTokens, seconds, firstCheckedSeconds }) =>
      `| \`${format}\` | ${correct.toFixed(3)} | ${
        against === null
          ? 'reference'
          : `${signed(against.difference)}${against.interval === null ? '' : ` (${signed(against.interval[0])} to ${signed(against.interval[1])})`}, ${against.verdict}`
      } | ${shown(wrongRefusals)} | ${shown(before.citationPrecision)} | ${shown(after.citationPrecision)} | ${inputTokens?.toFixed(0) ?? '–'} | ${seconds?.toFixed(1) ?? '–'} | ${firstCheckedSeconds?.toFixed(1) ?? '–'} |`,
  );
  const undecided = standings.every(({ against }) => against === null || against.verdict !== 'better');
  return [
    '### Formats side by side',
    '',
    `Measured on ${date}: ${served}, ${questions} questions of squad2 (two of three answerable) in each format, paired, a context of at most 800 tokens; seed ${seed}.`,
    '',
    '| format | correct | against the default | wrong refusals | citations right, as written | as shown | prompt tokens | seconds | first checked sentence |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
    undecided
      ? 'No format is better than the default beyond chance on so few questions, so the default stays; take the ranking as a hint, and the lab for your own model and documents.'
      : 'A format marked `better` is better than the default beyond chance on these questions; try it with your own model and documents.',
  ].join('\n');
}

function saidUnknown({ generated }: LabAnswer): boolean {
  return generated !== null && generated.before.sentences === 0;
}

function shareOf(of: readonly LabAnswer[], holds: (answer: LabAnswer) => boolean, seed: number): string {
  if (of.length === 0) return '–';
  const values = of.map((answer) => ({ group: groupOf(answer), value: holds(answer) ? 1 : 0 }));
  const { mean, interval } = estimateMean(values, { seed });
  return `${shown(mean)}${interval === null ? '' : ` (${shown(interval[0])} to ${shown(interval[1])})`}, n ${of.length}`;
}

/** Each marker or sentence is a value of its own, so that the mean is the ratio of the sums. */
function ratioOf(
  answers: readonly LabAnswer[],
  side: 'before' | 'after',
  part: 'supportedMarkers' | 'supportedSentences' | 'markedSentences',
  whole: 'markers' | 'sentences',
  seed: number,
): string {
  const values = answers.flatMap((answer) => {
    const grounding = answer.generated?.[side];
    const [held, all] = [grounding?.[part] ?? 0, grounding?.[whole] ?? 0];
    return Array.from({ length: all }, (_, index) => ({ group: groupOf(answer), value: index < held ? 1 : 0 }));
  });
  if (values.length === 0) return '–';
  const { mean, interval } = estimateMean(values, { seed });
  return `${shown(mean)}${interval === null ? '' : ` (${shown(interval[0])} to ${shown(interval[1])})`}, n ${values.length}`;
}

function groupOf({ document, id }: LabAnswer): string {
  return document ?? `question ${id}`;
}

function shown(value: number | null): string {
  return value === null ? '–' : value.toFixed(3).replace(/^(-?)0\./, '$1.');
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${shown(Math.abs(value))}`;
}
