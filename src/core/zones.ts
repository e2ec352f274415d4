/** Where a model runs, and how sensitive content is: the two sides of the egress rules. */

export const zones = ['local', 'private', 'external'] as const;
export type Zone = (typeof zones)[number];

/** From the least to the most sensitive. */
export const classifications = ['public', 'internal', 'confidential'] as const;
export type Classification = (typeof classifications)[number];

/** What a document without a stated classification counts as. */
export const defaultClassification: Classification = 'internal';

/**
 * Where a model may see only a part of the passages. `reroute`: models that may see every passage, and only where there is none, the
 * others with what they may see. `drop`: each model with what it may see, the order of the route before completeness. `refuse`:
 * models that may see every passage, or none.
 */
export const mixedPolicies = ['reroute', 'drop', 'refuse'] as const;
export type MixedPolicy = (typeof mixedPolicies)[number];

/** The more sensitive of two. */
export function higherClassification(a: Classification, b: Classification): Classification {
  return classifications.indexOf(a) >= classifications.indexOf(b) ? a : b;
}
