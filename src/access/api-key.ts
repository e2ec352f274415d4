/** API keys: 256 random bits, shown once when made; only the hash is ever stored. */
import { randomBytes } from 'node:crypto';
import { sha256Hex } from '../core/ids.ts';

/** Recognisable, so that scanners for leaked secrets can find it. */
const prefix = 'pk_';
const keyPattern = /^pk_[A-Za-z0-9_-]{43}$/;

export interface NewApiKey {
  /** To be shown to its owner once, and kept nowhere. */
  readonly key: string;
  readonly hash: string;
}

export function generateApiKey(): NewApiKey {
  const key = prefix + randomBytes(32).toString('base64url');
  return { key, hash: sha256Hex(key) };
}

/** Null for what cannot be a key. A plain hash is enough, because a key cannot be guessed as a password can. */
export function hashApiKey(key: string): string | null {
  return keyPattern.test(key) ? sha256Hex(key) : null;
}
