/** A corpus of plain documents through the same path as files, for evaluation: everything visible under one label. */
import { createHash } from 'node:crypto';
import PQueue from 'p-queue';
import type { AccessLabel } from '../src/access/label.ts';
import type { Catalog } from '../src/catalog/catalog.ts';
import type { ParsedDocument } from '../src/core/document.ts';
import { PerseaError } from '../src/core/errors.ts';
import type { ChunkStore } from '../src/store/chunk-store.ts';
import { type DocumentPathDependencies, ingestDocument } from './ingest-document.ts';
import { textBlocks } from './loaders/text.ts';
import { RevisionWriter } from './revision-writer.ts';
import { createTurns, documentsUnderWay } from './turns.ts';

export interface CorpusText {
  readonly uri: string;
  readonly title: string;
  readonly text: string;
}

export interface CorpusIngestDependencies extends Omit<DocumentPathDependencies, 'parse' | 'writer' | 'inTurn'> {
  readonly catalog: Catalog;
  readonly store: ChunkStore;
  readonly concurrency: number;
}

export interface CorpusIngestOptions {
  /** Name of the source that the documents are put under. */
  readonly source: string;
  readonly label: AccessLabel;
  readonly onDocument?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Documents without any text are left out, as by every ingest. */
export async function indexCorpus(
  documents: readonly CorpusText[],
  dependencies: CorpusIngestDependencies,
  options: CorpusIngestOptions,
): Promise<{ readonly documents: number; readonly chunks: number; readonly tokens: number }> {
  const writer = new RevisionWriter(dependencies.catalog, dependencies.store);
  const inTurn = createTurns(dependencies.concurrency, () => writer.room());
  const queue = new PQueue({ concurrency: documentsUnderWay });
  const totals = { documents: 0, chunks: 0, tokens: 0 };
  let done = 0;
  const withSignal = options.signal === undefined ? {} : { signal: options.signal };
  await queue.addAll(
    documents.map((document) => async () => {
      options.signal?.throwIfAborted();
      try {
        const { document: record } = await ingestDocument(
          {
            uri: document.uri,
            source: options.source,
            fileName: document.uri,
            modifiedAt: null,
            current: null,
            read: async () => {
              const bytes = Buffer.from(document.text, 'utf8');
              return { bytes, contentHash: createHash('sha256').update(bytes).digest('hex') };
            },
            mayLabelItself: false,
            labelOf: () => options.label,
          },
          { ...dependencies, inTurn, writer, parse: async () => parsed(document) },
          options.signal,
        );
        totals.documents++;
        totals.chunks += record.chunkCount;
        totals.tokens += record.tokenCount;
      } catch (thrown) {
        if (!(thrown instanceof PerseaError) || thrown.code !== 'document-without-text') throw thrown;
      }
      options.onDocument?.(++done, documents.length);
    }),
    withSignal,
  );
  await writer.flush();
  await dependencies.store.optimize();
  return totals;
}

function parsed({ title, text: raw }: CorpusText): ParsedDocument {
  const text = raw.normalize('NFC').replace(/\r\n?/g, '\n').trimEnd();
  return {
    title,
    mediaType: 'text/plain',
    text,
    blocks: textBlocks(text),
    pageCount: null,
    properties: {},
    frontMatter: null,
    attachments: [],
    warnings: [],
  };
}
