/**
 * Which content may reach which model: classifications times zones. Pure decisions; whoever asks acts on them. What the
 * rules do not name may reach nothing.
 */
import { type Classification, classifications, type Zone, zones } from '../core/zones.ts';

export type EgressRules = Readonly<Record<Classification, readonly Zone[]>>;

export function mayReach(classification: string, zone: Zone, rules: EgressRules): boolean {
  const known = classifications.find((name) => name === classification);
  return known !== undefined && rules[known].includes(zone);
}

/** The zones that content of all these classifications together may reach: all zones where there is none. */
export function zonesFor(ofContent: Iterable<string>, rules: EgressRules): ReadonlySet<Zone> {
  const present = [...ofContent];
  return new Set(zones.filter((zone) => present.every((classification) => mayReach(classification, zone, rules))));
}

export interface EgressVerdict<Item> {
  readonly allowed: readonly Item[];
  readonly blocked: readonly Item[];
  /** One sentence for people: how much stays away and how to allow it; null where nothing is blocked. */
  readonly explanation: string | null;
}

/** Which of these passages or documents a model may see; their order is kept. */
export function decideEgress<Item extends { readonly classification: string }>(
  items: readonly Item[],
  model: { readonly id: string; readonly zone: Zone },
  rules: EgressRules,
): EgressVerdict<Item> {
  const { allowed = [], blocked = [] } = Object.groupBy(items, (item) =>
    mayReach(item.classification, model.zone, rules) ? 'allowed' : 'blocked',
  );
  return { allowed, blocked, explanation: blocked.length === 0 ? null : explain(blocked, items.length, model) };
}

function explain(
  blocked: readonly { readonly classification: string }[],
  total: number,
  model: { readonly id: string; readonly zone: Zone },
): string {
  const counts = Map.groupBy(blocked, (item) => item.classification);
  const kinds = [...counts].map(([classification, items]) => `${items.length} ${classification}`).sort();
  const settings = [...counts.keys()].sort().map((classification) => `egress.${classification}`);
  return (
    `${blocked.length} of ${total} (${kinds.join(', ')}) may not reach the model "${model.id}" in the zone ${model.zone} ` +
    `and stayed away from it; to allow it, add ${model.zone} to ${settings.join(' and ')} in persea.yaml.`
  );
}
