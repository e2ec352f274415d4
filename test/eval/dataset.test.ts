import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDataset, loadQuestions } from '../../src/eval/dataset.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const corpus = '{"_id": "d1", "title": "One", "text": "First."}\n{"_id": "d2", "text": "Second."}\n';
const queries = '{"_id": "q1", "text": "first?"}\n';
const qrels = 'query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n';
const questions =
  '{"_id": "a1", "question": "Who?", "answerable": true, "paragraph": "d1", "answers": ["Ann"]}\n' +
  '{"_id": "a2", "question": "Why?", "answerable": false, "gold_passage": null, "answers": [{"answer": "x", "sentences": ["x."]}]}\n';

describe('layouts', () => {
  it('reads the BEIR layout', async () => {
    const folder = await temporaryFolder({ 'corpus.jsonl': corpus, 'queries.jsonl': queries, 'qrels.tsv': qrels });
    const dataset = await loadDataset(folder);
    expect(dataset).toMatchObject({
      kind: 'retrieval',
      corpus: {
        documents: [
          { id: 'd1', title: 'One' },
          { id: 'd2', title: '', text: 'Second.' },
        ],
      },
      queries: [{ id: 'q1', text: 'first?' }],
    });
    if (dataset.kind !== 'retrieval') throw new Error('unreachable');
    expect([...(dataset.judgements.get('q1') ?? [])]).toEqual([
      ['d1', 2],
      ['d2', 0],
    ]);
  });

  it('reads judgements where BEIR puts them, those beside the corpus first', async () => {
    const judged = async (files: Record<string, string>) => {
      const folder = await temporaryFolder({ 'corpus.jsonl': corpus, 'queries.jsonl': queries, ...files });
      const dataset = await loadDataset(folder);
      return dataset.kind === 'retrieval' ? dataset.judgements.get('q1')?.get('d1') : null;
    };
    const graded = (grade: number) => `query-id\tcorpus-id\tscore\nq1\td1\t${grade}\n`;
    const dev = { 'qrels/dev.tsv': graded(1) };
    const test = { 'qrels/test.tsv': graded(2) };
    expect(await judged(dev)).toBe(1);
    expect(await judged({ ...dev, ...test })).toBe(2);
    expect(await judged({ ...dev, ...test, 'qrels.tsv': graded(3) })).toBe(3);
  });

  it('tells questions and judgements apart by a hash of their own, beside that of the corpus', async () => {
    const hashes = async (files: Record<string, string>) => {
      const dataset = await loadDataset(
        await temporaryFolder({ 'corpus.jsonl': corpus, 'queries.jsonl': queries, 'qrels.tsv': qrels, ...files }),
      );
      if (dataset.kind !== 'retrieval') throw new Error('unreachable');
      return [dataset.corpus.hash, dataset.questionsHash];
    };
    const [ofCorpus, ofQuestions] = await hashes({});
    expect(await hashes({})).toEqual([ofCorpus, ofQuestions]);
    const changed: readonly Record<string, string>[] = [
      { 'queries.jsonl': '{"_id": "q1", "text": "other?"}\n' },
      { 'qrels.tsv': 'q1\td1\t1\n' },
      { 'conversations.jsonl': '{"_id": "q1", "history": []}\n' },
    ];
    for (const files of changed) {
      const [sameCorpus, otherQuestions] = await hashes(files);
      expect(sameCorpus).toBe(ofCorpus);
      expect(otherQuestions).not.toBe(ofQuestions);
    }
  });

  it('reads judgements without a header line', async () => {
    const folder = await temporaryFolder({
      'corpus.jsonl': corpus,
      'queries.jsonl': queries,
      'qrels.tsv': 'q1\td1\t2\nq1\td2\t1\n',
    });
    const dataset = await loadDataset(folder);
    if (dataset.kind !== 'retrieval') throw new Error('unreachable');
    expect([...(dataset.judgements.get('q1') ?? [])]).toEqual([
      ['d1', 2],
      ['d2', 1],
    ]);
  });

  it('reads files with a byte order mark and line ends of Windows', async () => {
    const folder = await temporaryFolder(
      Object.fromEntries(
        Object.entries({ 'corpus.jsonl': corpus, 'queries.jsonl': queries, 'qrels.tsv': 'q1\td1\t2\n' }).map(
          ([name, content]) => [name, `\uFEFF${content.replaceAll('\n', '\r\n')}`],
        ),
      ),
    );
    const dataset = await loadDataset(folder);
    if (dataset.kind !== 'retrieval') throw new Error('unreachable');
    expect(dataset.corpus.documents.map(({ id }) => id)).toEqual(['d1', 'd2']);
    expect([...(dataset.judgements.get('q1') ?? [])]).toEqual([['d1', 2]]);
  });

  it('reads questions with answers of either shape, and lets the task choose', async () => {
    const folder = await temporaryFolder({
      'corpus.jsonl': corpus,
      'queries.jsonl': queries,
      'qrels.tsv': qrels,
      'qa.jsonl': questions,
    });
    expect((await loadDataset(folder)).kind).toBe('retrieval');
    expect(await loadDataset(folder, { task: 'answers' })).toMatchObject({
      kind: 'answers',
      questions: [
        { id: 'a1', isAnswerable: true, answers: ['Ann'], goldDocument: 'd1' },
        { id: 'a2', isAnswerable: false, answers: ['x'], goldDocument: null },
      ],
    });
    expect(await loadQuestions(folder)).toEqual([
      { id: 'a1', question: 'Who?' },
      { id: 'a2', question: 'Why?' },
    ]);
  });

  it('reads cases', async () => {
    const folder = await temporaryFolder({
      'cases.jsonl':
        '{"id": "c1", "question": "Q?", "as": "bob", "answerable": false, "mustNotCite": ["hr/a.md"], "tags": ["forbidden"]}\n',
    });
    expect(await loadDataset(folder)).toMatchObject({
      kind: 'cases',
      cases: [
        { id: 'c1', as: 'bob', isAnswerable: false, relevant: [], mustNotCite: ['hr/a.md'], tags: ['forbidden'] },
      ],
    });
  });
});

describe('what is malformed', () => {
  const files = { 'corpus.jsonl': corpus, 'queries.jsonl': queries, 'qrels.tsv': qrels };
  const cases: readonly [string, Record<string, string>, RegExp][] = [
    ['broken JSON', { ...files, 'corpus.jsonl': `${corpus}{"_id": \n` }, /corpus\.jsonl:3 is not valid JSON/],
    ['a missing field', { ...files, 'queries.jsonl': '\n{"_id": "q1"}\n' }, /queries\.jsonl:2 has an invalid `text`/],
    ['a repeated id', { ...files, 'corpus.jsonl': `${corpus}${corpus}` }, /corpus\.jsonl:3 repeats the id "d1"/],
    ['a grade that is no number', { ...files, 'qrels.tsv': `${qrels}q1\td2\thigh\n` }, /qrels\.tsv:4 /],
    ['a first line without a grade', { ...files, 'qrels.tsv': 'q1\td1\nq1\td2\t1\n' }, /qrels\.tsv:1 is not query-id/],
    ['an empty grade', { ...files, 'qrels.tsv': `${qrels}q1\td9\t \t1\n` }, /qrels\.tsv:4 is not query-id/],
    ['the four columns of TREC', { ...files, 'qrels.tsv': 'q1\t0\t184\t1\n' }, /qrels\.tsv:1 is not query-id/],
    ['a second grade', { ...files, 'qrels.tsv': `${qrels}q1\td1\t0\n` }, /qrels\.tsv:4 grades "d1" for "q1" 0, .* 2/],
    ['judgements of other queries', { ...files, 'qrels.tsv': 'q9\td1\t1\n' }, /qrels\.tsv names no relevant document/],
    ['judgements without a relevant document', { ...files, 'qrels.tsv': 'q1\td1\t0\n' }, /nothing to measure/],
    [
      'a question of spaces',
      { 'cases.jsonl': '{"id": "a", "question": " ", "as": "x", "answerable": true}' },
      /:1 .*`question`: it is empty/,
    ],
    [
      'an empty answer',
      { 'cases.jsonl': '{"id": "a", "question": "b", "as": "x", "answerable": true, "answers": [""]}' },
      /`answers.0`/,
    ],
    ['a line that is no object', { ...files, 'corpus.jsonl': '[1]\n' }, /corpus\.jsonl:1 is no JSON object/],
    ['an empty file', { ...files, 'corpus.jsonl': '\n' }, /corpus\.jsonl:1 holds nothing/],
    ['an unknown layout', { 'notes.txt': 'x' }, /has neither cases\.jsonl/],
  ];
  it.each(cases)('%s names its place', async (_name, given, message) => {
    const folder = await temporaryFolder(given);
    await expect(loadDataset(folder)).rejects.toMatchObject({ code: 'dataset-invalid' });
    await expect(loadDataset(folder)).rejects.toThrow(message);
  });

  it('text in another encoding, whose words would match nothing, is refused', async () => {
    const folder = await temporaryFolder(files);
    await writeFile(join(folder, 'queries.jsonl'), Buffer.from('{"_id": "q1", "text": "K\xfcndigung"}', 'latin1'));
    await expect(loadDataset(folder)).rejects.toThrow(/queries\.jsonl is not UTF-8 text\.$/);
  });

  it('of a task that the folder is not for, only what that task needs is named', async () => {
    const folder = await temporaryFolder({ 'corpus.jsonl': corpus, 'queries.jsonl': queries, 'qrels.tsv': qrels });
    const refused = loadDataset(folder, { task: 'answers' });
    await expect(refused).rejects.toThrow(/nor corpus\.jsonl with qa\.jsonl\.$/);
  });
});
