/** Where a model runs, and how sensitive content is: the two sides of the egress rules. */

export const zones = ['local', 'private', 'external'] as const;
export type Zone = (typeof zones)[number];

/** From the least to the most sensitive. */
export const classifications = ['public', 'internal', 'confidential'] as const;
export type Classification = (typeof classifications)[number];

/** What a document without a stated classification counts as. */
export const defaultClassification: Classification = 'internal';

/** The more sensitive of two. */
export function higherClassification(a: Classification, b: Classification): Classification {
  return classifications.indexOf(a) >= classifications.indexOf(b) ? a : b;
}
