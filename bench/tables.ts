/**
 * Questions about one cell of a table, over made tables of 4 to 20 columns and over tables that only their captions tell apart:
 * where does the chunk with the row rank, and does the extractive answer hold the value? `npm run bench:tables`
 */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { sha256Hex } from '../src/core/ids.ts';
import type { CorpusIndex } from '../src/eval/tools.ts';
import type { RetrievalMode } from '../src/retrieval/retriever.ts';
import { RandomNumbers } from '../test/support/random-numbers.ts';
import { benchEmbedder, benchIndexer, cacheDir } from './evaluation.ts';
import { machine, print } from './support.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'bge-small-en-v1.5' },
    modes: { type: 'string', default: 'hybrid,vector,keyword' },
    questions: { type: 'string', default: '60' },
  },
});

const widths = [4, 8, 12, 16, 20];
const rowsPerTable = 40;
const tablesPerWidth = 3;
const depth = 50;

interface CellQuestion {
  readonly group: string;
  readonly question: string;
  readonly documentId: string;
  /** The row as it stands in the text; repeated from table to table in those that captions tell apart. */
  readonly row: string;
  readonly value: string;
}

const numbers = new RandomNumbers(20_261_201);
const random = () => numbers.next();
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const columnNames = (
  'Site manager,Annual rent,Floor area,Fire warden,Parking spaces,Lease ends,Badge colour,Cleaning contractor,Meeting rooms,Meter number,' +
  'Opening hours,Insurance class,Cost centre,Postal code,Network provider,First aider,Evacuation point,Canteen operator,Heating fuel,Last inspection,' +
  'Daily allowance,Hotel limit,Travel approver,Notice period,Shift pattern,Union contact,Payroll group,Overtime rate,Holiday region,Training budget,' +
  'Delivery carrier,Return address,Stock code,Reorder level,Shelf location,Supplier,Batch size,Lead time,Storage temperature,Packing material,' +
  'Backup schedule,Server room,Ticket queue,Printer model,Support level,Domain name,Licence count,Router type,Phone prefix,Camera count,' +
  'Alarm code holder,Key safe,Visitor limit,Waste collection,Water supplier,Roof type,Lift maker,Window type,Garden service,Snow clearing'
).split(',');
const prefixes =
  'Alder,Birch,Cedar,Dogwood,Elm,Fir,Gorse,Hazel,Ivy,Juniper,Kelp,Larch,Maple,Nettle,Oak,Pine,Quince,Rowan,Spruce,Thorn'.split(
    ',',
  );
const suffixes = 'bridge depot,field office,ford workshop,gate warehouse,haven clinic,hill depot'.split(',');
const entities = suffixes.flatMap((suffix) => prefixes.map((prefix) => `${prefix}${suffix}`));
const firstNames =
  'Ada,Bela,Cora,Dario,Edda,Falk,Gita,Hugo,Ines,Jonas,Kaja,Leif,Mona,Nils,Olga,Pia,Quirin,Rosa,Sven,Tilda'.split(',');
const lastNames =
  'Abel,Brandt,Corell,Dahl,Engel,Frisch,Graf,Holm,Iversen,Jansen,Krause,Lind,Moser,Nolte,Oster,Pohl,Reuter,Stahl,Thoma,Urban'.split(
    ',',
  );
const makers: readonly (() => string)[] = [
  () => `${pick(firstNames)} ${pick(lastNames)}`,
  () => `${100 + Math.floor(random() * 9_000)} EUR`,
  () => `${pick(['K', 'M', 'R', 'T'])}-${1_000 + Math.floor(random() * 9_000)}`,
  () =>
    `${1 + Math.floor(random() * 28)} ${pick(['January', 'March', 'May', 'July', 'October'])} ${2024 + Math.floor(random() * 8)}`,
  () =>
    `${pick(['north', 'east', 'south', 'west'])} ${pick(['yard', 'gate', 'wing', 'annex'])} ${1 + Math.floor(random() * 90)}`,
];

const introduction = 'The figures below are kept by the facilities team and change twice a year.';

const { documents, questions } = makeTables(Number(values.questions));
mkdirSync(cacheDir, { recursive: true });
const embedder = await benchEmbedder(values.model);
const corpus = { documents, hash: sha256Hex(JSON.stringify(documents)) };
print(`${machine()} · ${values.model} · ${documents.length} documents, ${questions.length} questions`);
try {
  const index = await benchIndexer(embedder)(corpus, { name: 'tables' });
  print(`indexed in ${index.ingestSeconds} s`);
  await measure(index);
  await index.close();
} finally {
  await embedder?.close();
}

async function measure(index: CorpusIndex): Promise<void> {
  print('| tables | mode | MRR | first | in 3 | in 8 | answered with the value |');
  print('|---|---|---|---|---|---|---|');
  for (const mode of values.modes.split(',') as RetrievalMode[]) {
    const all: Outcome[] = [];
    for (const [group, ofGroup] of Map.groupBy(questions, (question) => question.group)) {
      const outcomes: Outcome[] = [];
      for (const question of ofGroup) outcomes.push(await tryQuestion(index, question, mode));
      print(lineOf(group, mode, outcomes));
      all.push(...outcomes);
    }
    print(lineOf('all', mode, all));
  }
}

interface Outcome {
  /** From 1; infinite where it is not among the passages. */
  readonly rank: number;
  /** Null where answers are not measured. */
  readonly isAnswered: boolean | null;
}

async function tryQuestion(index: CorpusIndex, asked: CellQuestion, mode: RetrievalMode): Promise<Outcome> {
  const { passages } = await index.retrieve(asked.question, { mode, topK: depth, candidates: 100 });
  const place = passages.findIndex(
    ({ uri, chunk }) => index.corpusIdOf(uri) === asked.documentId && chunk.text.includes(asked.row),
  );
  const rank = place === -1 ? Number.POSITIVE_INFINITY : place + 1;
  if (mode !== 'hybrid') return { rank, isAnswered: null };
  const { answer } = await index.ask(asked.question, { isRefusalOff: true, sentences: 1 });
  return { rank, isAnswered: answer.text.includes(asked.value) };
}

function lineOf(group: string, mode: string, outcomes: readonly Outcome[]): string {
  const share = (holds: (outcome: Outcome) => boolean) => (outcomes.filter(holds).length / outcomes.length).toFixed(3);
  const mrr = outcomes.reduce((sum, { rank }) => sum + 1 / rank, 0) / outcomes.length;
  const within = (limit: number) => share(({ rank }) => rank <= limit);
  const answered = outcomes[0]?.isAnswered === null ? '' : share(({ isAnswered }) => isAnswered === true);
  return `| ${group} | ${mode} | ${mrr.toFixed(3)} | ${within(1)} | ${within(3)} | ${within(8)} | ${answered} |`;
}

/** Every width has columns of its own, and every entity a row in one table of each width. */
function makeTables(questionsPerGroup: number) {
  const made: { id: string; title: string; text: string }[] = [];
  const asked: CellQuestion[] = [];
  let firstColumn = 0;
  for (const width of widths) {
    const columns = columnNames.slice(firstColumn, firstColumn + width - 1);
    firstColumn += width - 1;
    const cells: CellQuestion[] = [];
    for (let table = 0; table < tablesPerWidth; table++) {
      const documentId = `w${width}-${table}`;
      const names = entities.slice(table * rowsPerTable, (table + 1) * rowsPerTable);
      const rows = names.map((name) => [name, ...columns.map(() => pick(makers)())]);
      const heading = `Register ${width}.${table + 1}`;
      made.push({
        id: documentId,
        title: heading,
        text: `${introduction}\n\n${pipeRows(['Site', ...columns], rows)}\n`,
      });
      for (const row of rows) cells.push(...questionsOf(`${width} columns`, documentId, columns, row, ''));
    }
    asked.push(...sample(cells, questionsPerGroup));
  }
  const columns = ['Breakfast rate', 'Taxi cap', 'Rail class', 'Mileage rate', 'Receipt threshold'];
  const captioned: CellQuestion[] = [];
  const tables = ['2023', '2024', '2025'].map((year, index) => {
    const rows = entities.slice(0, rowsPerTable).map((name) => [name, ...columns.map(() => pick(makers)())]);
    for (const row of rows) captioned.push(...questionsOf('told by caption', 'captions', columns, row, ` in ${year}`));
    return `Table ${index + 1}: Travel rates in ${year}\n\n${pipeRows(['Site', ...columns], rows)}`;
  });
  made.push({ id: 'captions', title: 'Travel rates', text: `${introduction}\n\n${tables.join('\n\n')}\n` });
  asked.push(...sample(captioned, questionsPerGroup));
  return { documents: made, questions: asked };
}

function questionsOf(
  group: string,
  documentId: string,
  columns: readonly string[],
  row: readonly string[],
  time: string,
): CellQuestion[] {
  const [entity = '', ...cells] = row;
  return columns.map((column, index) => ({
    group,
    question: pick([
      `What is the ${column.toLowerCase()} of ${entity}${time}?`,
      `Tell me the ${column.toLowerCase()} for the ${entity}${time}`,
      `${entity} ${column.toLowerCase()}${time}`,
    ]),
    documentId,
    row: pipeRow(row),
    value: cells[index] ?? '',
  }));
}

function pipeRows(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [pipeRow(header), `|${' --- |'.repeat(header.length)}`, ...rows.map(pipeRow)].join('\n');
}

function pipeRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function sample<T>(list: readonly T[], count: number): T[] {
  const rest = [...list];
  return Array.from({ length: Math.min(count, rest.length) }, () => {
    const [taken] = rest.splice(Math.floor(random() * rest.length), 1);
    return taken as T;
  });
}
