/** Which version of the loaders read each file; not known of those that were read before. */
export const parsers = `
ALTER TABLE files ADD COLUMN parser TEXT;
`;
