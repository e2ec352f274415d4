/** What tells the texts of documents that are gone and of which an operator had decided something. */
export const pastDecisions = `
CREATE TABLE past_signatures (
  uri TEXT PRIMARY KEY,
  signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;
`;
