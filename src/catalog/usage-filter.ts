/** Whose usage a scope may sum up. */
import { type AccessScope, assertGenuineScope, maySeeUsageOfOthers } from '../access/scope.ts';
import type { UsageFilter } from './catalog.ts';

/** The filter as it was asked for, or for the person's own questions alone. */
export function usageFilterFor(scope: AccessScope, filter: UsageFilter): UsageFilter {
  assertGenuineScope(scope);
  const { subject } = scope;
  if (subject.kind === 'system' || maySeeUsageOfOthers(scope)) return filter;
  if (filter.principalId === undefined || filter.principalId === subject.id) {
    return { ...filter, principalId: subject.id };
  }
  // Whoever asks for another one's gets nothing, and not their own under another name.
  return { ...filter, principalId: subject.id, untilMs: 0 };
}
