/** Packs what a model may see under both the configured budget and what its context leaves. */
import type { StoredText } from '../catalog/catalog.ts';
import type { FormatRequest } from '../context/formats/format.ts';
import { findFormat } from '../context/formats/registry.ts';
import { buildContextWindow } from '../context/window.ts';
import type { ContextWindow } from '../core/context.ts';
import { expandPassages, type Surroundings } from '../retrieval/expand.ts';
import type { Inquiry } from './inquiry.ts';
import type { Candidate } from './route.ts';

/** What a model's chat template puts around a system and a user message. */
export const chatTokens = 32;

interface PackRequest {
  /** Of the prompt without its context, by the model's own counter. */
  readonly promptTokens: number;
  readonly surroundings: Promise<Surroundings>;
  readonly format: FormatRequest;
}

export async function packWindow(
  { dependencies, scope, request }: Inquiry,
  { model, passages, withheld, maxOutputTokens }: Candidate,
  { promptTokens, surroundings, format }: PackRequest,
): Promise<ContextWindow> {
  const { settings, catalog, formats } = dependencies;
  const formatName = request.format ?? settings.format;
  const expanded = expandPassages(passages, await surroundings, settings.expansion);
  const texts = new Map<string, StoredText>();
  for (const documentId of new Set(passages.map((passage) => passage.chunk.documentId))) {
    const stored = await catalog.text(scope, documentId);
    const isCurrent = passages.some(
      (passage) => passage.chunk.revision === stored?.revision && passage.chunk.documentId === documentId,
    );
    if (stored !== undefined && isCurrent) texts.set(documentId, stored);
  }
  // A document that changed or was withdrawn since it was retrieved is not shown in its old form.
  const present = expanded.filter(({ passage }) => texts.has(passage.chunk.documentId));
  const budgetTokens = Math.min(
    settings.budgetTokens,
    model.contextTokens - maxOutputTokens - promptTokens - chatTokens,
  );
  return buildContextWindow(present, {
    format: { name: formatName, render: await findFormat(formatName, formats) },
    request: format,
    order: settings.order,
    budgetTokens: Math.max(0, budgetTokens),
    perDocumentShare: settings.perDocumentShare,
    tokens: model.tokens,
    textOf: (documentId) => texts.get(documentId)?.text ?? '',
    blocksOf: (documentId) => texts.get(documentId)?.blocks ?? [],
    omitted: withheld,
  });
}
