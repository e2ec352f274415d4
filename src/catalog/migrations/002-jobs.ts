/**
 * Jobs become a queue that outlives its processes: they are leased, tried again later, given up or cancelled. The former table
 * only told how earlier runs went; the next run finds the same files again.
 */
export const jobQueue = `
DROP TABLE jobs;

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  uri TEXT NOT NULL,
  priority INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'done', 'failed', 'dead', 'cancelled')),
  attempts INTEGER NOT NULL,
  -- Not before this time; failed jobs wait for it.
  run_after REAL NOT NULL,
  -- The writer that holds it; a lower number than the present writer's is a writer that is gone.
  lease INTEGER,
  -- When that writer will be heard of again at the latest.
  lease_until REAL,
  -- It was asked for again while it was leased.
  is_asked_again INTEGER NOT NULL,
  code TEXT,
  message TEXT,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL
) STRICT;
CREATE UNIQUE INDEX open_jobs_by_uri ON jobs (uri) WHERE state IN ('queued', 'leased', 'failed');
CREATE INDEX jobs_by_uri ON jobs (uri);
-- In the order in which they are leased, so that a look into a long queue reads no more than it takes.
CREATE INDEX jobs_to_lease ON jobs (state, priority DESC, attempts, created_at);
CREATE INDEX leased_jobs ON jobs (lease) WHERE state = 'leased';
CREATE INDEX jobs_by_state ON jobs (state, updated_at);
`;
