/** What each model of a question used, and the groups of the person who asked, for sums by model and for budgets of groups. */
export const usageCalls = `
ALTER TABLE usage ADD COLUMN groups TEXT NOT NULL DEFAULT '[]';
ALTER TABLE usage ADD COLUMN calls TEXT NOT NULL DEFAULT '[]';
CREATE INDEX usage_by_person ON usage (principal_id, at);
`;
