/**
 * The branded value that every read of the catalogue and the store demands. It is made here and nowhere else, from a
 * principal and the labels that exist; a label created later is not in it, so an old scope fails closed.
 */
import { PerseaError } from '../core/errors.ts';
import { type AccessLabel, isMetBy, labelId } from './label.ts';
import type { Principal, Role } from './principal.ts';

declare const scopeBrand: unique symbol;

export type ScopeSubject =
  | {
      readonly kind: 'principal';
      readonly id: string;
      readonly roles: readonly Role[];
      readonly groups: readonly string[];
    }
  | { readonly kind: 'system'; readonly purpose: string };

export interface AccessScope {
  readonly [scopeBrand]: never;
  readonly subject: ScopeSubject;
  /** Ids of the labels that the subject meets; 'all' only for the system. */
  readonly labelIds: ReadonlySet<string> | 'all';
  /** The decision itself, for re-checks against a label read from the catalogue. */
  permits(label: AccessLabel): boolean;
}

/** The brand exists only for the compiler; this set also refuses look-alikes at run time. */
const genuineScopes = new WeakSet<AccessScope>();

/** What this person may see, given all distinct labels of the catalogue. */
export function scopeOf(principal: Principal, labels: Iterable<AccessLabel>): AccessScope {
  const heldTags = new Set(principal.heldTags);
  const labelIds = new Set<string>();
  for (const label of labels) if (isMetBy(label, heldTags)) labelIds.add(labelId(label));
  return register({
    subject: {
      kind: 'principal',
      id: principal.id,
      roles: [...principal.roles],
      groups: [...(principal.memberOf ?? principal.groups)],
    },
    labelIds,
    permits: (label) => isMetBy(label, heldTags),
  });
}

/** For the worker, maintenance and the operator's own commands; the purpose says why, and is what to search for in reviews. */
export function systemScope(purpose: string): AccessScope {
  return register({ subject: { kind: 'system', purpose }, labelIds: 'all', permits: () => true });
}

function register(fields: Omit<AccessScope, typeof scopeBrand>): AccessScope {
  const scope = Object.freeze(fields) as AccessScope;
  genuineScopes.add(scope);
  return scope;
}

/** Every read path calls this first; a value that only looks like a scope is a programming error and sees nothing. */
export function assertGenuineScope(scope: AccessScope): void {
  if (!genuineScopes.has(scope)) {
    throw new PerseaError('internal', 'A read was attempted without a genuine access scope; nothing was read.');
  }
}

/** For what has no label of its own: the journal, files, jobs, keys, usage and the store's own facts. */
export function assertSystemScope(scope: AccessScope): void {
  assertGenuineScope(scope);
  if (scope.subject.kind !== 'system') {
    throw new PerseaError(
      'internal',
      'A read that is only for the system was attempted for a person; nothing was read.',
    );
  }
}

/** Usage of other people is for the operator and administrators; everybody else sees their own. */
export function maySeeUsageOfOthers(scope: AccessScope): boolean {
  return scope.subject.kind === 'system' || scope.subject.roles.includes('admin');
}

/** Raw scores and score parts are for the operator and developers only: they move with documents one may not see. */
export function maySeeRawScores(scope: AccessScope): boolean {
  return scope.subject.kind === 'system' || scope.subject.roles.includes('developer');
}
