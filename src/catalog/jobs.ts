/** Documents that have to be read, as the catalogue keeps them until they are done. */

/** failed: to be tried again; dead: given up, until somebody asks for it again. */
export type JobState = 'queued' | 'leased' | 'done' | 'failed' | 'dead' | 'cancelled';

export interface JobRecord {
  readonly id: string;
  readonly source: string;
  readonly uri: string;
  /** Higher ones come first. */
  readonly priority: number;
  readonly state: JobState;
  readonly attempts: number;
  /** Milliseconds since the epoch before which it is not tried. */
  readonly runAfter: number;
  /** While it is leased: when its writer is heard of again at the latest. A writer that ended is not. */
  readonly leasedUntil: number | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface JobFilter {
  readonly id?: string;
  readonly state?: JobState;
  readonly limit?: number;
}

export interface JobRequest {
  readonly source: string;
  readonly uri: string;
  readonly priority?: number;
}

export interface JobLeaseRequest {
  /** The writer's number, from `beginWriting`. */
  readonly lease: number;
  readonly sources: readonly string[];
  readonly limit: number;
  readonly forMs: number;
}

export interface JobLease {
  readonly id: string;
  readonly source: string;
  readonly uri: string;
  readonly priority: number;
  /** This one included. */
  readonly attempts: number;
}

/** How an attempt ended; `queued` hands the job back as if it had not been tried. */
export interface JobOutcome {
  readonly id: string;
  readonly state: 'done' | 'failed' | 'dead' | 'queued';
  readonly code?: string;
  readonly message?: string;
  readonly runAfter?: number;
}
