import { describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/eval/dataset.ts';
import { labReport } from '../../src/eval/lab-standings.ts';
import { Recorder } from '../../src/llm/recorder.ts';
import { runLab, sampleOf } from '../../src/eval/run-lab.ts';
import { labReportPage } from '../../src/cli/lab-report-page.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { openIngestedApp, openTestApp } from '../support/test-app.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const towns = ['Arden', 'Brook', 'Corwen', 'Denby', 'Elstow', 'Farley'];
const lines = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n');
const corpus = lines(
  towns.map((town, index) => ({
    _id: `d${index}`,
    title: town,
    text: `The office of ${town} was opened in ${1990 + index}. It has ${10 + index} rooms.`,
  })),
);
const questions = lines(
  towns.map((town, index) => ({
    _id: `q${index}`,
    question: `When was the office of ${town} opened?`,
    answerable: true,
    answers: [String(1990 + index)],
    paragraph: `d${index}`,
  })),
);

/** Reads markers only where they stand in brackets on a line of their own source, so that one format fails it. */
function readerOf(broken: string) {
  return new FakeLanguageModel({
    id: 'reader',
    reply: ({ window, question }) => {
      const town = /of (\w+) opened/.exec(question)?.[1] ?? '';
      const item = window.items.find(({ title }) => title === town);
      if (item === undefined || window.format === broken) return 'The office was opened in 1066. [1]';
      const year = /in (\d{4})/.exec(item.text)?.[1];
      return `The office of ${town} was opened in ${year}. [${item.marker}]`;
    },
  });
}

async function openLab(model: FakeLanguageModel, folder: string | null = null) {
  const { app } = await openTestApp({ models: [{ model, maxOutputTokens: 100 }] });
  const recorder = new Recorder({ folder, mayAsk: true });
  const dataset = await loadDataset(await temporaryFolder({ 'corpus.jsonl': corpus, 'qa.jsonl': questions }));
  return { dataset, recorder, tools: await app.evaluation({ recorder }) };
}

const settings = ['numbered', 'xml'].map((format) => ({ format, model: 'reader' }));
const reference = { format: 'numbered', model: 'reader' };

describe('the lab over a dataset', () => {
  it('ranks formats by what they answer, with an interval of the paired difference', async () => {
    const { dataset, recorder, tools } = await openLab(readerOf('xml'));
    const answers = await runLab(dataset, tools, { settings, recorder });
    expect(answers).toHaveLength(2 * towns.length);
    const report = labReport('towns', answers, { reference, seed: 1 });
    expect(report.standings.map(({ format, correct }) => [format, correct])).toEqual([
      ['numbered', 1],
      ['xml', 0],
    ]);
    const [best, worst] = report.standings;
    expect(best).toMatchObject({
      against: null,
      questions: 6,
      wrongRefusals: 0,
      before: { citationPrecision: 1 },
      after: { citationPrecision: 1, unsupported: 0 },
    });
    expect(worst).toMatchObject({
      wrongRefusals: 1,
      // What no source supports was written, and is not shown.
      before: { unsupported: 1 },
      after: { sentences: 0 },
      against: { difference: -1, verdict: 'worse', wins: 0, losses: 6, pairs: 6 },
    });
    const page = labReportPage(report);
    expect(page).toContain('The office was opened in 1066. [1]');
    expect(page).toContain('worse');
  });

  it('goes on where a run was ended', async () => {
    const folder = await temporaryFolder();
    const first = readerOf('none');
    const begun = await openLab(first, folder);
    const stop = new AbortController();
    const run = runLab(begun.dataset, begun.tools, {
      settings,
      recorder: begun.recorder,
      signal: stop.signal,
      onProgress: (done) => done === 3 && stop.abort(),
    });
    await expect(run).rejects.toThrow();
    expect(first.calls).toHaveLength(6);

    const second = readerOf('none');
    const resumed = await openLab(second, folder);
    expect(await runLab(begun.dataset, resumed.tools, { settings, recorder: resumed.recorder })).toHaveLength(12);
    expect(second.calls).toHaveLength(6);
  });

  it('leaves out, under all settings, questions that were never put to the model', async () => {
    const folder = await temporaryFolder();
    const begun = await openLab(readerOf('none'), folder);
    await runLab(begun.dataset, begun.tools, { settings, recorder: begun.recorder, limit: 2 });
    await runLab(begun.dataset, begun.tools, { settings: [reference], recorder: begun.recorder, limit: 4 });

    const model = readerOf('none');
    const { app } = await openTestApp({ models: [{ model, maxOutputTokens: 100 }] });
    const recorder = new Recorder({ folder, mayAsk: false });
    const tools = await app.evaluation({ recorder });
    const options = { recorder, isMissingLeftOut: true };
    expect(await runLab(begun.dataset, tools, { settings, ...options })).toHaveLength(4);
    expect(await runLab(begun.dataset, tools, { settings: [reference], ...options })).toHaveLength(4);
    expect(model.calls).toHaveLength(0);
  });

  it('asks a follow-up with what was said before, and does not take its reading for an answer', async () => {
    const reply = 'Parental leave is 26 weeks at full pay [1].';
    const model = new FakeLanguageModel({
      id: 'reader',
      reply: ({ window }) => (window.items.length === 0 ? 'How many weeks is parental leave at full pay?' : reply),
    });
    const { app } = await openIngestedApp({
      documents: { 'leave.md': '# Leave\n\nParental leave is 26 weeks at full pay for all employees.' },
      models: [{ model, maxOutputTokens: 100 }],
    });
    const history = [
      { role: 'user', text: 'Tell me about parental leave at full pay.' },
      { role: 'assistant', text: 'Parental leave is for all employees.' },
    ];
    const one = {
      id: 'next',
      as: 'bob',
      question: 'How many weeks is it?',
      answerable: true,
      answers: ['26 weeks'],
      history,
    };
    const dataset = await loadDataset(await temporaryFolder({ 'cases.jsonl': lines([one]) }));
    const recorder = new Recorder({ folder: null, mayAsk: true });
    const [answer] = await runLab(dataset, await app.evaluation({ recorder }), { settings: [reference], recorder });
    expect(answer).toMatchObject({ isCorrect: true, generated: { text: reply } });
  });

  it('asks cases as their people, and counts only an answer that cites the right document', async () => {
    const model = new FakeLanguageModel({ id: 'reader', reply: 'Parental leave is 26 weeks at full pay [1].' });
    const { app } = await openIngestedApp({
      documents: {
        'leave.md': '# Leave\n\nParental leave is 26 weeks at full pay for all employees.',
        'hr/pay.md': '# Pay\n\nParental leave is 26 weeks at full pay, zebra.',
      },
      models: [{ model, maxOutputTokens: 100 }],
    });
    const one = (id: string, as: string, uri: string) => ({
      id,
      as,
      question: 'How many weeks of parental leave at full pay?',
      answerable: true,
      answers: ['26 weeks'],
      relevant: [{ uri, grade: 1 }],
    });
    const cases = lines([one('right', 'bob', 'docs/leave.md'), one('elsewhere', 'bob', 'docs/hr/pay.md')]);
    const dataset = await loadDataset(await temporaryFolder({ 'cases.jsonl': cases }));
    const recorder = new Recorder({ folder: null, mayAsk: true });
    const answers = await runLab(dataset, await app.evaluation({ recorder }), { settings: [reference], recorder });
    expect(answers.map(({ id, isCorrect, containsAnswer }) => [id, isCorrect, containsAnswer])).toEqual([
      ['right', true, true],
      ['elsewhere', false, true],
    ]);
    expect(JSON.stringify(model.calls)).not.toContain('zebra');
  });
});

it('draws the same questions every time, of a larger sample the first ones', () => {
  const ids = Array.from({ length: 50 }, (_, index) => ({ id: `q${index}` }));
  const ten = sampleOf(ids, 10);
  expect(sampleOf([...ids].reverse(), 20).slice(0, 10)).toEqual(ten);
  expect(ten).not.toEqual(ids.slice(0, 10));
});
