/** What every catalogue must do. Run against SQLite and the fake. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AccessLabel, canonicalLabel, labelId } from '../../src/access/label.ts';
import type { Role } from '../../src/access/principal.ts';
import { type AccessScope, scopeOf, systemScope } from '../../src/access/scope.ts';
import type {
  Catalog,
  DocumentRecord,
  FileRecord,
  RevisionDraft,
  RevisionIntent,
  RevisionRequest,
} from '../../src/catalog/catalog.ts';
import type { FactFilter } from '../../src/core/fact-filter.ts';
import { scopeHolding } from '../support/chunks.ts';
import { ManualClock } from '../support/manual-clock.ts';

const staff = canonicalLabel({ anyOf: ['staff'] });
const hr = canonicalLabel({ anyOf: ['hr'], classification: 'confidential' });
const nobody = canonicalLabel({});
const system = systemScope('test');
const bob = scopeHolding(['staff'], [staff, hr, nobody]);
const alice = scopeHolding(['staff', 'hr'], [staff, hr, nobody]);
const stranger = scopeHolding(['other'], [staff, hr, nobody]);

/** One answered question, late on a day. */
const answeredUsage = {
  traceId: 't1',
  principalId: 'alice',
  at: Date.UTC(2026, 1, 3, 23, 59),
  status: 'answered',
  reason: null,
  modelId: 'strong',
  zone: 'local',
  inputTokens: 30,
  outputTokens: 3,
  costUsd: 0.5,
  totalMs: 1,
} as const;

export function draftOf(uri: string, fields: Partial<RevisionDraft> = {}): RevisionDraft {
  return {
    uri,
    source: uri.split('/')[0] ?? '',
    title: 'Leave',
    mediaType: 'text/markdown',
    contentHash: 'aa',
    sizeBytes: 10,
    modifiedAt: 1_700_000_000_123.456,
    label: staff,
    ownLabel: null,
    text: `Text of ${uri}.`,
    blocks: [],
    pageCount: null,
    properties: {},
    warnings: [],
    chunkCount: 1,
    tokenCount: 10,
    isEmbedded: true,
    ...fields,
  };
}

/** One at a time, for tests; the worker does many together. */
export async function begin(catalog: Catalog, request: RevisionRequest): Promise<RevisionIntent> {
  const [intent] = await catalog.beginRevisions([request]);
  if (intent === undefined) throw new Error('No revision was begun.');
  return intent;
}

export async function flip(catalog: Catalog, intent: RevisionIntent, draft: RevisionDraft): Promise<DocumentRecord> {
  const [record] = await catalog.flipRevisions([{ intent, draft }]);
  if (record === undefined) throw new Error('No revision was flipped.');
  return record;
}

export async function writeRevision(
  catalog: Catalog,
  uri: string,
  fields: Partial<RevisionDraft> = {},
): Promise<DocumentRecord> {
  const intent = await begin(catalog, { uri });
  const record = await flip(catalog, intent, draftOf(uri, fields));
  await catalog.endRevisions([intent]);
  return record;
}

export function catalogContract(name: string, open: (clock: ManualClock) => Promise<Catalog>): void {
  describe(`catalogue contract: ${name}`, () => {
    let clock: ManualClock;
    let catalog: Catalog;

    beforeEach(async () => {
      clock = new ManualClock(1_000);
      catalog = await open(clock);
    });

    afterEach(() => catalog.close());

    const urisFor = async (scope: AccessScope) => (await catalog.documents(scope)).map((record) => record.uri);

    describe('documents', () => {
      it('gives a document and its text back as they were written', async () => {
        const draft = draftOf('handbook/hr/Ärger 😀.md', {
          label: hr,
          ownLabel: { allOf: ['hr'], classification: 'confidential' },
          text: 'a\0b\u2028😀\n',
          blocks: [{ kind: 'table', start: 0, end: 3, level: null, title: null, page: 2, headerEnd: 1 }],
          pageCount: 3,
          properties: { author: "O'Neil", language: 'de' },
          warnings: [{ code: 'x', message: 'y' }],
          isEmbedded: false,
        });
        const intent = await begin(catalog, { uri: draft.uri });
        const record = await flip(catalog, intent, draft);
        const { text, blocks, sizeBytes: _, ...facts } = draft;
        expect(record).toEqual({
          ...facts,
          documentId: intent.documentId,
          revision: 1,
          labelId: labelId(hr),
          isLabelOverridden: false,
          createdAt: 1_000,
          updatedAt: 1_000,
        });
        expect(await catalog.document(alice, record.documentId)).toEqual(record);
        expect(await catalog.documentByUri(alice, draft.uri)).toEqual(record);
        expect(await catalog.documents(alice)).toEqual([record]);
        expect(await catalog.text(alice, record.documentId)).toEqual({
          documentId: record.documentId,
          revision: 1,
          text,
          blocks,
        });
      });

      it('refuses text that it could not give back', async () => {
        const intent = await begin(catalog, { uri: 'handbook/a.md' });
        await expect(flip(catalog, intent, draftOf('handbook/a.md', { text: 'a\ud800b' }))).rejects.toMatchObject({
          code: 'internal',
        });
        expect(await catalog.countDocuments(system)).toBe(0);
      });

      it('filters, orders by uri and pages', async () => {
        for (const uri of ['b/2.md', 'a/x_1.md', 'a/x%1.md', 'a/xy1.md', 'b/1.md']) {
          await writeRevision(catalog, uri, { isEmbedded: uri.startsWith('b') });
        }
        const uris = async (filter: Parameters<Catalog['documents']>[1]) =>
          (await catalog.documents(system, filter)).map((record) => record.uri);
        expect(await uris({})).toEqual(['a/x%1.md', 'a/x_1.md', 'a/xy1.md', 'b/1.md', 'b/2.md']);
        expect(await uris({ source: 'b' })).toEqual(['b/1.md', 'b/2.md']);
        expect(await uris({ uriPrefix: 'a/x_' })).toEqual(['a/x_1.md']);
        expect(await uris({ uriPrefix: 'a/x%' })).toEqual(['a/x%1.md']);
        expect(await uris({ isEmbedded: false, limit: 2 })).toEqual(['a/x%1.md', 'a/x_1.md']);
        expect(await uris({ afterUri: 'a/xy1.md', limit: 1 })).toEqual(['b/1.md']);
        expect(await catalog.countDocuments(system, { isEmbedded: true })).toBe(2);
        expect(await catalog.countDocuments(system, { uriPrefix: 'a/', limit: 1 })).toBe(3);
      });

      it('narrows by facts, and counts by kind, only what the scope permits', async () => {
        const day = Date.UTC(2026, 1, 3);
        const unknown = { properties: {}, modifiedAt: null };
        const german = { language: 'de_AT', date: '2026-02-03' };
        const html = { mediaType: 'text/html', modifiedAt: day - 1 };
        const pdf = { mediaType: 'application/pdf', modifiedAt: day, properties: { language: 'de', date: '2026' } };
        await writeRevision(catalog, 'a/de.md', { properties: german, modifiedAt: day + 86_400_000 });
        await writeRevision(catalog, 'a/en.html', { ...html, properties: { language: 'en' } });
        await writeRevision(catalog, 'b/pay.pdf', { ...pdf, label: hr });
        await writeRevision(catalog, "b/it's_%.md", unknown);

        const uris = async (facts: FactFilter, hold = true, scope = alice) => {
          const ids = await catalog.documentIds(scope, facts, { hold, limit: 10 });
          expect(ids).toEqual(ids.toSorted());
          const found = await catalog.documentsById(scope, ids);
          if (hold) {
            const all = (await catalog.documents(scope)).map((record) => record.documentId);
            expect([...(await catalog.documentsById(scope, all, facts)).keys()].toSorted()).toEqual(ids);
          }
          return [...found.values()].map((record) => record.uri).toSorted();
        };
        const every = ['a/de.md', 'a/en.html', "b/it's_%.md", 'b/pay.pdf'];
        const cases: readonly (readonly [FactFilter, readonly string[]])[] = [
          [{}, every],
          [{ sources: ['a'] }, ['a/de.md', 'a/en.html']],
          [{ sources: ['a', 'b'], uriPrefix: 'b/p' }, ['b/pay.pdf']],
          [{ uriPrefix: "b/it's_" }, ["b/it's_%.md"]],
          [{ mediaTypes: ['text/'] }, ['a/de.md', 'a/en.html', "b/it's_%.md"]],
          [{ mediaTypes: ['application/pdf', 'text/html'] }, ['a/en.html', 'b/pay.pdf']],
          [{ languages: ['de'] }, ['a/de.md', 'b/pay.pdf']],
          [{ languages: ['de-at'] }, ['a/de.md']],
          [{ languages: ['d'] }, []],
          [{ fromMs: day }, ['a/de.md', 'b/pay.pdf']],
          [{ beforeMs: day }, ['a/en.html']],
          [{ fromMs: day - 1, beforeMs: day + 1, languages: ['en', 'de'] }, ['a/de.md', 'a/en.html', 'b/pay.pdf']],
        ];
        for (const [facts, expected] of cases) {
          expect(await uris(facts), JSON.stringify(facts)).toEqual(expected);
          expect(await uris(facts, false), JSON.stringify(facts)).toEqual(every.filter((u) => !expected.includes(u)));
          expect(await uris(facts, true, bob)).toEqual(expected.filter((uri) => uri !== 'b/pay.pdf'));
          expect(await uris(facts, true, stranger)).toEqual([]);
        }
        expect(await catalog.documentIds(alice, {}, { hold: true, limit: 2 })).toHaveLength(2);

        expect(await catalog.factCounts(alice, {})).toEqual({
          source: [
            { value: 'a', count: 2 },
            { value: 'b', count: 2 },
          ],
          mediaType: [
            { value: 'text/markdown', count: 2 },
            { value: 'application/pdf', count: 1 },
            { value: 'text/html', count: 1 },
          ],
          language: [
            { value: 'de', count: 1 },
            { value: 'de-at', count: 1 },
            { value: 'en', count: 1 },
          ],
          year: [{ value: '2026', count: 3 }],
        });
        expect(await catalog.factCounts(bob, { sources: ['b'] })).toEqual({
          source: [{ value: 'b', count: 1 }],
          mediaType: [{ value: 'text/markdown', count: 1 }],
          language: [],
          year: [],
        });
        expect(await catalog.factCounts(stranger, {})).toEqual({ source: [], mediaType: [], language: [], year: [] });
      });

      it('counts the commonest values of a kind alone', async () => {
        for (let number = 0; number < 51; number++) {
          await writeRevision(catalog, `${number}/a.md`, { source: `source-${String(number).padStart(2, '0')}` });
        }
        await writeRevision(catalog, 'x/b.md', { source: 'source-50' });
        const { source } = await catalog.factCounts(alice, {});
        expect(source).toHaveLength(50);
        expect(source.slice(0, 2)).toEqual([
          { value: 'source-50', count: 2 },
          { value: 'source-00', count: 1 },
        ]);
        expect(source.at(-1)).toEqual({ value: 'source-48', count: 1 });
      });

      it('takes nothing of a filter for a part of the statement', async () => {
        await writeRevision(catalog, 'a/1.md', { label: hr });
        const texts = fc.oneof(
          fc.string(),
          fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
          fc.constantFrom("' OR '1'='1", "a') OR 1=1 --", '%', '_', ':labelIds', '$.date', '"', '\\'),
        );
        await fc.assert(
          fc.asyncProperty(texts, async (text) => {
            const values = { sources: [text], mediaTypes: [text, `${text}/`], languages: [text] };
            for (const [name, value] of [...Object.entries(values), ['uriPrefix', text] as const]) {
              const facts: FactFilter = { [name]: value };
              for (const hold of [true, false]) {
                expect(await catalog.documentIds(bob, facts, { hold, limit: 5 })).toEqual([]);
              }
              expect((await catalog.factCounts(bob, facts)).source).toEqual([]);
            }
          }),
          { numRuns: 40 },
        );
      });

      it('finds what says that it replaces a document, for those who may see that', async () => {
        const replacing = (uri: string, supersedes: string, label: AccessLabel) =>
          writeRevision(catalog, uri, { label, properties: { supersedes } });
        await writeRevision(catalog, 'a/1.md');
        const hidden = await replacing('b/3.md', 'a/1.md', hr);
        const second = await replacing('a/2.md', '1.md', staff);
        await replacing('b/4.md', 'another.md', staff);
        const names = ['a/1.md', '1.md'];
        expect(await catalog.documentsReplacing(bob, names)).toEqual([second]);
        expect(await catalog.documentsReplacing(alice, names)).toEqual([second, hidden]);
        expect(await catalog.documentsReplacing(stranger, names)).toEqual([]);
        expect(await catalog.documentsReplacing(alice, [])).toEqual([]);
      });

      it('keeps the id when a document moves, and refuses a place that is taken', async () => {
        const first = await writeRevision(catalog, 'a/1.md');
        const second = await writeRevision(catalog, 'a/2.md');
        await catalog.moveDocument(first.documentId, 'b/1.md', 'b');
        expect(await catalog.document(bob, first.documentId)).toMatchObject({ uri: 'b/1.md', source: 'b' });
        expect(await catalog.documentByUri(bob, 'a/1.md')).toBeUndefined();
        await expect(catalog.moveDocument(second.documentId, 'b/1.md', 'b')).rejects.toMatchObject({
          code: 'store-failed',
        });
        await catalog.moveDocument(first.documentId, 'b/1.md', 'b');
      });

      it('removes a document with its text, its file record and any write under way', async () => {
        const record = await writeRevision(catalog, 'a/1.md');
        const intent = await begin(catalog, { uri: 'a/1.md', documentId: record.documentId });
        await catalog.removeDocument(record.documentId);
        await catalog.removeDocument(record.documentId);
        expect(await catalog.document(system, record.documentId)).toBeUndefined();
        expect(await catalog.text(system, record.documentId)).toBeUndefined();
        expect(await catalog.files(system, 'a')).toEqual([]);
        expect(await catalog.labels(system)).toEqual([]);
        await expect(flip(catalog, intent, draftOf('a/1.md'))).rejects.toMatchObject({ code: 'store-failed' });
        expect(await catalog.countDocuments(system)).toBe(0);
        const again = await writeRevision(catalog, 'a/1.md');
        expect(again.documentId).not.toBe(record.documentId);
      });

      it('removes a source with its files and jobs and any write under way, and no other', async () => {
        const kept = await writeRevision(catalog, 'ab/1.md');
        const first = await writeRevision(catalog, 'a/1.md');
        const second = await writeRevision(catalog, 'a/1.md/inner.txt', { label: hr });
        const again = await begin(catalog, { uri: 'a/1.md', documentId: first.documentId });
        const fresh = await begin(catalog, { uri: 'a/new.md' });
        const other = await begin(catalog, { uri: 'ab/2.md' });
        await catalog.excludeUri('a/excluded.md');
        await catalog.enqueueJobs([
          { source: 'a', uri: 'a/x.md' },
          { source: 'ab', uri: 'ab/x.md' },
        ]);
        const version = await catalog.version(system);
        expect(await catalog.removeSource('a', { keepExclusions: true })).toBe(2);
        expect(await catalog.version(system)).toBeGreaterThan(version);
        expect(await urisFor(system)).toEqual(['ab/1.md']);
        expect(await catalog.files(system, 'a')).toMatchObject([{ uri: 'a/excluded.md', state: 'excluded' }]);
        expect(await catalog.files(system, 'ab')).toMatchObject([{ documentId: kept.documentId }]);
        expect((await catalog.jobs(system)).map((job) => job.uri)).toEqual(['ab/x.md']);
        const open = await catalog.openStoreChanges();
        expect(new Set(open.map((change) => change.documentId))).toEqual(
          new Set([first.documentId, second.documentId, fresh.documentId]),
        );
        expect(open.every((change) => change.label === null)).toBe(true);
        expect(await catalog.openIntents()).toEqual([other]);
        for (const intent of [again, fresh]) {
          await expect(flip(catalog, intent, draftOf('a/1.md'))).rejects.toMatchObject({ code: 'store-failed' });
        }
        expect(await catalog.removeSource('a', { keepExclusions: false })).toBe(0);
        expect(await catalog.files(system, 'a')).toEqual([]);
      });

      it('says that a document to change is absent', async () => {
        const attempts = [
          () => catalog.relabelDocument('doc_x', staff, { isOverride: true }),
          () => catalog.resetLabelOverride('doc_x'),
          () => catalog.moveDocument('doc_x', 'a/1.md', 'a'),
          () => begin(catalog, { uri: 'a/1.md', documentId: 'doc_x' }),
        ];
        for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'document-absent' });
        await catalog.removeDocument('doc_x');
        await catalog.markEmbedded(['doc_x'], true);
        expect(await catalog.openStoreChanges()).toEqual([]);
      });
    });

    describe('rights', () => {
      it('makes what a person may not see absent from every read, counts included', async () => {
        const open = await writeRevision(catalog, 'a/open.md');
        const secret = await writeRevision(catalog, 'a/secret.md', { label: hr });
        const hidden = await writeRevision(catalog, 'a/hidden.md', { label: nobody });
        const all = [open, secret, hidden];
        const seenBy = async (scope: AccessScope) => ({
          list: await catalog.documents(scope),
          count: await catalog.countDocuments(scope),
          counted: await catalog.countDocuments(scope, { uriPrefix: 'a/secret' }),
          byId: [
            ...(await catalog.documentsById(scope, [...all.map((record) => record.documentId), 'doc_x'])).values(),
          ],
          single: await Promise.all(all.map((record) => catalog.document(scope, record.documentId))),
          byUri: await Promise.all(all.map((record) => catalog.documentByUri(scope, record.uri))),
          texts: (await Promise.all(all.map((record) => catalog.text(scope, record.documentId)))).map((t) => t?.text),
        });
        for (const [scope, visible] of [
          [stranger, []],
          [bob, [open]],
          [alice, [open, secret]],
          [system, all],
        ] as const) {
          const isVisible = (record: DocumentRecord) => (visible as readonly DocumentRecord[]).includes(record);
          const seen = await seenBy(scope);
          expect(seen.list).toEqual(visible.toSorted((a, b) => (a.uri < b.uri ? -1 : 1)));
          expect(seen.count).toBe(visible.length);
          expect(seen.counted).toBe(isVisible(secret) ? 1 : 0);
          expect(seen.byId).toHaveLength(visible.length);
          expect(seen.single).toEqual(all.map((record) => (isVisible(record) ? record : undefined)));
          expect(seen.byUri).toEqual(seen.single);
          expect(seen.texts).toEqual(all.map((r) => (isVisible(r) ? `Text of ${r.uri}.` : undefined)));
        }
      });

      it('links near-duplicates, over what the scope may see alone', async () => {
        const words = Array.from({ length: 100 }, (_, index) => `word${index}`);
        const versionOf = (changed: readonly number[]) =>
          words.map((word, index) => (changed.includes(index) ? `other${index}` : word)).join(' ');
        const first = await writeRevision(catalog, 'a/1.md', { text: versionOf([]) });
        const bridge = await writeRevision(catalog, 'a/2.md', { text: versionOf([20]), label: hr });
        const last = await writeRevision(catalog, 'b/3.md', { text: versionOf([20, 70]) });
        await writeRevision(catalog, 'b/4.md', { text: 'Something else.' });
        await writeRevision(catalog, 'b/5.md', { text: ' — ' });
        const linked = async (scope: AccessScope, { documentId }: DocumentRecord) =>
          (await catalog.nearDuplicates(scope, documentId)).map((record) => record.uri);
        expect(await linked(system, first)).toEqual(['a/2.md', 'b/3.md']);
        expect(await linked(alice, last)).toEqual(['a/1.md', 'a/2.md']);
        // What links them is not there for Bob, and so for him they are not linked.
        expect(await linked(bob, first)).toEqual([]);
        expect(await linked(bob, bridge)).toEqual([]);
        const ids = [first, bridge].map((record) => record.documentId);
        expect([...(await catalog.signatures(bob, ids)).keys()]).toEqual([first.documentId]);
        expect([...(await catalog.signatures(alice, [...ids, 'doc_x'])).keys()].toSorted()).toEqual(ids.toSorted());

        // With the next revision, and with a removal, the links change.
        await flip(
          catalog,
          await begin(catalog, { uri: 'b/3.md', documentId: last.documentId }),
          draftOf('b/3.md', { text: versionOf([]) }),
        );
        expect(await linked(bob, first)).toEqual(['b/3.md']);
        await catalog.removeDocument(first.documentId);
        expect(await linked(bob, last)).toEqual([]);
        expect(await linked(system, last)).toEqual(['a/2.md']);
        await catalog.removeSource('a', { keepExclusions: false });
        expect(await linked(system, last)).toEqual([]);
      });

      it('counts only visible documents towards a limit', async () => {
        await writeRevision(catalog, 'a/1-secret.md', { label: hr });
        await writeRevision(catalog, 'a/2-open.md');
        expect((await catalog.documents(bob, { limit: 1 })).map((record) => record.uri)).toEqual(['a/2-open.md']);
      });

      it('agrees with the decision itself for any labels and tags', async () => {
        const tag = fc.constantFrom('a', 'b', 'c', 'd');
        const anyLabel = fc
          .record({
            anyOf: fc.option(fc.array(tag, { maxLength: 2 }), { nil: undefined }),
            allOf: fc.array(tag, { maxLength: 2 }),
          })
          .map(canonicalLabel);
        let run = 0;
        await fc.assert(
          fc.asyncProperty(fc.array(anyLabel, { minLength: 1, maxLength: 6 }), fc.array(tag), async (labels, held) => {
            run += 1;
            const records: DocumentRecord[] = [];
            for (const [index, label] of labels.entries()) {
              records.push(await writeRevision(catalog, `${run}/${index}.md`, { label }));
            }
            const heldTags = new Set<string>(held);
            const isPermitted = (label: AccessLabel) =>
              label.clauses.length > 0 && label.clauses.every((clause) => clause.some((t) => heldTags.has(t)));
            const expected = records.filter((record) => isPermitted(record.label)).map((record) => record.uri);
            const scope = scopeHolding(held, await catalog.labels(system));
            const filter = { source: String(run) };
            expect((await catalog.documents(scope, filter)).map((record) => record.uri)).toEqual(expected.toSorted());
            expect(await catalog.countDocuments(scope, filter)).toBe(expected.length);
          }),
          { numRuns: 30 },
        );
      });

      it('refuses a value that only looks like a scope, and persons where only the system may read', async () => {
        const forged = { ...system } as AccessScope;
        await writeRevision(catalog, 'a/1.md');
        for (const scope of [forged, alice]) {
          for (const read of [
            () => catalog.labels(scope),
            () => catalog.files(scope, 'a'),
            () => catalog.jobs(scope),
            () => catalog.apiKeys(scope),
            () => catalog.usage(scope),
          ]) {
            await expect(read()).rejects.toMatchObject({ code: 'internal' });
          }
        }
        for (const read of [
          () => catalog.document(forged, 'doc_1'),
          () => catalog.documentByUri(forged, 'a/1.md'),
          () => catalog.documentsReplacing(forged, ['a/1.md']),
          () => catalog.documentsById(forged, []),
          () => catalog.documentIds(forged, {}, { hold: true, limit: 1 }),
          () => catalog.factCounts(forged, {}),
          () => catalog.documents(forged),
          () => catalog.countDocuments(forged),
          () => catalog.text(forged, 'doc_1'),
          () => catalog.version(forged),
        ]) {
          await expect(read()).rejects.toMatchObject({ code: 'internal' });
        }
      });

      it('lists each label that a document has, once', async () => {
        await writeRevision(catalog, 'a/1.md');
        await writeRevision(catalog, 'a/2.md');
        const secret = await writeRevision(catalog, 'a/3.md', { label: hr });
        const ids = async () => (await catalog.labels(system)).map(labelId).toSorted();
        expect(await ids()).toEqual([labelId(staff), labelId(hr)].toSorted());
        await catalog.relabelDocument(secret.documentId, staff, { isOverride: false });
        expect(await ids()).toEqual([labelId(staff)]);
      });

      it('takes a relabel at once and tells the store to follow', async () => {
        const record = await writeRevision(catalog, 'a/1.md');
        await catalog.relabelDocument(record.documentId, hr, { isOverride: false });
        expect(await urisFor(bob)).toEqual([]);
        expect(await urisFor(alice)).toEqual(['a/1.md']);
        expect(await catalog.openStoreChanges()).toMatchObject([{ documentId: record.documentId, label: hr }]);
      });

      it('keeps what an operator decided until it is reset', async () => {
        const record = await writeRevision(catalog, 'a/1.md');
        await catalog.relabelDocument(record.documentId, hr, { isOverride: true });
        await catalog.relabelDocument(record.documentId, staff, { isOverride: false });
        expect(await catalog.document(system, record.documentId)).toMatchObject({ label: hr, isLabelOverridden: true });
        expect(await urisFor(bob)).toEqual([]);

        // Also against a revision that was parsed before the decision.
        await catalog.endStoreChanges(await catalog.openStoreChanges());
        const rewritten = await writeRevision(catalog, 'a/1.md', { label: staff });
        expect(rewritten).toMatchObject({ revision: 2, label: hr, labelId: labelId(hr), isLabelOverridden: true });
        expect(await catalog.openStoreChanges()).toMatchObject([{ documentId: record.documentId, label: hr }]);

        await catalog.resetLabelOverride(record.documentId);
        await catalog.relabelDocument(record.documentId, staff, { isOverride: false });
        expect(await catalog.document(bob, record.documentId)).toMatchObject({
          label: staff,
          isLabelOverridden: false,
        });
      });
    });

    describe('operators’ labels of documents that are gone', () => {
      const override = async (uri: string) => {
        const { documentId } = await writeRevision(catalog, uri);
        await catalog.relabelDocument(documentId, hr, { isOverride: true });
        return documentId;
      };

      it('are those of the documents that come back', async () => {
        const documentId = await override('a/1.md');
        expect(await catalog.labelOverride(system, 'a/1.md')).toBeUndefined();
        await catalog.removeDocument(documentId);
        await catalog.removeDocument(documentId);
        expect(await catalog.labelOverride(system, 'a/1.md')).toEqual(hr);
        await expect(catalog.labelOverride(alice, 'a/1.md')).rejects.toThrow();
        expect(await writeRevision(catalog, 'a/2.md')).toMatchObject({ label: staff, isLabelOverridden: false });
        const back = await writeRevision(catalog, 'a/1.md', { label: staff });
        expect(back).toMatchObject({ label: hr, isLabelOverridden: true });
        expect(await urisFor(bob)).toEqual(['a/2.md']);
        await catalog.resetLabelOverride(back.documentId);
        await catalog.removeDocument(back.documentId);
        expect(await writeRevision(catalog, 'a/1.md')).toMatchObject({ label: staff, isLabelOverridden: false });
      });

      it('end with a removal by an operator, of the document, of what it was attached to or of the source', async () => {
        const inMail = await override('a/m.eml/1.md');
        await catalog.excludeUri('a/m.eml');
        await catalog.removeDocument(inMail);
        await catalog.removeDocument(await override('a/n.eml/1.md'));
        await catalog.excludeUri('a/n.eml');
        await catalog.removeDocument(await override('b/1.md'));
        await catalog.removeSource('b', { keepExclusions: false });
        for (const uri of ['a/m.eml/1.md', 'a/n.eml/1.md', 'b/1.md']) {
          expect(await catalog.labelOverride(system, uri)).toBeUndefined();
        }
      });

      it('end where they are forgotten, and are then no decision of texts like theirs either', async () => {
        const text = 'The plant is closed in March and forty people are offered work in another town near the lake.';
        const { documentId } = await writeRevision(catalog, 'a/1.md', { text });
        await catalog.relabelDocument(documentId, hr, { isOverride: true });
        await catalog.removeDocument(documentId);
        const place = { uri: 'a/2.md', displaced: [], documentId: null };
        expect(await catalog.pastDecisions(system, text, place)).toHaveLength(1);
        await catalog.forgetLabelOverride('a/1.md');
        expect(await catalog.labelOverride(system, 'a/1.md')).toBeUndefined();
        expect(await catalog.pastDecisions(system, text, place)).toEqual([]);
      });

      it('do not become those of others that are moved there', async () => {
        await catalog.removeDocument(await override('a/1.md'));
        const other = await writeRevision(catalog, 'a/2.md');
        await catalog.moveDocument(other.documentId, 'a/1.md', 'a');
        expect(await catalog.labelOverride(system, 'a/1.md')).toBeUndefined();
      });
    });

    describe('operators’ decisions of texts that are not where they were', () => {
      const text =
        'The plant is closed in March and forty people are offered work in another town near the lake, where the new one opens in May.';
      const edited = text.replace('forty', 'fifty');
      const decisions = (
        uri: string,
        displaced: readonly string[] = [],
        documentId: string | null = null,
        of = edited,
      ) => catalog.pastDecisions(system, of, { uri, displaced, documentId });
      const gone = async (uri: string) => {
        const { documentId } = await writeRevision(catalog, uri, { text });
        await catalog.relabelDocument(documentId, hr, { isOverride: true });
        await catalog.removeDocument(documentId);
      };

      it('are found for edited texts, for more of an edit under the same file name', async () => {
        await gone('a/1.md');
        expect(await decisions('b/1.md')).toEqual([{ uri: 'a/1.md', label: hr }]);
        expect(await decisions('b/2.md', [], null, text)).toEqual([{ uri: 'a/1.md', label: hr }]);
        expect(await decisions('b/2.md')).toEqual([]);
        expect(await decisions('b/1.md', [], null, 'Soup is served from noon on, each day but Sunday.')).toEqual([]);
        await expect(
          catalog.pastDecisions(alice, text, { uri: '', displaced: [], documentId: null }),
        ).rejects.toThrow();
      });

      it('are not those of what a document resembled before', async () => {
        await gone('a/1.md');
        const { documentId } = await writeRevision(catalog, 'b/1.md', { text });
        expect(await decisions('b/1.md', [], documentId)).toEqual([]);
      });

      it('go with a removed document’s file to its new place', async () => {
        const { documentId } = await writeRevision(catalog, 'a/1.md', { text });
        await catalog.excludeUri('a/1.md');
        await catalog.removeDocument(documentId);
        const record = (await catalog.files(system, 'a')).find(({ uri }) => uri === 'a/1.md');
        if (record === undefined) throw new Error('The exclusion is not kept.');
        await catalog.recordFile('a', { ...record, uri: 'a/2.md' });
        await catalog.forgetFile('a/1.md', 'a/2.md');
        expect(await decisions('b/2.md', ['a/1.md', 'a/2.md'])).toEqual([{ uri: 'a/2.md', label: null }]);
      });

      it('count for removed and for kept documents where their files are known to be elsewhere', async () => {
        const kept = await writeRevision(catalog, 'a/1.md', { text });
        await catalog.relabelDocument(kept.documentId, hr, { isOverride: true });
        const removed = await writeRevision(catalog, 'b/1.md', { text });
        await catalog.excludeUri('b/1.md');
        await catalog.removeDocument(removed.documentId);
        expect(await decisions('c/1.md')).toEqual([]);
        expect(await catalog.decidedUris(system, ['c/1.md', 'a/1.md', 'b/1.md'])).toEqual(['a/1.md', 'b/1.md']);
        expect(await decisions('c/1.md', ['a/1.md', 'b/1.md'])).toEqual([
          { uri: 'a/1.md', label: hr },
          { uri: 'b/1.md', label: null },
        ]);
        await catalog.restoreUri('b/1.md');
        expect(await decisions('c/1.md', ['b/1.md'])).toEqual([]);
      });

      it('count for what another text has taken the place of', async () => {
        const { documentId } = await writeRevision(catalog, 'a/1.md', { text });
        await catalog.relabelDocument(documentId, hr, { isOverride: true });
        await writeRevision(catalog, 'a/1.md', { text: edited });
        expect(await decisions('c/1.md')).toEqual([]);
        await writeRevision(catalog, 'a/1.md', { text: 'Soup is served from noon on, each day but Sunday.' });
        expect(await decisions('c/1.md', ['a/1.md'])).toEqual([{ uri: 'a/1.md', label: hr }]);
        expect(await decisions('c/1.md')).toEqual([{ uri: 'a/1.md', label: hr }]);
        await catalog.resetLabelOverride(documentId);
        expect(await decisions('c/1.md')).toEqual([]);
      });

      it('are an operator’s decision of the document that they came to', async () => {
        const { documentId } = await writeRevision(catalog, 'b/1.md', { label: hr, hasPastDecision: true });
        await catalog.relabelDocument(documentId, staff, { isOverride: false });
        expect(await catalog.document(alice, documentId)).toMatchObject({ label: hr, isLabelOverridden: true });
      });
    });

    describe('revisions', () => {
      it('shows a revision from the flip on, not before', async () => {
        const first = await begin(catalog, { uri: 'a/1.md' });
        expect(first).toEqual({ documentId: first.documentId, revision: 1, state: 'intended' });
        expect(await urisFor(system)).toEqual([]);
        await flip(catalog, first, draftOf('a/1.md', { text: 'one' }));
        await catalog.endRevisions([first]);
        clock.sleep(500);
        const second = await begin(catalog, { uri: 'a/1.md', documentId: first.documentId });
        expect(second).toMatchObject({ documentId: first.documentId, revision: 2 });
        expect((await catalog.text(bob, first.documentId))?.text).toBe('one');
        const record = await flip(catalog, second, draftOf('a/1.md', { text: 'two', contentHash: 'bb' }));
        expect(record).toMatchObject({ revision: 2, createdAt: 1_000, updatedAt: 1_500 });
        expect(await catalog.text(bob, first.documentId)).toMatchObject({ revision: 2, text: 'two' });
        expect(await catalog.countDocuments(bob)).toBe(1);
      });

      it('journals each step', async () => {
        const a = await begin(catalog, { uri: 'a/1.md' });
        const b = await begin(catalog, { uri: 'a/2.md' });
        const states = async () => new Map((await catalog.openIntents()).map((open) => [open.documentId, open.state]));
        expect(await states()).toEqual(
          new Map([
            [a.documentId, 'intended'],
            [b.documentId, 'intended'],
          ]),
        );
        await flip(catalog, a, draftOf('a/1.md'));
        expect(await states()).toEqual(
          new Map([
            [a.documentId, 'flipped'],
            [b.documentId, 'intended'],
          ]),
        );
        // Wrong for the state: nothing is forgotten that still has to be repaired.
        await catalog.endRevisions([b]);
        await catalog.abandonRevisions([a]);
        expect((await states()).size).toBe(2);
        await catalog.endRevisions([a]);
        await catalog.abandonRevisions([b]);
        expect(await catalog.openIntents()).toEqual([]);
        expect(await urisFor(system)).toEqual(['a/1.md']);
      });

      it('replaces an unfinished intent and never gives its number again', async () => {
        const first = await begin(catalog, { uri: 'a/1.md' });
        const second = await begin(catalog, { uri: 'a/1.md' });
        expect(second).toEqual({ documentId: first.documentId, revision: 2, state: 'intended' });
        expect(await catalog.openIntents()).toEqual([second]);
        await expect(flip(catalog, first, draftOf('a/1.md'))).rejects.toMatchObject({ code: 'store-failed' });
        await flip(catalog, second, draftOf('a/1.md'));
        await expect(flip(catalog, second, draftOf('a/1.md'))).rejects.toMatchObject({ code: 'store-failed' });
        await catalog.endRevisions([second]);
        const third = await begin(catalog, { uri: 'a/1.md' });
        await catalog.abandonRevisions([third]);
        expect(await begin(catalog, { uri: 'a/1.md' })).toMatchObject({ revision: 4 });
      });

      it('has the chunks of a first write deleted whose place another document took', async () => {
        const lost = await begin(catalog, { uri: 'a/new.md' });
        const moved = await writeRevision(catalog, 'a/old.md');
        await catalog.moveDocument(moved.documentId, 'a/new.md', 'a');
        await begin(catalog, { uri: 'a/new.md', documentId: moved.documentId });
        expect(await catalog.openStoreChanges()).toMatchObject([{ documentId: lost.documentId, label: null }]);
        expect((await catalog.openIntents()).map((intent) => intent.documentId)).toEqual([moved.documentId]);
      });

      it('keeps later changes for the store open when earlier ones are ended', async () => {
        const record = await writeRevision(catalog, 'a/1.md');
        await catalog.relabelDocument(record.documentId, hr, { isOverride: false });
        const earlier = await catalog.openStoreChanges();
        await catalog.relabelDocument(record.documentId, nobody, { isOverride: false });
        await catalog.endStoreChanges(earlier);
        expect(await catalog.openStoreChanges()).toMatchObject([{ documentId: record.documentId, label: nobody }]);
        await catalog.removeDocument(record.documentId);
        expect(await catalog.openStoreChanges()).toMatchObject([{ documentId: record.documentId, label: null }]);
        await catalog.endStoreChanges(await catalog.openStoreChanges());
        expect(await catalog.openStoreChanges()).toEqual([]);
      });

      it('grows its version with every change that a reader could notice', async () => {
        const versions = [await catalog.version(system)];
        const record = await writeRevision(catalog, 'a/1.md');
        versions.push(await catalog.version(system));
        for (const change of [
          () => catalog.relabelDocument(record.documentId, hr, { isOverride: true }),
          () => catalog.resetLabelOverride(record.documentId),
          () => catalog.moveDocument(record.documentId, 'a/2.md', 'a'),
          () => catalog.markEmbedded([record.documentId], false),
          () => catalog.removeDocument(record.documentId),
        ]) {
          await change();
          versions.push(await catalog.version(system));
        }
        expect(new Set(versions).size).toBe(versions.length);
        expect(versions).toEqual(versions.toSorted((a, b) => a - b));
      });

      it('notes which documents have vectors', async () => {
        const record = await writeRevision(catalog, 'a/1.md', { isEmbedded: false });
        await catalog.markEmbedded([record.documentId], true);
        expect(await catalog.document(system, record.documentId)).toMatchObject({ isEmbedded: true });
      });
    });

    describe('files', () => {
      const file: FileRecord = {
        uri: 'a/1.md',
        documentId: null,
        contentHash: 'cc',
        sizeBytes: 12,
        modifiedAt: 5.5,
        state: 'quarantined',
        code: 'no-label',
        message: 'No rule.',
        parser: 'text/markdown 1.1',
      };

      it('records, replaces and forgets what a scan saw', async () => {
        await catalog.recordFile('a', file);
        await catalog.recordFile('b', { ...file, uri: 'b/1.md' });
        expect(await catalog.files(system, 'a')).toEqual([file]);
        const changed = { ...file, contentHash: null, sizeBytes: 13, code: null, message: null };
        await catalog.recordFile('a', changed);
        expect(await catalog.files(system, 'a')).toEqual([changed]);
        await catalog.forgetFile('a/1.md');
        expect(await catalog.files(system, 'a')).toEqual([]);
        expect(await catalog.files(system, 'b')).toHaveLength(1);
      });

      it('makes a quarantined file current at the flip', async () => {
        await catalog.recordFile('a', file);
        const record = await writeRevision(catalog, 'a/1.md', { contentHash: 'dd' });
        expect(await catalog.files(system, 'a')).toMatchObject([
          { documentId: record.documentId, contentHash: 'dd', state: 'current', code: null, message: null },
        ]);
      });

      it('leaves an excluded file out, also of a write under way, until it is restored', async () => {
        const record = await writeRevision(catalog, 'a/1.md');
        await catalog.excludeUri('a/1.md');
        await catalog.removeDocument(record.documentId);
        await catalog.excludeUri('a/2.md');
        expect(await catalog.files(system, 'a')).toMatchObject([
          { uri: 'a/1.md', state: 'excluded', documentId: null },
          { uri: 'a/2.md', state: 'excluded', documentId: null },
        ]);
        const intent = await begin(catalog, { uri: 'a/2.md' });
        await expect(flip(catalog, intent, draftOf('a/2.md'))).rejects.toMatchObject({
          code: 'document-absent',
        });
        await catalog.restoreUri('a/2.md');
        await catalog.recordFile('a', file);
        await catalog.restoreUri('a/1.md');
        expect(await catalog.files(system, 'a')).toEqual([file]);
        await flip(catalog, intent, draftOf('a/2.md'));
        expect(await urisFor(bob)).toEqual(['a/2.md']);
      });
    });

    describe('jobs, keys, usage, settings', () => {
      it('leases by priority, then age, and only what is due', async () => {
        await catalog.enqueueJobs([
          { source: 'a', uri: 'a/1.md' },
          { source: 'b', uri: 'b/1.md' },
        ]);
        clock.sleep(5);
        await catalog.enqueueJobs([
          { source: 'a', uri: 'a/2.md' },
          { source: 'a', uri: 'a/urgent.md', priority: 10 },
        ]);
        const lease = await catalog.beginWriting();
        const request = { lease, sources: ['a'], limit: 2, forMs: 1_000 };
        const first = await catalog.leaseJobs(request);
        expect(first.map(({ uri, attempts }) => [uri, attempts])).toEqual([
          ['a/urgent.md', 1],
          ['a/1.md', 1],
        ]);
        expect((await catalog.leaseJobs(request)).map(({ uri }) => uri)).toEqual(['a/2.md']);
        expect(await catalog.leaseJobs(request)).toEqual([]);
        expect(await catalog.jobs(system, { state: 'queued' })).toMatchObject([{ uri: 'b/1.md', attempts: 0 }]);
      });

      it('tries again later what failed, and remembers why', async () => {
        const [id = ''] = await catalog.enqueueJobs([{ source: 'a', uri: 'a/1.md' }]);
        const lease = await catalog.beginWriting();
        const request = { lease, sources: ['a'], limit: 9, forMs: 1_000 };
        await catalog.leaseJobs(request);
        const runAfter = clock.now() + 500;
        await catalog.endJobs(lease, [{ id, state: 'failed', code: 'file-unreadable', message: 'No.', runAfter }]);
        expect(await catalog.jobs(system, { id })).toMatchObject([
          { id, state: 'failed', attempts: 1, code: 'file-unreadable', message: 'No.', runAfter },
        ]);
        expect(await catalog.leaseJobs(request)).toEqual([]);
        expect(await catalog.nextJobDue(['a'])).toBe(runAfter);
        expect(await catalog.nextJobDue(['b'])).toBeUndefined();
        clock.sleep(500);
        expect(await catalog.leaseJobs(request)).toMatchObject([{ id, attempts: 2 }]);
        await catalog.endJobs(lease, [{ id, state: 'queued' }]);
        expect(await catalog.jobs(system, { id })).toMatchObject([{ state: 'queued', attempts: 1 }]);
      });

      it('takes over from a writer that is gone, and refuses what that one still says', async () => {
        const [id = ''] = await catalog.enqueueJobs([{ source: 'a', uri: 'a/1.md' }]);
        const dead = await catalog.beginWriting();
        await catalog.leaseJobs({ lease: dead, sources: ['a'], limit: 1, forMs: 1_000_000 });
        const next = await catalog.beginWriting();
        expect(next).toBeGreaterThan(dead);
        expect(await catalog.leaseJobs({ lease: next, sources: ['a'], limit: 1, forMs: 1_000 })).toMatchObject([
          { id },
        ]);
        await catalog.endJobs(dead, [{ id, state: 'done' }]);
        expect(await catalog.jobs(system, { id })).toMatchObject([{ state: 'leased', attempts: 2 }]);
      });

      it('shows how long a lease is renewed for, and never leases a job to its own writer twice', async () => {
        const [id = ''] = await catalog.enqueueJobs([{ source: 'a', uri: 'a/1.md' }]);
        const lease = await catalog.beginWriting();
        const request = { lease, sources: ['a'], limit: 1, forMs: 1_000 };
        await catalog.leaseJobs(request);
        clock.sleep(900);
        await catalog.renewJobs(lease, 1_000);
        expect(await catalog.jobs(system, { id })).toMatchObject([{ leasedUntil: clock.now() + 1_000 }]);
        // A machine that slept, or whose clock was set: the writer is still at it.
        clock.sleep(1_000_000);
        expect(await catalog.leaseJobs(request)).toEqual([]);
        await catalog.endJobs(lease, [{ id, state: 'done' }]);
        expect(await catalog.jobs(system, { id })).toMatchObject([{ state: 'done', leasedUntil: null }]);
      });

      it('refuses leases to a writer after which another one has begun', async () => {
        await catalog.enqueueJobs([{ source: 'a', uri: 'a/1.md' }]);
        const lease = await catalog.beginWriting();
        await catalog.beginWriting();
        await expect(catalog.leaseJobs({ lease, sources: ['a'], limit: 1, forMs: 1_000 })).rejects.toMatchObject({
          code: 'store-busy',
        });
        expect(await catalog.jobs(system)).toMatchObject([{ state: 'queued', attempts: 0 }]);
      });

      it('leases what was tried before after what was not', async () => {
        const [tried = ''] = await catalog.enqueueJobs([{ source: 'a', uri: 'a/tried.md' }]);
        const crashed = await catalog.beginWriting();
        await catalog.leaseJobs({ lease: crashed, sources: ['a'], limit: 1, forMs: 1_000 });
        clock.sleep(5);
        await catalog.enqueueJobs([{ source: 'a', uri: 'a/new.md' }]);
        const lease = await catalog.beginWriting();
        const leased = await catalog.leaseJobs({ lease, sources: ['a'], limit: 9, forMs: 1_000 });
        expect(leased.map(({ uri, attempts }) => [uri, attempts])).toEqual([
          ['a/new.md', 1],
          ['a/tried.md', 2],
        ]);
        expect(leased[1]?.id).toBe(tried);
      });

      it('keeps the id of a job that was given up when it is asked for again, and forgets it with its file', async () => {
        const request = { source: 'a', uri: 'a/1.md' };
        const [id = ''] = await catalog.enqueueJobs([request]);
        const lease = await catalog.beginWriting();
        await catalog.leaseJobs({ lease, sources: ['a'], limit: 1, forMs: 1_000 });
        await catalog.endJobs(lease, [{ id, state: 'dead', code: 'document-damaged', message: 'Broken.' }]);
        expect(await catalog.enqueueJobs([request])).toEqual([id]);
        expect(await catalog.leaseJobs({ lease, sources: ['a'], limit: 1, forMs: 1_000 })).toMatchObject([
          { id, attempts: 1 },
        ]);
        await catalog.endJobs(lease, [{ id, state: 'dead', code: 'document-damaged', message: 'Broken.' }]);
        await catalog.forgetFile('a/1.md');
        expect(await catalog.jobs(system)).toEqual([]);
      });

      it('does again what was asked for again meanwhile', async () => {
        const [id = ''] = await catalog.enqueueJobs([{ source: 'a', uri: 'a/1.md' }]);
        const lease = await catalog.beginWriting();
        const request = { lease, sources: ['a'], limit: 1, forMs: 1_000 };
        await catalog.leaseJobs(request);
        expect(await catalog.enqueueJobs([{ source: 'a', uri: 'a/1.md' }])).toEqual([id]);
        await catalog.endJobs(lease, [{ id, state: 'done' }]);
        expect(await catalog.leaseJobs(request)).toMatchObject([{ id, attempts: 1 }]);
        await catalog.endJobs(lease, [{ id, state: 'done' }]);
        expect(await catalog.jobs(system, { state: 'done' })).toMatchObject([{ id }]);
      });

      it('gives up, retries and cancels', async () => {
        const [id = ''] = await catalog.enqueueJobs([{ source: 'a', uri: 'a/1.md' }]);
        const lease = await catalog.beginWriting();
        const request = { lease, sources: ['a'], limit: 1, forMs: 1_000 };
        await catalog.leaseJobs(request);
        expect([await catalog.retryJob(id), await catalog.cancelJob(id)]).toEqual([false, false]);
        await catalog.endJobs(lease, [{ id, state: 'dead', code: 'document-damaged', message: 'Broken.' }]);
        expect(await catalog.leaseJobs(request)).toEqual([]);
        expect(await catalog.retryJob(id)).toBe(true);
        expect(await catalog.cancelJob(id)).toBe(true);
        expect(await catalog.leaseJobs(request)).toEqual([]);
        const [next = ''] = await catalog.enqueueJobs([{ source: 'a', uri: 'a/1.md' }]);
        expect(next).not.toBe(id);
        expect(await catalog.retryJob(id)).toBe(false);
        await expect(catalog.retryJob('job_x')).rejects.toMatchObject({ code: 'job-absent' });
        await expect(catalog.cancelJob('job_x')).rejects.toMatchObject({ code: 'job-absent' });
      });

      it('finds keys by hash until they are revoked', async () => {
        const key = await catalog.createApiKey({ principalId: 'alice', name: 'laptop', hash: 'h1' });
        const other = await catalog.createApiKey({ principalId: 'bob', name: 'phone', hash: 'h2' });
        expect(await catalog.apiKeyByHash('h1')).toEqual(key);
        expect(await catalog.apiKeyByHash('h')).toBeUndefined();
        expect(await catalog.revokeApiKey(key.id)).toBe(true);
        expect(await catalog.revokeApiKey(key.id)).toBe(false);
        expect(await catalog.revokeApiKey('key_x')).toBe(false);
        expect(await catalog.apiKeyByHash('h1')).toBeUndefined();
        expect(await catalog.apiKeyByHash('h2')).toEqual(other);
        const listed = await catalog.apiKeys(system);
        expect(listed.map((record) => [record.name, record.revokedAt])).toEqual(
          expect.arrayContaining([
            ['laptop', 1_000],
            ['phone', null],
          ]),
        );
        expect(JSON.stringify(listed)).not.toContain('h1');
      });

      it('records usage, newest first', async () => {
        const usage = {
          traceId: 't1',
          principalId: 'alice',
          at: 10,
          status: 'answered',
          reason: null,
          modelId: 'extractive',
          zone: 'local',
          inputTokens: 1,
          outputTokens: 2,
          costUsd: 0.5,
          totalMs: 3.5,
        } as const;
        await catalog.recordUsage(usage);
        await catalog.recordUsage({ ...usage, traceId: 't2', at: 20, modelId: null, zone: null, reason: 'egress' });
        expect((await catalog.usage(system)).map((record) => record.traceId)).toEqual(['t2', 't1']);
        expect(await catalog.usage(system, { sinceMs: 15 })).toMatchObject([{ traceId: 't2', reason: 'egress' }]);
        expect((await catalog.usage(system, { limit: 5 }))[1]).toEqual(usage);
      });

      it('forgets a person: the keys go, and what was used names nobody', async () => {
        clock.sleep(Date.UTC(2026, 1, 4));
        const usage = { ...answeredUsage, groups: ['hr'] };
        await catalog.recordUsage(usage);
        await catalog.recordUsage({ ...usage, traceId: 't2', principalId: 'bob' });
        await catalog.createApiKey({ principalId: 'alice', name: 'laptop', hash: 'h1' });
        await catalog.createApiKey({ principalId: 'bob', name: 'laptop', hash: 'h2' });
        expect(await catalog.forgetPerson('alice')).toEqual({ keys: 1, questions: 1 });
        expect(await catalog.apiKeyByHash('h1')).toBeUndefined();
        expect((await catalog.apiKeys(system)).map(({ principalId }) => principalId)).toEqual(['bob']);
        const kept = await catalog.usage(system);
        expect(kept.find(({ principalId }) => principalId === 'bob')).toEqual({
          ...usage,
          traceId: 't2',
          principalId: 'bob',
        });
        const nameless = kept.find(({ principalId }) => principalId === '(forgotten)');
        expect(nameless).toMatchObject({ at: Date.UTC(2026, 1, 3), costUsd: 0.5, inputTokens: 30 });
        expect(nameless).not.toHaveProperty('groups');
        expect(nameless?.traceId).not.toBe('t1');
        expect(await catalog.usageTotals(system, { by: 'day' })).toMatchObject([{ key: '2026-02-03', costUsd: 1 }]);
        expect(await catalog.forgetPerson('alice')).toEqual({ keys: 0, questions: 0 });
      });

      it('keeps the sums of groups right until the day is over on which a person is forgotten', async () => {
        clock.sleep(Date.UTC(2026, 1, 4));
        const yesterday = { ...answeredUsage, groups: ['hr'] };
        const today = { ...yesterday, traceId: 't2', at: Date.UTC(2026, 1, 4) };
        for (const usage of [yesterday, today]) await catalog.recordUsage(usage);
        await catalog.forgetPerson('alice');
        const ofGroup = async () => (await catalog.usageTotals(system, { group: 'hr' }))[0]?.costUsd;
        expect(await ofGroup()).toBe(0.5);
        clock.sleep(86_400_000);
        await catalog.recordUsage({ ...today, traceId: 't3', principalId: 'bob', groups: ['staff'] });
        expect(await ofGroup()).toBe(0);
        expect(await catalog.usageTotals(system)).toMatchObject([{ questions: 3, costUsd: 1.5 }]);
      });

      it('counts what the title of a conversation came to, and takes it for no question', async () => {
        const calls = [
          { modelId: 'strong', purpose: 'title', inputTokens: 30, outputTokens: 3, costUsd: 0.5 },
        ] as const;
        await catalog.recordUsage(answeredUsage);
        await catalog.recordUsage({ ...answeredUsage, traceId: 't2', status: 'titled', calls });
        const sums = { questions: 1, inputTokens: 60, outputTokens: 6, costUsd: 1 };
        for (const by of [undefined, 'person', 'model', 'day'] as const) {
          expect(await catalog.usageTotals(system, by === undefined ? {} : { by })).toMatchObject([sums]);
        }
        const purposes = await catalog.usageTotals(system, { by: 'purpose' });
        expect(purposes.map(({ key, questions }) => [key, questions])).toEqual([
          ['answer', 1],
          ['title', 0],
        ]);
        expect(await catalog.forgetPerson('alice')).toMatchObject({ questions: 1 });
      });

      it('sums usage up by person, model and day, for oneself or for whoever may see that of others', async () => {
        const usage = {
          ...answeredUsage,
          groups: ['hr', 'staff'],
          calls: [
            { modelId: 'cheap', purpose: 'condense', inputTokens: 10, outputTokens: 1, costUsd: 0.125 },
            { modelId: 'strong', inputTokens: 20, outputTokens: 2, costUsd: 0.375 },
          ],
        } as const;
        const { groups: _, calls: __, ...old } = usage;
        await catalog.recordUsage(usage);
        await catalog.recordUsage({ ...usage, traceId: 't2', principalId: 'bob', groups: ['staff'] });
        await catalog.recordUsage({ ...old, traceId: 't3', principalId: 'bob', at: Date.UTC(2026, 1, 4) });
        expect((await catalog.usage(system))[1]).toEqual(usage);
        const total = (
          key: string | null,
          questions: number,
          inputTokens: number,
          outputTokens: number,
          costUsd: number,
        ) => ({
          key,
          questions,
          inputTokens,
          outputTokens,
          costUsd,
        });
        expect(await catalog.usageTotals(system)).toEqual([total(null, 3, 90, 9, 1.5)]);
        expect(await catalog.usageTotals(system, { by: 'person' })).toEqual([
          total('alice', 1, 30, 3, 0.5),
          total('bob', 2, 60, 6, 1),
        ]);
        expect(await catalog.usageTotals(system, { by: 'model' })).toEqual([
          total('cheap', 2, 20, 2, 0.25),
          total('strong', 3, 70, 7, 1.25),
        ]);
        expect(await catalog.usageTotals(system, { by: 'purpose' })).toEqual([
          total('answer', 3, 70, 7, 1.25),
          total('condense', 2, 20, 2, 0.25),
        ]);
        expect(await catalog.usageTotals(system, { by: 'day' })).toEqual([
          total('2026-02-03', 2, 60, 6, 1),
          total('2026-02-04', 1, 30, 3, 0.5),
        ]);
        expect(await catalog.usageTotals(system, { group: 'hr' })).toEqual([total(null, 1, 30, 3, 0.5)]);
        expect(await catalog.usageTotals(system, { sinceMs: Date.UTC(2026, 1, 4), group: 'hr' })).toEqual([
          total(null, 0, 0, 0, 0),
        ]);
        const person = (id: string, roles: readonly Role[] = ['employee']) =>
          scopeOf({ id, groups: [], roles, heldTags: new Set() }, []);
        expect(await catalog.usageTotals(person('alice'), { by: 'person' })).toEqual([total('alice', 1, 30, 3, 0.5)]);
        expect(await catalog.usageTotals(person('alice'), { group: 'staff' })).toEqual([total(null, 1, 30, 3, 0.5)]);
        expect(await catalog.usageTotals(person('alice'), { principalId: 'bob' })).toEqual([total(null, 0, 0, 0, 0)]);
        expect(await catalog.usageTotals(person('eve'), { by: 'model' })).toEqual([]);
        expect(await catalog.usageTotals(person('ada', ['admin']), { principalId: 'bob' })).toEqual([
          total(null, 2, 60, 6, 1),
        ]);
        await expect(catalog.usageTotals({ ...system } as AccessScope)).rejects.toMatchObject({ code: 'internal' });
      });

      it('keeps settings', async () => {
        expect(await catalog.setting('index')).toBeUndefined();
        await catalog.setSetting('index', 'one');
        await catalog.setSetting('index', 'two');
        expect(await catalog.setting('index')).toBe('two');
        await catalog.setSetting('index', null);
        expect(await catalog.setting('index')).toBeUndefined();
      });

      it('loses nothing when it is compacted', async () => {
        const record = await writeRevision(catalog, 'a/1.md');
        await catalog.compact();
        expect(await catalog.document(system, record.documentId)).toEqual(record);
      });
    });
  });
}
