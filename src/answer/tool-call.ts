/**
 * Whether a model calls a tool instead of answering. None is offered, but models that were trained on tools write such calls into their
 * text, each family in its own spelling.
 */

/** Qwen, Hermes and Granite; Llama. What is cut off has no end. */
const tagged = /<\|?(tool_calls?|function_calls?|function)\b[^>]{0,100}>[\s\S]*?(?:<\|?\/\1\|?>|<\|\1_end\|>|$)/gi;
/** Mistral and Llama: all that follows is the call. */
const headed = /^(?:\[TOOL_CALLS\]|<\|python_tag\|>|functools\s*\[)/;
const fenced = /^```[a-z_]*\n([\s\S]*?)\n?```$/i;

/** Nothing but a call; a text that also says something is read for what it says. */
export function isToolCall(text: string): boolean {
  const trimmed = text.trim();
  if (headed.test(trimmed)) return true;
  const bare = trimmed.replace(tagged, '').trim();
  if (bare === '') return trimmed !== '';
  return isCall(parsed(fenced.exec(bare)?.[1] ?? bare));
}

function parsed(text: string): unknown {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isCall(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(isCall);
  if (typeof value !== 'object' || value === null) return false;
  if ('tool_calls' in value || 'function_call' in value) return true;
  if ('function' in value && typeof value.function === 'object') return isCall(value.function);
  return (
    'name' in value &&
    typeof value.name === 'string' &&
    ['arguments', 'parameters', 'input'].some((key) => key in value)
  );
}
