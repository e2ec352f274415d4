/** Who is asked first. Whoever quotes instead of writing comes last unless the order is the company's own. */
import type { LanguageModel } from '../llm/language-model.ts';
import { costOf } from '../llm/metered.ts';

/**
 * `order`: as the route says. `cheapest-capable`: the cheapest whose context holds the window. `escalate`: the same, and where an
 * answer does not hold when it is checked, the next one is asked.
 */
export type Routing = 'order' | 'cheapest-capable' | 'escalate';

interface Routed {
  readonly model: Pick<LanguageModel, 'provider' | 'price' | 'contextTokens'>;
  readonly maxOutputTokens: number;
}

/** What a question comes to at most. */
export interface Estimate {
  readonly tokens: number;
  readonly costUsd: number;
}

/** Rules and question around the window. */
const promptTokens = 600;

export function isExtractive({ model }: Pick<Routed, 'model'>): boolean {
  return model.provider === 'extractive';
}

export function inRoutingOrder<Entry extends Routed>(
  entries: readonly Entry[],
  routing: Routing,
  windowTokens: number,
): readonly Entry[] {
  if (routing === 'order') return entries;
  const rank = (entry: Entry) => {
    if (isExtractive(entry)) return 2;
    return promptTokens + windowTokens + entry.maxOutputTokens <= entry.model.contextTokens ? 0 : 1;
  };
  // The sort is stable: of two that cost the same the route decides.
  return entries.toSorted(
    (a, b) => rank(a) - rank(b) || estimateOf(a, windowTokens).costUsd - estimateOf(b, windowTokens).costUsd,
  );
}

function estimateOf(entry: Routed, windowTokens: number): Estimate {
  if (isExtractive(entry)) return { tokens: 0, costUsd: 0 };
  const { model, maxOutputTokens } = entry;
  const inputTokens = Math.min(promptTokens + windowTokens, Math.max(0, model.contextTokens - maxOutputTokens));
  return { tokens: inputTokens + maxOutputTokens, costUsd: costOf(model.price, inputTokens, maxOutputTokens) };
}
