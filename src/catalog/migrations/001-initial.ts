/** Documents and their labels, what the last scan knew, the journal, jobs, keys and usage. Times are milliseconds since the epoch. */
export const initialSchema = `
CREATE TABLE catalog_version (value INTEGER NOT NULL) STRICT;
INSERT INTO catalog_version VALUES (0);

CREATE TABLE labels (
  label_id TEXT PRIMARY KEY,
  label TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE documents (
  document_id TEXT PRIMARY KEY,
  uri TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  title TEXT NOT NULL,
  media_type TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  revision INTEGER NOT NULL,
  -- Highest number ever begun: a revision that was abandoned never gives its number to another.
  last_revision INTEGER NOT NULL,
  label_id TEXT NOT NULL REFERENCES labels,
  is_label_overridden INTEGER NOT NULL,
  own_label TEXT,
  chunk_count INTEGER NOT NULL,
  token_count INTEGER NOT NULL,
  is_embedded INTEGER NOT NULL,
  page_count INTEGER,
  properties TEXT NOT NULL,
  warnings TEXT NOT NULL,
  modified_at REAL,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL
) STRICT;
CREATE INDEX documents_by_label ON documents (label_id, uri);
CREATE INDEX documents_by_source ON documents (source, uri);

CREATE TABLE texts (
  document_id TEXT PRIMARY KEY REFERENCES documents ON DELETE CASCADE,
  text TEXT NOT NULL,
  blocks TEXT NOT NULL
) STRICT;

CREATE TABLE intents (
  document_id TEXT PRIMARY KEY,
  revision INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('intended', 'flipped')),
  uri TEXT NOT NULL
) STRICT;
CREATE INDEX intents_by_uri ON intents (uri);

CREATE TABLE store_changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  document_id TEXT NOT NULL UNIQUE,
  change TEXT NOT NULL CHECK (change IN ('remove', 'relabel'))
) STRICT;

CREATE TABLE files (
  uri TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  document_id TEXT,
  content_hash TEXT,
  size_bytes INTEGER NOT NULL,
  modified_at REAL,
  state TEXT NOT NULL CHECK (state IN ('current', 'quarantined', 'excluded')),
  code TEXT,
  message TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX files_by_source ON files (source, uri);
CREATE INDEX files_by_document ON files (document_id);

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  uri TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'done', 'failed', 'dead')),
  attempts INTEGER NOT NULL,
  code TEXT,
  message TEXT,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL
) STRICT;
CREATE INDEX jobs_by_uri ON jobs (uri);
CREATE INDEX jobs_by_state ON jobs (state, updated_at);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  principal_id TEXT NOT NULL,
  name TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  created_at REAL NOT NULL,
  revoked_at REAL
) STRICT;

CREATE TABLE usage (
  trace_id TEXT PRIMARY KEY,
  principal_id TEXT NOT NULL,
  at REAL NOT NULL,
  status TEXT NOT NULL,
  reason TEXT,
  model_id TEXT,
  zone TEXT,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cost_usd REAL NOT NULL,
  total_ms REAL NOT NULL
) STRICT;
CREATE INDEX usage_by_time ON usage (at);

CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;
