/** Tables of `traces.db`. Times are milliseconds since the epoch. A released entry never changes; a later one changes what it made. */
export const traceMigrations: readonly string[] = [
  `
CREATE TABLE traces (
  trace_id TEXT PRIMARY KEY,
  principal_id TEXT NOT NULL,
  at REAL NOT NULL,
  -- JSON without any text of questions, documents or answers.
  facts TEXT NOT NULL,
  -- JSON; null where nothing of the texts is kept.
  content TEXT
) STRICT;
CREATE INDEX traces_by_time ON traces (at);

-- Whose texts lie in the content of a trace, so that a purge finds them.
CREATE TABLE trace_documents (
  document_id TEXT NOT NULL,
  trace_id TEXT NOT NULL REFERENCES traces ON DELETE CASCADE,
  PRIMARY KEY (document_id, trace_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX trace_documents_by_trace ON trace_documents (trace_id);

CREATE TABLE feedback (
  trace_id TEXT PRIMARY KEY REFERENCES traces ON DELETE CASCADE,
  rating TEXT NOT NULL,
  comment TEXT,
  at REAL NOT NULL
) STRICT;
`,
];
