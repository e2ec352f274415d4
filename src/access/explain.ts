/** Why a person can or cannot see a document, in plain words. For operators: it tells what the label asks for. */
import { type AccessLabel, isMetBy } from './label.ts';
import type { Principal } from './principal.ts';

export interface AccessExplanation {
  readonly visible: boolean;
  readonly label: AccessLabel;
  /** Tags that the person holds, sorted. */
  readonly held: readonly string[];
  readonly reason: string;
}

export function explainAccess(principal: Principal, label: AccessLabel): AccessExplanation {
  const visible = isMetBy(label, principal.heldTags);
  return {
    visible,
    label,
    held: [...principal.heldTags].sort(),
    reason: visible ? whyVisible(principal, label) : whyHidden(principal, label),
  };
}

function whyVisible(principal: Principal, label: AccessLabel): string {
  const met = label.clauses.map((clause) => {
    const tag = clause.find((candidate) => principal.heldTags.has(candidate)) ?? '';
    return clause.length === 1 ? `"${tag}", which is needed` : `"${tag}", which is one of ${listOf(clause)}`;
  });
  return `${principal.id} holds ${met.join(', and ')}.`;
}

function whyHidden(principal: Principal, label: AccessLabel): string {
  if (label.clauses.length === 0)
    return 'The label names no tag that would let anybody in, so nobody sees the document.';
  const unmet = label.clauses.filter((clause) => !clause.some((tag) => principal.heldTags.has(tag)));
  const needs = unmet.map((clause) => (clause.length === 1 ? `"${clause[0]}"` : `one of ${listOf(clause)}`));
  const rest = label.clauses.length - unmet.length;
  const others = rest === 0 ? '' : ` The other ${rest === 1 ? 'condition is' : `${rest} conditions are`} met.`;
  return `The document needs ${needs.join(', and ')}; ${principal.id} does not hold ${unmet.length === 1 && unmet[0]?.length === 1 ? 'it' : 'that'}.${others}`;
}

function listOf(tags: readonly string[]): string {
  return tags.map((tag) => `"${tag}"`).join(', ');
}
