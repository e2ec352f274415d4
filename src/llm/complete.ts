/** One prompt, one whole reply: for what is not an answer to a person, such as an order, a verdict or a rewritten question. */
import type { Deadline } from '../core/async.ts';
import type { LanguageModel } from './language-model.ts';
import type { SealedPrompt } from '../egress/sealed-prompt.ts';

export interface CompletionRequest {
  readonly question: string;
  readonly prompt: SealedPrompt;
  readonly maxOutputTokens: number;
  /** What is longer is no reply; the rest is not waited for. */
  readonly maxReplyCharacters: number;
  readonly signal?: AbortSignal;
  readonly deadline?: Deadline;
}

const window = { format: 'none', items: [], text: '', tokens: 0, omitted: [] };
const evidence = { sentences: [], features: {}, fingerprint: '' };

/** Throws what the model throws, `egress-refused` among it. */
export async function replyOf(
  model: LanguageModel,
  { maxReplyCharacters, ...request }: CompletionRequest,
): Promise<string> {
  let reply = '';
  for await (const event of model.generate({ ...request, window, evidence })) {
    if (event.type !== 'text-delta') continue;
    reply += event.text;
    if (reply.length > maxReplyCharacters) break;
  }
  return reply;
}
