import { describe, expect, it } from 'vitest';
import { IngestTally } from '../../ingest/tally.ts';
import { renderReport, showWarnings } from '../../src/cli/ingest-report.ts';
import { Output } from '../../src/cli/output.ts';
import { RecordingStream } from '../support/command-line.ts';

function recorded(isJson = false) {
  const stdout = new RecordingStream();
  const stderr = new RecordingStream();
  return { output: new Output({ stdout, stderr }, isJson), stderr };
}

function tallied(): IngestTally {
  const tally = new IngestTally(undefined);
  for (const name of ['a', 'b']) {
    tally.count(`docs/${name}.md`, 'added', { chunks: 2, tokens: 100 });
    tally.addDocument('text/markdown', 2);
  }
  tally.addDocument('application/pdf', 7);
  for (let index = 0; index < 8; index++) {
    tally.quarantine({
      uri: `docs/${index}.bin`,
      code: 'type-unsupported',
      message: `Opened ${index}.bin: no loader.`,
    });
  }
  tally.quarantine({ uri: 'docs/c.pdf', code: 'document-encrypted', message: 'Opened c.pdf: a password.' });
  for (let index = 0; index < 500; index++) {
    tally.warn({ uri: `docs/${index}.html`, code: 'active-content-dropped', message: '2 scripts.', count: 2 });
  }
  tally.warn({ code: 'many-files-vanished', message: '12 of 20 files are gone.' });
  return tally;
}

describe('the report of an ingest', () => {
  it('counts by format and by problem', () => {
    const report = tallied().report(200, 1);
    expect(report).toMatchObject({ added: 2, chunks: 11, tokens: 200 });
    expect(report.byFormat).toEqual([
      { mediaType: 'text/markdown', documents: 2, chunks: 4 },
      { mediaType: 'application/pdf', documents: 1, chunks: 7 },
    ]);
    expect(report.byProblem).toMatchObject([
      { code: 'type-unsupported', kind: 'quarantined', count: 8, documents: 8 },
      { code: 'document-encrypted', kind: 'quarantined', count: 1, documents: 1 },
      { code: 'active-content-dropped', kind: 'warning', count: 1_000, documents: 500 },
      { code: 'many-files-vanished', kind: 'warning', count: 1, documents: 0, uris: [] },
    ]);
    expect(report.byProblem[0]?.uris).toEqual([0, 1, 2, 3, 4].map((index) => `docs/${index}.bin`));
    for (const { remedy } of report.byProblem) expect(remedy).toMatch(/\.$/);
    for (const { remedy } of report.quarantined) expect(remedy).toMatch(/\.$/);
  });

  it('shows problems together, each with files, code and remedy', () => {
    const text = renderReport(tallied().report(200, 1), recorded().output);
    expect(text.split('\n')).toEqual([
      '2 added, 9 quarantined',
      '11 chunks, 200 tokens in 1.0 s (200 tokens/s)',
      '',
      'By format:',
      '  text/markdown    2 documents  4 chunks',
      '  application/pdf  1 document   7 chunks',
      '',
      expect.stringContaining('Not ingested'),
      '  type-unsupported, 8 files',
      expect.stringMatching(/^ {4}\S/),
      '      docs/0.bin  Opened 0.bin: no loader.',
      '      docs/1.bin  Opened 1.bin: no loader.',
      '      docs/2.bin  Opened 2.bin: no loader.',
      '      docs/3.bin  Opened 3.bin: no loader.',
      '      docs/4.bin  Opened 4.bin: no loader.',
      '      and 3 further files; --json lists all',
      '  document-encrypted, 1 file',
      expect.stringMatching(/^ {4}\S/),
      '      docs/c.pdf  Opened c.pdf: a password.',
    ]);
  });

  it('says what many documents have in common once', () => {
    const { output, stderr } = recorded();
    showWarnings(tallied().report(0, 1), output);
    const lines = stderr.text.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[2]).toContain('The same of 498 further documents (active-content-dropped).');
    expect(lines[3]).toContain('12 of 20 files are gone.');
  });

  it('leaves warnings to the events where programs read', () => {
    const { output, stderr } = recorded(true);
    showWarnings(tallied().report(0, 1), output);
    expect(stderr.text).toBe('');
  });

  it('keeps no more warnings and plans than fit', () => {
    const tally = new IngestTally(undefined);
    for (let index = 0; index < 12_000; index++) {
      tally.warn({ code: 'encoding-guessed', message: 'm', uri: `docs/${index}` });
      tally.count(`docs/${index}`, 'removed');
    }
    const report = tally.report(0, 1);
    expect(report.warnings).toHaveLength(10_000);
    expect(report.byProblem[0]).toMatchObject({ count: 12_000, documents: 12_000 });
    expect(report.removed).toBe(12_000);
    expect(tally.plan().removed).toHaveLength(1_000);
  });
});
