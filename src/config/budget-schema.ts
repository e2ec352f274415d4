/** `budgets` of persea.yaml: what questions may use up in a day, by UTC. */
import { z } from 'zod';
import { tagPattern } from '../access/label.ts';
import { strictMapping } from '../core/yaml-file.ts';

const budget = strictMapping({
  tokensPerDay: z.int().min(0).optional().describe('Prompt and output together.'),
  costUsdPerDay: z.number().min(0).optional(),
}).refine((value) => value.tokensPerDay !== undefined || value.costUsdPerDay !== undefined, {
  error: 'needs tokensPerDay or costUsdPerDay',
});

export const budgets = strictMapping({
  person: budget.optional().describe('For each person.'),
  groups: z
    .record(z.string().regex(tagPattern, { error: 'is not the name of a group' }), budget)
    .default({})
    .describe('For all members of a group together.'),
  everyone: budget.optional().describe('For all people together.'),
}).describe('When one is spent, only models that use nothing of it are asked, else the question is refused.');
