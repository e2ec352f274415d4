/** Which models an OpenAI-compatible server has, asked once when a configuration is written. */

export interface ServedModels {
  /** As it was given, or with `/v1` where only that answers. */
  readonly baseUrl: string;
  /** Models that can answer questions, in the server's order; null where it could not be asked. */
  readonly names: readonly string[] | null;
}

const timeoutMs = 3000;
const maxBytes = 1_000_000;
/** Servers list these among their models, but they do not answer questions. */
const otherKinds = /embed|rerank|whisper|tts|moderation|dall-e|transcribe|speech|image/i;

export async function servedModels(address: string, apiKey: string | undefined): Promise<ServedModels> {
  const baseUrl = address.replace(/\/+$/, '');
  // People often give the address of the server alone.
  const candidates = new URL(baseUrl).pathname === '/' ? [`${baseUrl}/v1`, baseUrl] : [baseUrl];
  for (const candidate of candidates) {
    const names = await namesAt(candidate, apiKey);
    if (names !== null) return { baseUrl: candidate, names };
  }
  return { baseUrl: candidates[0] ?? baseUrl, names: null };
}

async function namesAt(baseUrl: string, apiKey: string | undefined): Promise<readonly string[] | null> {
  try {
    const response = await fetch(`${baseUrl}/models`, {
      headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok || response.body === null) return null;
    let text = '';
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      text += piece;
      if (text.length > maxBytes) return null;
    }
    return namesIn(JSON.parse(text));
  } catch {
    // Not reachable, no such route, not JSON: the name is then left to whoever edits the file.
    return null;
  }
}

function namesIn(answer: unknown): readonly string[] | null {
  if (typeof answer !== 'object' || answer === null || !('data' in answer) || !Array.isArray(answer.data)) return null;
  const names = answer.data.flatMap((entry: unknown) =>
    typeof entry === 'object' && entry !== null && 'id' in entry && typeof entry.id === 'string' ? [entry.id] : [],
  );
  return names.filter((name) => !otherKinds.test(name));
}
