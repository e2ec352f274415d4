import { describe, expect, it } from 'vitest';
import { generateApiKey, hashApiKey } from '../../src/access/api-key.ts';
import { sha256Hex } from '../../src/core/ids.ts';

describe('API keys', () => {
  it('are new each time, long, and known by the hash of the whole key', () => {
    const keys = Array.from({ length: 200 }, generateApiKey);
    expect(new Set(keys.map(({ key }) => key)).size).toBe(200);
    for (const { key, hash } of keys) {
      expect(key).toMatch(/^pk_[A-Za-z0-9_-]{43}$/);
      expect(hashApiKey(key)).toBe(hash);
      expect(hash).toBe(sha256Hex(key));
      expect(hash).not.toContain(key.slice(3));
    }
  });

  it.each([
    '',
    'pk_',
    'pk_short',
    `sk_${'a'.repeat(43)}`,
    `pk_${'a'.repeat(44)}`,
    `pk_${'a'.repeat(42)} `,
    `pk_${'a'.repeat(43)}\n`,
  ])('have no hash for what cannot be one: %j', (key) => {
    expect(hashApiKey(key)).toBeNull();
  });
});
