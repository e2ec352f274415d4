/** A person's own conversations, over the configured models and prompts. */
import { type AccessScope, assertSystemScope } from '../access/scope.ts';
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
  /** All of one person, also of one who is not known any more; returns how many. For the operator. */
  removeAllOf(scope: AccessScope, principalId: string): Promise<number>;
}

export interface ListOptions {
  readonly limit: number;
  readonly signal?: AbortSignal;
}

interface Dependencies extends ConversationListDependencies {
  readonly store: ConversationListDependencies['store'] & { removeAll(principalId: string): Promise<number> };
}

export function createConversations(dependencies: () => Dependencies): Conversations {
  return {
    list: (scope, options) => listConversations(dependencies(), scope, options),
    remove: (scope, id) => removeConversation(dependencies().store, scope, id),
    async removeAllOf(scope, principalId) {
      assertSystemScope(scope);
      return dependencies().store.removeAll(principalId);
    },
  };
}
