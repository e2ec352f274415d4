import { counted } from '../core/counts.ts';
import type { LabRun } from '../query/lab.ts';

/** How the sentences shown are supported, or why there are none. */
export function checksOf({ answer }: LabRun): string {
  if (answer.status !== 'answered') return `${answer.status}: ${answer.reason}`;
  const counts = Map.groupBy(answer.claims, (claim) => claim.support);
  return [...counts].map(([support, claims]) => `${claims.length} ${support}`).join(', ') || counted(0, 'claim');
}
