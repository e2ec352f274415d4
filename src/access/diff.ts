/** What a new policy would change: who gains and who loses which documents. */
import { type AccessLabel, isMetBy, labelId } from './label.ts';
import type { AccessPolicy } from './policy.ts';
import type { Principal } from './principal.ts';

export interface LabelledDocument {
  readonly uri: string;
  readonly label: AccessLabel;
}

export interface PrincipalChange {
  readonly principal: string;
  /** `added` and `removed`: the person is known under one of the two policies only. */
  readonly change: 'added' | 'removed' | 'changed';
  /** Uris, sorted. */
  readonly gains: readonly string[];
  readonly loses: readonly string[];
}

/** People for whom anything changes, sorted; a person who is added or removed is listed even if no document is concerned. */
export function diffPolicies(
  before: AccessPolicy,
  after: AccessPolicy,
  documents: Iterable<LabelledDocument>,
): readonly PrincipalChange[] {
  // The decision depends on the label alone, and many documents share one.
  const groups = [...Map.groupBy(documents, (document) => labelId(document.label)).values()];
  const urisWhere = (isChanged: (label: AccessLabel) => boolean) =>
    groups
      .flatMap((group) => (group[0] !== undefined && isChanged(group[0].label) ? group.map(({ uri }) => uri) : []))
      .sort();

  const ids = [...new Set([...before.principalIds(), ...after.principalIds()])].sort();
  return ids.flatMap((id) => {
    const [old, next] = [before.principal(id), after.principal(id)];
    const gains = urisWhere((label) => !sees(old, label) && sees(next, label));
    const loses = urisWhere((label) => sees(old, label) && !sees(next, label));
    const change = old === undefined ? 'added' : next === undefined ? 'removed' : 'changed';
    return change === 'changed' && gains.length + loses.length === 0 ? [] : [{ principal: id, change, gains, loses }];
  });
}

function sees(principal: Principal | undefined, label: AccessLabel): boolean {
  return principal !== undefined && isMetBy(label, principal.heldTags);
}
