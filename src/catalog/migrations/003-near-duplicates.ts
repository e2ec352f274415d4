/** Signatures of the current texts, and their bands, by which near-duplicates are found without comparing all with all. */
export const nearDuplicates = `
CREATE TABLE signatures (
  id INTEGER PRIMARY KEY,
  document_id TEXT NOT NULL UNIQUE REFERENCES documents ON DELETE CASCADE,
  -- 32-bit values, little-endian.
  signature BLOB NOT NULL
) STRICT;

-- No foreign key: its index would double the table. Rows of a document are deleted by the bands of its signature.
CREATE TABLE signature_bands (
  band INTEGER NOT NULL,
  signature_id INTEGER NOT NULL,
  PRIMARY KEY (band, signature_id)
) STRICT, WITHOUT ROWID;
`;
