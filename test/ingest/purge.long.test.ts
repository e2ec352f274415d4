import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isPurgeDue } from '../../ingest/free-storage.ts';
import { systemScope } from '../../src/access/scope.ts';
import type { App } from '../../src/app.ts';
import { acquireWriterLock } from '../../src/store/writer-lock.ts';
import { filesHolding, filesWithBytes } from '../support/bytes-of.ts';
import { createFakeEmbedder, type FakeEmbedder } from '../support/fake-embedder.ts';
import { openTestApp, type TestAppOptions } from '../support/test-app.ts';

const scope = systemScope('test');
/** No other text holds it, and no part of it is a common word. */
const canaryWord = () => `zq${randomBytes(8).toString('hex')}xv`;

/** Long enough for a text that spreads over several pages of the catalogue, between others so that pages are shared. */
function documentsWith(word: string): Record<string, string> {
  const others = Array.from({ length: 20 }, (_, index) => [
    `other/${index}.md`,
    `# Other ${index}\n\n${`Common words of the document ${index}. `.repeat(10 + index)}\n`,
  ]);
  const paragraphs = Array.from(
    { length: 30 },
    (_, index) => `The ${word} is mentioned in the paragraph ${index} here.`,
  );
  return {
    ...Object.fromEntries(others),
    'secret.md': `# About ${word}\n\n${paragraphs.join('\n\n')}\n`,
    'mail.eml': mailWith(word),
  };
}

function mailWith(word: string): string {
  return [
    'Subject: Attached',
    'From: a@example.com',
    'Content-Type: multipart/mixed; boundary="x"',
    '',
    '--x',
    'Content-Type: text/plain',
    '',
    'See what is attached to this message, please.',
    '--x',
    'Content-Type: text/markdown',
    'Content-Disposition: attachment; filename="notes.md"',
    '',
    `# Notes\n\nThe ${word} stands in the attachment too.`,
    '--x--',
    '',
  ].join('\r\n');
}

async function opened(options: Partial<TestAppOptions> = {}) {
  const word = canaryWord();
  const embedder = createFakeEmbedder();
  const test = await openTestApp({ documents: documentsWith(word), embedder, ...options });
  await test.ingest();
  const dataDir = join(test.folder, '.persea');
  return { ...test, word, embedder, dataDir };
}

/** The vectors of texts with the word, as they lie in files. */
async function vectorsOf(embedder: FakeEmbedder, word: string): Promise<readonly Buffer[]> {
  const texts = embedder.embedded.filter((text) => text.includes(word));
  const vectors = await createFakeEmbedder().embedDocuments(texts);
  return vectors.map((vector) => Buffer.from(vector.buffer));
}

async function found(app: App, word: string): Promise<number> {
  const { hits } = await app.search(scope, { query: word, mode: 'keyword' });
  return hits.filter((hit) => hit.text.includes(word)).length;
}

describe('a purge', () => {
  it('leaves no byte of a document, its attachments and its vectors in the data folder', async () => {
    const { app, word, embedder, dataDir } = await opened();
    const vectors = await vectorsOf(embedder, word);
    const holdsVector = (bytes: Buffer) => vectors.some((vector) => bytes.includes(vector));
    expect(vectors.length).toBeGreaterThan(1);
    const before = filesHolding(dataDir, word);
    expect(before.some((path) => path.startsWith('catalog.db'))).toBe(true);
    expect(before.some((path) => path.startsWith('lance/'))).toBe(true);
    expect(filesWithBytes(dataDir, holdsVector).some((path) => path.startsWith('cache/'))).toBe(true);

    const { documentIds } = await app.ingestor.remove({ uri: 'docs/secret.md' }, { purge: true });
    expect(documentIds).toHaveLength(1);
    expect(filesHolding(dataDir, word)).not.toEqual([]);
    const mail = await app.ingestor.remove({ uri: 'docs/mail.eml' }, { purge: true });
    expect(mail.documentIds).toHaveLength(2);
    expect(filesHolding(dataDir, word)).toEqual([]);
    expect(filesWithBytes(dataDir, holdsVector)).toEqual([]);
    expect(await found(app, word)).toBe(0);
    const { hits } = await app.search(scope, { query: 'common words of the document 7' });
    expect(hits.length).toBeGreaterThan(0);
  });

  it('forgets the vectors of earlier revisions, and keeps those of what is still there', async () => {
    const { app, write, ingest, word, embedder, dataDir } = await opened();
    const vectors = await vectorsOf(embedder, word);
    await write({
      'secret.md': '# Harmless\n\nNothing of interest stands here any more.\n',
      'mail.eml': 'Subject: x\n\nNothing.',
    });
    await ingest();
    await app.ingestor.remove({ uri: 'docs/other/1.md' }, { purge: true });
    expect(filesHolding(dataDir, word)).toEqual([]);
    expect(filesWithBytes(dataDir, (bytes) => vectors.some((vector) => bytes.includes(vector)))).toEqual([]);
    expect(await app.ingestor.repair()).toMatchObject({ tokens: 0 });
  });

  it('takes what was removed before, and does nothing the second time', async () => {
    const { app, ingest, folder, word, dataDir } = await opened();
    await app.ingestor.remove({ uri: 'docs/secret.md' });
    await rm(join(folder, 'docs/mail.eml'));
    await ingest();
    expect(await found(app, word)).toBe(0);
    expect(filesHolding(dataDir, word)).not.toEqual([]);
    for (let time = 1; time <= 2; time++) {
      expect(await app.ingestor.remove({ uri: 'docs/secret.md' }, { purge: true })).toEqual({ documentIds: [] });
      expect(filesHolding(dataDir, word)).toEqual([]);
    }
    expect(await ingest()).toMatchObject({ added: 0, removed: 0, unchanged: 21 });
  });

  it('is finished by the next ingest where it was cut short', async () => {
    const { app, reopen, ingest, word, dataDir } = await opened();
    const waiting = new AbortController();
    const lock = await acquireWriterLock({ dataDir, purpose: 'test' });
    const other = await reopen();
    for (const uri of ['docs/secret.md', 'docs/mail.eml']) {
      const purge = other.ingestor.remove(
        { uri },
        { purge: true, waitMs: 60_000, signal: waiting.signal, onEvent: () => waiting.abort() },
      );
      await expect(purge).rejects.toThrow();
    }
    lock.release();
    expect(await found(app, word)).toBe(0);
    expect(filesHolding(dataDir, word)).not.toEqual([]);
    await ingest();
    expect(filesHolding(dataDir, word)).toEqual([]);
    // Once is enough: an ordinary ingest does not pay for it.
    expect(await isPurgeDue(app.catalog)).toBe(false);
  });

  it('of a source takes all its documents, and lets it be ingested anew', async () => {
    const { app, ingest, word, dataDir } = await opened();
    await app.ingestor.remove({ uri: 'docs/other/1.md' });
    const { documentIds } = await app.ingestor.remove({ source: 'docs' }, { purge: true });
    expect(documentIds).toHaveLength(22);
    expect(filesHolding(dataDir, word)).toEqual([]);
    expect(filesHolding(dataDir, 'Common words of the document')).toEqual([]);
    // An operator's decision on one of its documents stands.
    expect(await ingest()).toMatchObject({ added: 21, unchanged: 1, attachments: 1 });
    expect(await found(app, word)).toBeGreaterThan(0);
  });

  it('works while another process reads', async () => {
    const { app, reopen, word, dataDir } = await opened();
    const reader = await reopen();
    expect(await found(reader, word)).toBeGreaterThan(0);
    await app.ingestor.remove({ uri: 'docs/secret.md' }, { purge: true });
    await app.ingestor.remove({ uri: 'docs/mail.eml' }, { purge: true });
    expect(await found(reader, word)).toBe(0);
    expect(filesHolding(dataDir, word)).toEqual([]);
  });
});

describe('an ingest with prune', () => {
  it('leaves no byte of what was removed in the ordinary way', async () => {
    const { app, folder, word, embedder, dataDir } = await opened();
    const vectors = await vectorsOf(embedder, word);
    await rm(join(folder, 'docs/secret.md'));
    await rm(join(folder, 'docs/mail.eml'));
    await app.ingestor.ingest();
    expect(filesHolding(dataDir, word)).not.toEqual([]);
    await app.ingestor.ingest({ prune: true });
    expect(filesHolding(dataDir, word)).toEqual([]);
    expect(filesWithBytes(dataDir, (bytes) => vectors.some((vector) => bytes.includes(vector)))).toEqual([]);
  });
});
