/** Bodies of the routes for conversations. */
import { z } from 'zod';
import { conversationIdPattern } from '../query/question.ts';

export const conversationParams = z.object({ id: z.string().regex(conversationIdPattern) });

export const conversationsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).optional().describe('At most so many; 50 when absent.'),
});

export const conversationRemoved = z.null().describe('Nothing of it is kept.');

export const conversationsResponse = z
  .object({
    conversations: z
      .array(
        z
          .object({
            id: z.string().describe('Your own name for it: the `conversationId` of its questions.'),
            title: z.string().describe('Made of your first question in it.'),
            questions: z.int().describe('How many of them are kept.'),
            startedAt: z.string().describe('Time of the first one that is kept.'),
            lastAt: z.string(),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly();
