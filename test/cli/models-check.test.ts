import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ChatCompletionsServer } from '../support/chat-completions-server.ts';
import { runCommand, runForJson } from '../support/command-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Checked {
  readonly models: readonly { readonly id: string; readonly ok: boolean; readonly detail: string }[];
}

const secret = 'sk-very-secret';

afterEach(() => {
  vi.unstubAllEnvs();
});

async function configOver(servers: Readonly<Record<string, ChatCompletionsServer>>, more = ''): Promise<string> {
  const models = Object.entries(servers).map(
    ([id, { baseUrl }]) =>
      `{ id: ${id}, provider: openai-compatible, baseUrl: "${baseUrl}", model: m, zone: private, apiKeyEnv: CHECK_KEY${more} }`,
  );
  const text = `models: [{ id: quotes, provider: extractive }, ${models.join(', ')}]\n`;
  return join(await temporaryFolder({ 'persea.yaml': text }), 'persea.yaml');
}

describe('persea models check', () => {
  it('asks each model that writes one word, and says what is wrong without the key', async () => {
    vi.stubEnv('CHECK_KEY', secret);
    await using good = await ChatCompletionsServer.start({ kind: 'answer', pieces: ['ready'] });
    await using thinking = await ChatCompletionsServer.start({
      kind: 'answer',
      pieces: ['<think>So'],
      finishReason: 'length',
    });
    await using strict = await ChatCompletionsServer.start({ kind: 'status', status: 401, body: `no: ${secret}` });
    await using mute = await ChatCompletionsServer.start({ kind: 'answer', pieces: ['ready'], hasUsage: false });
    const config = await configOver({ good, thinking, mute, strict });
    const { status, value } = await runForJson<Checked>(['models', 'check', '--config', config]);
    expect(status).toBe(1);
    expect(value.models).toMatchObject([
      { id: 'good', ok: true, detail: 'answers', inputTokens: 123, outputTokens: 45 },
      { id: 'thinking', ok: true, detail: expect.stringContaining('may think first') },
      { id: 'mute', ok: true, detail: 'answers; its server tells no tokens, so they are estimated' },
      { id: 'strict', ok: false, detail: expect.stringContaining('the environment variable CHECK_KEY') },
    ]);
    expect(JSON.stringify(value)).not.toContain(secret);
    expect(good.requests[0]?.body).toMatchObject({ max_tokens: 16 });
    const one = await runCommand(['models', 'check', 'good', '--config', config]);
    expect(one).toMatchObject({ status: 0, stdout: expect.stringMatching(/^ok\s+good\s+zone private .* answers/) });
  });

  it('asks one that is retired only where it is named', async () => {
    vi.stubEnv('CHECK_KEY', secret);
    await using old = await ChatCompletionsServer.start({ kind: 'answer', pieces: ['ready'] });
    const config = await configOver({ old }, ', status: retired');
    expect((await runCommand(['models', 'check', '--config', config])).stdout).toContain('nothing to check');
    expect(old.requests).toHaveLength(0);
    expect((await runForJson<Checked>(['models', 'check', 'old', '--config', config])).value.models).toMatchObject([
      { id: 'old', ok: true },
    ]);
    expect(await runCommand(['models', 'check', 'quotes', '--config', config])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no model "quotes" that writes; there are: old'),
    });
  });
});
