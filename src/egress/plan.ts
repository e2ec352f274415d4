/**
 * Which models of a route may be asked about these passages, and with which of them: what becomes of a mixed window, of which a
 * model may see a part only.
 */
import type { MixedPolicy, Zone } from '../core/zones.ts';
import { decideEgress, type EgressRules } from './egress.ts';
import type { Classified } from './sealed-prompt.ts';

export interface EgressPolicy extends EgressRules {
  readonly mixed: MixedPolicy;
}

export interface EgressPlan<Entry, Passage> {
  /** In the order in which they are to be asked; empty where the question must be refused. */
  readonly candidates: readonly {
    readonly entry: Entry;
    readonly passages: readonly Passage[];
    readonly blocked: readonly Passage[];
  }[];
  /** Why not the whole window goes to the first model of the route, for people; null where it does. */
  readonly explanation: string | null;
}

export function planEgress<
  Entry extends { readonly model: { readonly id: string; readonly zone: Zone } },
  Passage extends Classified,
>(route: readonly Entry[], passages: readonly Passage[], policy: EgressPolicy): EgressPlan<Entry, Passage> {
  const verdicts = route.map((entry) => ({ entry, ...decideEgress(passages, entry.model, policy) }));
  const explanation = verdicts[0]?.explanation ?? null;
  const complete = verdicts.filter(({ blocked }) => blocked.length === 0);
  const partial = verdicts.filter(({ allowed }) => allowed.length > 0);
  const chosen =
    policy.mixed === 'drop' ? partial : complete.length > 0 || policy.mixed === 'refuse' ? complete : partial;
  return {
    candidates: chosen.map(({ entry, allowed, blocked }) => ({ entry, passages: allowed, blocked })),
    explanation,
  };
}
