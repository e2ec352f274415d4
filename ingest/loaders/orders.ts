/** A document that reads as if it gave orders to a language model is kept and named: whoever looks after it should look at that place. */
import type { ParsedDocument } from '../../src/core/document.ts';
import { injectionSignal } from '../../src/guard/injection.ts';

export function withOrdersNamed(document: ParsedDocument): ParsedDocument {
  const signal = injectionSignal(document.text);
  if (signal === null || !signal.isSuspected) return document;
  const line = document.text.slice(0, signal.start).split('\n').length;
  const page = document.blocks.find((block) => block.start <= signal.start && signal.start < block.end)?.page ?? null;
  const place = page === null ? `line ${line} of its text` : `line ${line} of its text, page ${page}`;
  const message = `Around ${place} it reads like orders to a language model (${signal.features.join(', ')}). Models get it as data like any other text.`;
  return { ...document, warnings: [...document.warnings, { code: 'orders-to-models', message }] };
}
