/** How far an ingest is: what is done, how fast, how long it will take, and what it is at. */
import { counted, grouped } from '../core/counts.ts';
import type { IngestEvent } from '../core/ingestor.ts';
import { oneLine } from './text.ts';

/** Speeds of the last half minute count most: a few large files must not make the rest look slow. */
const smoothingMs = 30_000;
/** Before that an estimate says nothing. */
const firstEstimateMs = 3_000;
const firstEstimateShare = 0.01;

/** Smoothed estimate of the time that is left. */
export class RemainingTime {
  readonly #startedAt: number;
  #at: number;
  #share = 0;
  /** Share of the work in a millisecond. */
  #speed: number | null = null;

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
    this.#at = startedAt;
  }

  /** `share` is the part of the work that is done, 0 to 1. */
  update(share: number, now: number): void {
    const ms = now - this.#at;
    if (ms <= 0 || share < this.#share) return;
    const latest = (share - this.#share) / ms;
    const weight = 1 - Math.exp(-ms / smoothingMs);
    // Until there is a past to lean on, all of the time so far is one measurement.
    const isEarly = now - this.#startedAt < smoothingMs;
    this.#speed =
      this.#speed === null || isEarly ? share / (now - this.#startedAt) : this.#speed + weight * (latest - this.#speed);
    this.#share = share;
    this.#at = now;
  }

  /** Null where too little is known. */
  ms(now: number): number | null {
    const isTooEarly = now - this.#startedAt < firstEstimateMs || this.#share < firstEstimateShare;
    if (this.#speed === null || this.#speed <= 0 || isTooEarly) return null;
    return Math.max(0, (1 - this.#share) / this.#speed - (now - this.#at));
  }
}

export class IngestProgress {
  #planned = 0;
  #plannedBytes = 0;
  #done = 0;
  #doneBytes = 0;
  #chunks = 0;
  #tokens = 0;
  #refused = 0;
  #warnings = 0;
  #startedAt: number | null = null;
  #remaining: RemainingTime | null = null;
  /** In the order in which they were begun. */
  readonly #running = new Set<string>();

  add(event: IngestEvent, now: number): void {
    switch (event.type) {
      case 'plan':
        this.#planned += event.documents;
        this.#plannedBytes += event.bytes ?? 0;
        break;
      case 'document-start':
        this.#startedAt ??= now;
        this.#remaining ??= new RemainingTime(now);
        this.#running.add(event.uri);
        break;
      case 'document-end':
        this.#end(event, now);
        break;
      case 'warning':
        this.#warnings += 1;
        break;
    }
  }

  #end(event: Extract<IngestEvent, { type: 'document-end' }>, now: number): void {
    if (event.outcome === 'quarantined') this.#refused += 1;
    // Removals and the like take no time, and are in no plan.
    if (!this.#running.delete(event.uri)) return;
    this.#done += 1;
    this.#doneBytes += event.bytes ?? this.#plannedBytes / Math.max(1, this.#planned);
    this.#chunks += event.chunks;
    this.#tokens += event.tokens;
    this.#remaining?.update(this.#share(), now);
  }

  /** Large files take longer, but not by their bytes alone: a picture in a file costs nothing. */
  #share(): number {
    const files = this.#done / Math.max(1, this.#planned);
    const bytes = this.#plannedBytes === 0 ? files : this.#doneBytes / this.#plannedBytes;
    return Math.min(1, (files + bytes) / 2);
  }

  describe(now: number): string {
    const seconds = (now - (this.#startedAt ?? now)) / 1_000;
    const remaining = this.#remaining?.ms(now) ?? null;
    const parts = [
      `${grouped(this.#done)}/${counted(Math.max(this.#planned, this.#done), 'file')}`,
      counted(this.#chunks, 'chunk'),
      ...(seconds > 0 && this.#tokens > 0 ? [`${counted(Math.round(this.#tokens / seconds), 'token')}/s`] : []),
      ...(remaining === null ? [] : [`${duration(remaining)} left`]),
      ...(this.#refused === 0 ? [] : [`${this.#refused} refused`]),
      ...(this.#warnings === 0 ? [] : [counted(this.#warnings, 'warning')]),
    ];
    const current = [...this.#running].at(-1);
    if (current !== undefined) parts.push(oneLine(current));
    return parts.join(' · ');
  }
}

/** `5 s`, `3 min`, `2 h 10 min`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
