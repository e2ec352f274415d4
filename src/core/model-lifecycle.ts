/** Whether a language model may be asked on a day, and what whoever looks after it should know. */
import { dayMs } from './dates.ts';

export interface ModelLifecycle {
  readonly id: string;
  readonly status: 'active' | 'deprecated' | 'retired';
  /** The last day on which it is asked, as `2027-01-31`. */
  readonly sunset?: string | undefined;
  readonly reviewBy?: string | undefined;
  readonly replacedBy?: string | undefined;
}

export interface ModelState {
  readonly isUsable: boolean;
  /** Whole sentences; empty where there is nothing to say. */
  readonly notes: readonly string[];
}

/** So long before its last day a model is spoken of. */
const noticeDays = 60;

/** Days are those of UTC. */
export function modelState(model: ModelLifecycle, today: Date): ModelState {
  const day = today.toISOString().slice(0, 10);
  const { id, status, sunset, reviewBy, replacedBy } = model;
  const successor = replacedBy === undefined ? '' : ` Use "${replacedBy}" in its place.`;
  if (status === 'retired') {
    return { isUsable: false, notes: [`The model "${id}" is retired and is not asked.${successor}`] };
  }
  if (sunset !== undefined && day > sunset) {
    return {
      isUsable: false,
      notes: [`The model "${id}" was in use until ${sunset} and is not asked any more.${successor}`],
    };
  }
  const notes: string[] = [];
  if (status === 'deprecated') notes.push(`The model "${id}" is deprecated.${successor}`);
  if (sunset !== undefined && Date.parse(sunset) - today.getTime() < noticeDays * dayMs) {
    notes.push(`The model "${id}" is asked until ${sunset} and no longer.${status === 'deprecated' ? '' : successor}`);
  }
  if (reviewBy !== undefined && day > reviewBy) {
    notes.push(`Somebody was to look by ${reviewBy} whether the model "${id}" is still the right one.`);
  }
  return { isUsable: true, notes };
}
