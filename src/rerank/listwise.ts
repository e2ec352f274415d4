/**
 * A language model puts numbered passages in order (listwise reranking after Sun et al., "Is ChatGPT Good at Search?", 2023). It sees
 * only passages that may reach its zone, and a bounded part of each; whatever it replies besides an order is refused.
 */
import type { Passage } from '../core/chunk.ts';
import { PerseaError } from '../core/errors.ts';
import { fenceFor } from '../core/fence.ts';
import { escapeMarkers } from '../core/markers.ts';
import type { RenderedPrompt } from '../core/prompt.ts';
import { decideEgress, type EgressRules } from '../egress/egress.ts';
import { sealPrompt } from '../egress/sealed-prompt.ts';
import { replyOf } from '../llm/complete.ts';
import { unreadable } from '../llm/failures-told.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import type { Reranker } from './reranker.ts';

export interface ListwiseRerankerOptions {
  readonly model: LanguageModel;
  readonly egress: EgressRules;
  /** Fills the prompt `rerank`. */
  readonly render: (values: { readonly passages: string; readonly question: string }) => RenderedPrompt;
}

/** So much of a passage says what it is about. */
const passageCharacters = 600;
/** Of all passages together, in UTF-8. */
const maxPassagesBytes = 16_384;
/** An order of a hundred numbers is shorter. */
const maxOutputTokens = 400;
const maxReplyCharacters = 2_000;

export function createListwiseReranker({ model, egress, render }: ListwiseRerankerOptions): Reranker {
  return {
    id: model.id,
    async score(question, passages, { signal, calls }) {
      const { allowed } = decideEgress(passages, model, egress);
      const shown = withinBytes(allowed);
      // One alone has no order.
      if (shown.length < 2) return new Map();
      const prompt = sealPrompt(render({ passages: renderPassages(shown), question }), shown, egress);
      const inputTokens = model.tokens.count(prompt.system + prompt.user);
      const room = model.contextTokens - maxOutputTokens - inputTokens;
      const told = (failure: PerseaError): PerseaError => {
        calls?.failed('rerank', failure);
        return failure;
      };
      if (room < 0) {
        throw told(
          new PerseaError(
            'model-failed',
            `The model "${model.id}" has no room for the passages to be reranked; lower retrieval.reranker.depth or name a model with more contextTokens.`,
          ),
        );
      }
      const asked = (await calls?.admit(model, { purpose: 'rerank', inputTokens, maxOutputTokens })) ?? model;
      const order = parseOrder(
        await replyOf(asked, { question, prompt, maxOutputTokens, maxReplyCharacters, signal }),
        shown.length,
      );
      if (order === null) throw told(unreadable(model.id, 'rerank', 'an order of the passages'));
      const scores = new Map(shown.map(({ chunk }) => [chunk.chunkId, 0]));
      for (const [rank, number] of order.entries()) {
        const chunkId = shown[number - 1]?.chunk.chunkId;
        if (chunkId !== undefined) scores.set(chunkId, 1 - rank / shown.length);
      }
      return scores;
    },
    close: async () => undefined,
  };
}

/** `[2] > [1] > [3]`, each number once and within the list; numbers may be missing at the end. Null for anything else. */
export function parseOrder(reply: string, count: number): readonly number[] | null {
  const line = reply.trim();
  if (!/^\[\d{1,4}\](?:\s*>\s*\[\d{1,4}\])*$/.test(line)) return null;
  const numbers = [...line.matchAll(/\d+/g)].map(([digits]) => Number(digits));
  const isOrder = new Set(numbers).size === numbers.length && numbers.every((number) => number >= 1 && number <= count);
  return isOrder ? numbers : null;
}

/** The best ones whose shown texts fit together. */
function withinBytes(passages: readonly Passage[]): readonly Passage[] {
  let bytes = 0;
  return passages.filter((passage) => {
    bytes += Buffer.byteLength(shownText(passage));
    return bytes <= maxPassagesBytes;
  });
}

function renderPassages(passages: readonly Passage[]): string {
  const texts = passages.map(shownText);
  const fence = fenceFor(texts);
  return texts.map((text, index) => `[${index + 1}]\n${fence}\n${text}\n${fence}`).join('\n\n');
}

/** A source's own bracketed numbers must not look like the numbers of passages. */
function shownText({ title, chunk }: Passage): string {
  return escapeMarkers(`${title}\n${chunk.indexText}`.slice(0, passageCharacters).toWellFormed());
}
