/** What is kept of a person's conversations: their own questions and which chunks were cited, never an answer's text. */

export interface ConversationTurn {
  readonly question: string;
  /** Of what its answer cited, the first first. */
  readonly chunkIds: readonly string[];
}

export interface KeptConversation {
  /** The person's own name for it. */
  readonly id: string;
  /** Of the questions that are kept. */
  readonly firstQuestion: string;
  /** That a model gave it; null where none did. */
  readonly title: string | null;
  readonly questions: number;
  /** Milliseconds since the epoch, of the first and the last kept question. */
  readonly startedAt: number;
  readonly lastAt: number;
}
