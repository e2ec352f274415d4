import { describe, expect, it } from 'vitest';
import { planSource } from '../../ingest/plan.ts';
import type { ObservedFile, Scan } from '../../ingest/scan.ts';
import type { KnownFile } from '../../ingest/stale-files.ts';

const file = (uri: string, contentHash: string): ObservedFile => ({
  uri,
  contentHash,
  relativePath: uri.slice(2),
  absolutePath: `/${uri}`,
  sizeBytes: 1,
  modifiedAt: 0,
});
const record = (uri: string, contentHash: string, changes: Partial<KnownFile> = {}): KnownFile => ({
  uri,
  contentHash,
  documentId: `doc-${uri}`,
  sizeBytes: 1,
  modifiedAt: 0,
  state: 'current',
  code: null,
  message: null,
  parser: null,
  isStale: false,
  ...changes,
});
const scan = (files: readonly ObservedFile[], changes: Partial<Scan> = {}): Scan => ({
  files,
  problems: [],
  folderLabels: [],
  unobserved: [],
  ...changes,
});

describe('planSource', () => {
  it('tells new, changed, unchanged, moved and vanished files apart', () => {
    const plan = planSource(
      scan([file('s/new', '1'), file('s/changed', '2b'), file('s/same', '3'), file('s/there', '4')]),
      [record('s/changed', '2a'), record('s/same', '3'), record('s/here', '4'), record('s/gone', '5')],
    );
    expect(plan.toIngest.map(({ uri }) => uri)).toEqual(['s/new', 's/changed']);
    expect(plan.unchanged.map(({ file: { uri } }) => uri)).toEqual(['s/same']);
    expect(plan.moved.map(({ file: { uri }, record: from }) => [from.uri, uri])).toEqual([['s/here', 's/there']]);
    expect(plan.vanished.map(({ uri }) => uri)).toEqual(['s/gone']);
  });

  it('moves a document only once when a file is copied and removed', () => {
    const plan = planSource(scan([file('s/a', '1'), file('s/b', '1')]), [record('s/old', '1')]);
    expect(plan.moved.map(({ file: { uri } }) => uri)).toEqual(['s/a']);
    expect(plan.toIngest.map(({ uri }) => uri)).toEqual(['s/b']);
  });

  it('tries a file again that was refused, and leaves an excluded one alone', () => {
    const plan = planSource(scan([file('s/bad', '1'), file('s/out', '2')]), [
      record('s/bad', '1', { state: 'quarantined', documentId: null }),
      record('s/out', '2', { state: 'excluded', documentId: null }),
    ]);
    expect(plan.toIngest.map(({ uri }) => uri)).toEqual(['s/bad']);
    expect(plan.unchanged.map(({ file: { uri } }) => uri)).toEqual(['s/out']);
  });

  it('leaves out what an operator removed, wherever it turns up, unless it is a copy', () => {
    const out = record('s/out', '2', { state: 'excluded', documentId: null });
    const renamed = planSource(scan([file('s/new', '2'), file('s/other', '3')]), [out, record('s/old', '2')]);
    expect(renamed.excludedAgain).toEqual([{ file: file('s/new', '2'), record: out }]);
    expect(renamed.toIngest.map(({ uri }) => uri)).toEqual(['s/other']);
    expect(renamed.vanished.map(({ uri }) => uri)).toEqual(['s/old']);
    const copied = planSource(scan([file('s/out', '2'), file('s/new', '2')]), [out]);
    expect(copied.toIngest.map(({ uri }) => uri)).toEqual(['s/new']);
    expect(planSource(scan([]), [out]).vanished).toEqual([]);
  });

  it('never takes for vanished what could not be looked at, and leaves attachments to their mail', () => {
    const plan = planSource(
      scan([file('s/mail.eml', '1')], {
        unobserved: ['s/locked', 's/busy.md'],
        problems: [{ uri: 's/pipe', code: 'not-a-regular-file', message: '' }],
      }),
      [
        record('s/locked/a', '2'),
        record('s/busy.md', '3'),
        record('s/pipe', '4'),
        record('s/lockedout', '5'),
        record('s/mail.eml', '1'),
        record('s/mail.eml/cv.pdf', '6'),
      ],
    );
    expect(plan.vanished.map(({ uri }) => uri)).toEqual(['s/lockedout']);
    expect(plan.unseen.map(({ uri }) => uri)).toEqual(['s/locked/a', 's/busy.md']);
  });
});
