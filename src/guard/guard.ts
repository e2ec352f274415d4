/** What a guard says about a question before anything is done with it. */
import type { RefusalReason } from '../core/answer.ts';

export type QuestionVerdict =
  | {
      readonly verdict: 'accepted';
      /** The question as everything after the guard sees it. */
      readonly question: string;
    }
  | {
      readonly verdict: 'refused';
      readonly reason: RefusalReason;
      /** For the asker; never repeats the question. */
      readonly message: string;
    };
