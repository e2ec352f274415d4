/** Finds the documents that say they replace a given one; few do. */
export const replacements = `
CREATE INDEX documents_by_replaced ON documents (json_extract(properties, '$.supersedes'))
  WHERE json_extract(properties, '$.supersedes') IS NOT NULL;
`;
