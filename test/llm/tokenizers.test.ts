import { describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { estimatedTokens } from '../../src/llm/estimated-tokens.ts';
import { tokenCounterFor } from '../../src/llm/tokenizers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tokenizerFile } from '../support/tokenizer-file.ts';

describe('tokenCounterFor', () => {
  it.each([
    ['gpt-4o-mini', 'o200k_base'],
    ['openai/gpt-4.1', 'o200k_base'],
    ['o3-mini', 'o200k_base'],
    ['gpt-4-turbo', 'cl100k_base'],
    ['gpt-3.5-turbo', 'cl100k_base'],
    ['qwen2.5-7b-instruct', estimatedTokens.id],
  ])('takes the tokenizer of %s to be %s', (model, id) => {
    expect(tokenCounterFor('auto', model).id).toBe(id);
  });

  it('counts exactly what the encoding gives, control words as text', () => {
    const tokens = tokenCounterFor('o200k_base', 'any');
    expect(tokens.count('Parental leave is 26 weeks.')).toBe(8);
    expect(tokens.count('<|endoftext|>')).toBeGreaterThan(1);
  });

  it('counts by the tokenizer of a file, control words as text', () => {
    const tokens = tokenCounterFor(tokenizerFile, 'any');
    // ` the` and ` is` are one pair each, other letters stand alone.
    expect(tokens.count('x the is')).toBe(3);
    expect(tokens.count('<|im_end|>')).toBe(10);
  });

  it('estimates with a margin where nothing is known', () => {
    const exact = tokenCounterFor('o200k_base', 'any');
    const text = 'Parental leave is 26 weeks at full pay for all employees of the company.';
    expect(tokenCounterFor('estimate', 'gpt-4o').count(text)).toBeGreaterThan(exact.count(text));
  });

  it.each([
    ['is missing', null, /could not be read/],
    ['is not JSON', '{', /could not be read/],
    ['is no tokenizer', '{"model": {"type": "unheard-of"}}', /is not one that can be used/],
  ])('names a file that %s at the first count', async (_, content, message) => {
    const folder = await temporaryFolder(content === null ? {} : { 'tokenizer.json': content });
    const tokens = tokenCounterFor(join(folder, 'tokenizer.json'), 'any');
    expect(() => tokens.count('text')).toThrow(
      expect.objectContaining({ code: 'config-invalid', message: expect.stringMatching(message) }),
    );
  });
});
