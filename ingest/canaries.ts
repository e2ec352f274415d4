/** Puts the canaries into the index, once, by the same writer that writes every document. */
import { canonicalLabel } from '../src/access/label.ts';
import { systemScope } from '../src/access/scope.ts';
import type { Catalog } from '../src/catalog/catalog.ts';
import { type Canary, canaries, canarySource, canaryTag } from '../src/core/canary.ts';
import { sha256Hex } from '../src/core/ids.ts';
import { chunkAndEmbed } from './chunk-and-embed.ts';
import type { DocumentPathDependencies } from './ingest-document.ts';

type CanaryDependencies = Omit<DocumentPathDependencies, 'parse' | 'inTurn'>;

export async function ensureCanaries(catalog: Catalog, dependencies: CanaryDependencies): Promise<void> {
  await Promise.all(
    canaries.map(async (canary) => {
      const known = await catalog.documentByUri(systemScope('canaries'), canary.uri);
      const isDone =
        known?.contentHash === sha256Hex(canary.text) && (known.isEmbedded || dependencies.embedder === null);
      if (!isDone) await writeCanary(canary, known?.documentId ?? null, dependencies);
    }),
  );
}

async function writeCanary(canary: Canary, documentId: string | null, dependencies: CanaryDependencies): Promise<void> {
  const label = canonicalLabel({ anyOf: [canaryTag], classification: 'public' });
  const blocks = [
    {
      kind: 'paragraph',
      start: 0,
      end: canary.text.length,
      level: null,
      title: null,
      page: null,
      headerEnd: null,
    } as const,
  ];
  const text = { title: canary.title, text: canary.text, blocks };
  const { chunks, vectors, ...facts } = await chunkAndEmbed(text, label.classification, dependencies);
  await dependencies.writer.write({
    documentId,
    chunks,
    vectors,
    draft: {
      uri: canary.uri,
      source: canarySource,
      title: canary.title,
      mediaType: 'text/plain',
      contentHash: sha256Hex(canary.text),
      sizeBytes: null,
      modifiedAt: null,
      label,
      ownLabel: null,
      text: canary.text,
      blocks,
      pageCount: null,
      properties: {},
      warnings: [],
      ...facts,
    },
  });
}
