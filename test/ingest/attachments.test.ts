import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { PerseaError } from '../../src/core/errors.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { openTestApp } from '../support/test-app.ts';

const scope = systemScope('test');
const part = (name: string, text: string) =>
  `--b\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="${name}"\n\n${Buffer.from(text).toString('base64')}\n`;
const mail = (...parts: readonly string[]) =>
  `From: Ada <ada@example.com>\nSubject: Plans\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee below.\n${parts.join('')}--b--\n`;
const message = (index: number) =>
  `From ada@example.com Mon Jun  1 10:00:00 2026\nFrom: ada@example.com\nSubject: Note ${index}\nMessage-ID: <${index}@example.com>\n\nNumber ${index} of the notes.\n\n`;

/** Fails as a busy server does, the first times a text with the word comes. */
function failingAt(word: string, times: number): Embedder {
  const embedder = createFakeEmbedder();
  let left = times;
  return {
    ...embedder,
    async embedDocuments(texts, options) {
      if (left > 0 && texts.some((text) => text.includes(word))) {
        left -= 1;
        throw new PerseaError('model-failed', 'The model is busy.');
      }
      return embedder.embedDocuments(texts, options);
    },
  };
}

describe('attachments', () => {
  it('that fail for a reason that passes are tried again, and are not lost', async () => {
    const documents = { 'plans.eml': mail(part('a.txt', 'The first plan.'), part('b.txt', 'The second plan.')) };
    const { app, ingest } = await openTestApp({ documents, embedder: failingAt('second', 1) });
    expect(await ingest()).toMatchObject({ added: 1, updated: 0, quarantined: [], warnings: [] });
    const uris = (await app.catalog.documents(scope, { uriPrefix: 'docs/' })).map(({ uri }) => uri);
    expect(uris).toEqual(['docs/plans.eml', 'docs/plans.eml/a.txt', 'docs/plans.eml/b.txt']);
    expect(await ingest()).toMatchObject({ unchanged: 1, chunks: 0 });
  });

  it('that cannot be read are a warning of their parent, with their own code', async () => {
    const documents = {
      'plans.eml': mail(part('a.txt', 'The first plan.'), part('b.bin', 'x\u0000\u0001\u0002'.repeat(50))),
    };
    const { ingest } = await openTestApp({ documents });
    const report = await ingest();
    expect(report).toMatchObject({ added: 1, attachments: 2, quarantined: [] });
    expect(report.byProblem).toMatchObject([
      { code: 'type-unsupported', kind: 'warning', uris: ['docs/plans.eml/b.bin'] },
    ]);
  });

  it('come and go with their parent; those that are the same are not read again', async () => {
    const notes = [0, 1, 2, 3, 4, 5].map(message);
    const { app, ingest, write } = await openTestApp({ documents: { 'notes.mbox': notes.join('') } });
    expect(await ingest()).toMatchObject({ added: 1, attachments: 6 });
    const before = await app.catalog.documents(scope, { uriPrefix: 'docs/notes.mbox/' });
    expect(before.map(({ title }) => title)).toEqual(['Note 0', 'Note 1', 'Note 2', 'Note 3', 'Note 4', 'Note 5']);
    await write({ 'notes.mbox': [...notes.slice(2), message(6)].join('') });
    expect(await ingest()).toMatchObject({ updated: 1, attachments: 5 });
    const after = await app.catalog.documents(scope, { uriPrefix: 'docs/notes.mbox/' });
    expect(after.map(({ title }) => title)).toEqual(['Note 2', 'Note 3', 'Note 4', 'Note 5', 'Note 6']);
    expect(after.slice(0, 4).map(({ documentId, revision }) => [documentId, revision])).toEqual(
      before.slice(2).map(({ documentId }) => [documentId, 1]),
    );
  });

  it('lie as deep as the limit says, and no deeper', async () => {
    let source = 'From: a@example.com\nSubject: innermost\n\nThe end.\n';
    for (let depth = 5; depth > 0; depth--) {
      source = `From: a@example.com\nSubject: level ${depth}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b${depth}\n\n--b${depth}\nContent-Type: text/plain\n\nWords.\n--b${depth}\nContent-Type: message/rfc822\n\n${source}\n--b${depth}--\n`;
    }
    const { app, ingest } = await openTestApp({ documents: { 'deep.eml': source } });
    const report = await ingest();
    expect(report.byProblem).toMatchObject([{ code: 'archive-unsafe', kind: 'warning', documents: 1 }]);
    const uris = (await app.catalog.documents(scope, { uriPrefix: 'docs/' })).map(({ uri }) => uri);
    expect(uris).toHaveLength(4);
  });
});
