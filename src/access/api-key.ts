/** API keys: shown once when they are made; only their hashes are stored. */
import { randomBytes } from 'node:crypto';
import { sha256Hex } from '../core/ids.ts';

/** Lets secret scanners and people recognise a key. */
const prefix = 'persea_';
const secretBytes = 32;

export function generateApiKey(): string {
  return `${prefix}${randomBytes(secretBytes).toString('base64url')}`;
}

/** A plain hash is enough: a key has 256 random bits, so there is nothing to guess. */
export function hashApiKey(key: string): string {
  return sha256Hex(key);
}
