/** A person's own conversations, over the configured models and prompts. */
import type { AccessScope } from '../access/scope.ts';
import {
  type ConversationListDependencies,
  type ListedConversation,
  listConversations,
  removeConversation,
} from '../query/conversation-list.ts';

export interface Conversations {
  /** The latest first; nobody's but the person's own. */
  list(scope: AccessScope, options: ListOptions): Promise<readonly ListedConversation[]>;
  /** Every question that is kept of it. Nothing happens where there is none. */
  remove(scope: AccessScope, id: string): Promise<void>;
}

export interface ListOptions {
  readonly limit: number;
  readonly signal?: AbortSignal;
}

export function createConversations(dependencies: () => ConversationListDependencies): Conversations {
  return {
    list: (scope, options) => listConversations(dependencies(), scope, options),
    remove: (scope, id) => removeConversation(dependencies().store, scope, id),
  };
}
