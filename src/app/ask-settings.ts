import type { Config } from '../config.ts';
import type { AskSettings } from '../query/dependencies.ts';

/** What the configuration says of answers, as a question needs it. */
export function askSettings(config: Config): AskSettings {
  const { retrieval, context, answer, conversations, limits, egress, guard, routing } = config;
  return {
    topK: retrieval.topK,
    format: context.format,
    order: context.order,
    budgetTokens: context.budgetTokens,
    perDocumentShare: context.perDocumentShare,
    expansion: { neighbours: context.neighbours, isSection: context.expand === 'section' },
    perDocument: retrieval.perDocument,
    unsupported: answer.unsupported,
    questionCharacters: limits.questionCharacters,
    answerCharacters: limits.answerCharacters,
    injection: guard.injection,
    repair: answer.repair,
    drafts: answer.drafts,
    duplicates: retrieval.duplicates,
    egress,
    condense: conversations.condense,
    routing,
    deadlineMs: answer.deadlineMs,
  };
}
