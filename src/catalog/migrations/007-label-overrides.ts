/** Operators' labels of documents that are gone, for when their files come back. */
export const labelOverrides = `
CREATE TABLE label_overrides (
  uri TEXT PRIMARY KEY,
  label_id TEXT NOT NULL REFERENCES labels
) STRICT, WITHOUT ROWID;
`;
