/** What stands behind the egress gate, for tests that are not about it. */
import type { RenderedPrompt } from '../../src/core/prompt.ts';
import { zones } from '../../src/core/zones.ts';
import type { EgressPolicy } from '../../src/egress/plan.ts';
import { GuardedEmbedder } from '../../src/egress/guarded-embedder.ts';
import { type Classified, type SealedPrompt, sealPrompt } from '../../src/egress/sealed-prompt.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';

/** Everything may go everywhere. */
export const openEgress: EgressPolicy = { public: zones, internal: zones, confidential: zones, mixed: 'reroute' };

export function guarded<Absent extends null = never>(embedder: Embedder | Absent): GuardedEmbedder | Absent {
  return embedder === null ? embedder : new GuardedEmbedder(embedder, openEgress);
}

export function sealed(prompt: RenderedPrompt, contents: readonly Classified[] = []): SealedPrompt {
  return sealPrompt(prompt, contents, openEgress);
}
