/** Who asks: an id with roles, resolved to the set of tags it holds. */

export const roles = ['employee', 'admin', 'developer'] as const;
export type Role = (typeof roles)[number];

export interface Principal {
  readonly id: string;
  readonly groups: readonly string[];
  /** Its groups and those that they include; `groups` alone where it is not told. */
  readonly memberOf?: readonly string[];
  readonly roles: readonly Role[];
  /** Tags of all its groups, their includes followed, and `everyone`. */
  readonly heldTags: ReadonlySet<string>;
}
