/**
 * `npm run eval:injection [-- --fit]`: how often orders to language models are recognised, and how often honest text is taken for such.
 * Weights and threshold are learned on one half of the texts, by their hash, and everything is measured on the other.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { fitLogistic, type LabelledEvidence } from '../src/answer/fit.ts';
import { sha256Hex } from '../src/core/ids.ts';
import { injectionFeatureNames, injectionFeatures, injectionSignal, windowsOf } from '../src/guard/injection.ts';
import { repositoryRoot, sharedData } from './support.ts';

interface Sample {
  readonly set: string;
  readonly text: string;
  readonly isOrder: boolean;
  readonly isLearnedFrom: boolean;
}

const read = (...path: string[]) => readFileSync(join(sharedData, ...path), 'utf8');
const lines = <T>(text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
const csv = (text: string) => parse(text, { columns: true }) as Record<string, string>[];
/** Where an attack stands in an honest text: before it, in the middle, behind it. */
const places: readonly ((text: string, attack: string) => string)[] = [
  (text, attack) => `${attack}\n${text}`,
  (text, attack) => {
    const middle = text.indexOf('\n', text.length >> 1);
    return middle === -1 ? `${text}\n${attack}` : `${text.slice(0, middle)}\n${attack}${text.slice(middle)}`;
  },
  (text, attack) => `${text}\n${attack}`,
];
const isEven = (text: string) => Number.parseInt(sha256Hex(text).slice(0, 2), 16) % 2 === 0;

function samples(): readonly Sample[] {
  const all: Sample[] = [];
  const add = (set: string, isOrder: boolean, texts: readonly string[], more: Partial<Sample> = {}) => {
    for (const text of texts) all.push({ set, text, isOrder, isLearnedFrom: isEven(text), ...more });
  };
  for (const { part, isOrder, text } of lines<{ part: string; isOrder: boolean; text: string }>(
    readFileSync(join(repositoryRoot, 'fixtures/guards/orders.jsonl'), 'utf8'),
  )) {
    add(isOrder ? 'own: orders' : 'own: honest text like orders', isOrder, [text], { isLearnedFrom: part === 'first' });
  }
  add(
    'giskard',
    true,
    csv(read('inject-giskard/prompt_injections.csv')).map(({ prompt = '' }) => prompt),
  );
  const greshake = globSync('inject-greshake/*', { cwd: sharedData }).filter((file) => !file.endsWith('SOURCE.txt'));
  add(
    'greshake',
    true,
    greshake.map((file) => read(file)),
  );
  const contexts = lines<{ context: string | readonly string[] }>(read('inject-bipia/contexts.jsonl')).map(
    ({ context }) => [context].flat().join('\n'),
  );
  const attacks = lines<{ kind: string; instruction: string }>(read('inject-bipia/attacks.jsonl'));
  for (const [index, { kind, instruction }] of attacks.entries()) {
    // The patterns were written with every fourth attack in view; the others were not looked at.
    const isLearnedFrom = index % 4 === 0;
    const hosts = contexts.filter((context) => isEven(context) === isLearnedFrom);
    const texts = places.map((place, at) => place(hosts[(index * 3 + at) % hosts.length] ?? '', instruction));
    add(`bipia: ${kind === 'code' ? 'code to be taken over' : 'requests within a text'}`, true, texts, {
      isLearnedFrom,
    });
  }
  add('bipia: mails, tables, code', false, contexts);
  add(
    'xstest: prompts',
    false,
    csv(read('overrefusal-xstest/xstest_prompts.csv')).map(({ prompt = '' }) => prompt),
  );
  for (const handbook of ['handbook-18f', 'handbook-gds-way', 'adr-govuk-aws']) {
    const files = globSync(`${handbook}/**/*.{md,erb}`, { cwd: sharedData });
    add(
      `${handbook}: documents`,
      false,
      files.map((file) => read(file)),
    );
  }
  const questions = lines<{ question: string }>(read('squad2/qa.jsonl')).map(({ question }) => question);
  add('squad2: questions', false, questions.slice(0, 2_000));
  return all;
}

/** Windows of one sample; of an order only those in which anything was found, because the rest of its text is honest. */
function evidenceOf({ text, isOrder }: Sample): readonly LabelledEvidence[] {
  const windows = [...windowsOf(text)].map(({ start, end }) => injectionFeatures(text.slice(start, end)));
  const found = isOrder ? windows.filter((features) => (features.pairs ?? 0) > 0) : windows;
  const chosen = isOrder && found.length === 0 ? windows.slice(0, 1) : found;
  return chosen.map((features) => ({ features, isAnswerable: isOrder }));
}

const all = samples();
const path = join(repositoryRoot, 'src/guard/coefficients/injection.json');
const rounded = (value: number) => Number(value.toPrecision(6));

if (process.argv.includes('--fit')) {
  const learned = all.filter((sample) => sample.isLearnedFrom);
  const { features, intercept } = fitLogistic(learned.flatMap(evidenceOf), {
    features: injectionFeatureNames,
    penalty: 5,
  });
  const probability = (text: string) =>
    Math.max(
      0,
      ...[...windowsOf(text)].map(({ start, end }) => {
        const found = injectionFeatures(text.slice(start, end));
        const sum = Object.entries(features).reduce(
          (total, [name, { weight, mean, scale }]) => total + (weight * ((found[name] ?? 0) - mean)) / scale,
          intercept,
        );
        return 1 / (1 + Math.exp(-sum));
      }),
    );
  // Documents alone: short questions are honest far more often and would hide them.
  const honest = learned
    .filter(({ isOrder, set }) => !isOrder && !set.startsWith('squad2') && !set.startsWith('xstest'))
    .map(({ text }) => probability(text))
    .sort((a, b) => b - a);
  process.stderr.write(`Highest of honest texts: ${honest.slice(0, 6).map(rounded).join(', ')}\n`);
  const threshold = (honest[Math.floor(honest.length * 0.01)] ?? 0) + 0.001;
  const written = Object.fromEntries(
    Object.entries(features).map(([name, { weight, mean, scale }]) => [
      name,
      { weight: rounded(weight), mean: rounded(mean), scale: rounded(scale) },
    ]),
  );
  writeFileSync(
    path,
    `${JSON.stringify({ dataset: 'giskard, greshake, own; bipia, xstest, handbooks, squad2 (honest)', features: written, intercept: rounded(intercept), threshold: rounded(threshold) }, null, 2)}\n`,
  );
  process.stderr.write(`Wrote ${path}; run again without --fit to measure.\n`);
} else {
  const measured = all.filter((sample) => !sample.isLearnedFrom);
  process.stdout.write('| set | texts | taken for orders | |\n| --- | --- | --- | --- |\n');
  for (const [set, texts] of Map.groupBy(measured, (sample) => sample.set)) {
    const suspected = texts.filter(({ text }) => injectionSignal(text)?.isSuspected === true);
    const meaning = texts[0]?.isOrder === true ? 'recall' : 'false positives';
    process.stdout.write(
      `| ${set} | ${texts.length} | ${suspected.length} | ${meaning} ${((100 * suspected.length) / texts.length).toFixed(1)} % |\n`,
    );
    if (process.argv.includes('--mistakes')) {
      for (const sample of texts) {
        const signal = injectionSignal(sample.text);
        if (signal === null || signal.isSuspected === sample.isOrder) continue;
        process.stderr.write(
          `${set}: ${signal.features.join(' ')} | ${JSON.stringify(sample.text.slice(signal.start, signal.end).slice(0, 200))}\n`,
        );
      }
    }
  }
  const honest = measured.filter(({ isOrder }) => !isOrder);
  const wrong = honest.filter(({ text }) => injectionSignal(text)?.isSuspected === true).length;
  process.stdout.write(
    `| all honest texts | ${honest.length} | ${wrong} | false positives ${((100 * wrong) / honest.length).toFixed(2)} % |\n`,
  );
}
