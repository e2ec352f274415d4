/** What is kept of the texts of a question, by `traces.content`. */
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { TraceContent } from '../core/trace.ts';
import type { ContentPolicy, KeptContent } from './trace-store.ts';

export type ContentHasher = (text: string) => string;

/** Null under `none`. */
export function keptContent(content: TraceContent, policy: ContentPolicy, hash: ContentHasher): KeptContent | null {
  if (policy === 'none') return null;
  const keep = policy === 'full' ? (text: string) => text : hash;
  return {
    kind: policy,
    question: keep(content.question),
    answer: keep(content.answer),
    prompt: hash(content.prompt),
    items: content.items.map(keep),
    claims: content.claims.map(keep),
    droppedClaims: content.droppedClaims.map(keep),
    warnings: content.warnings.map(keep),
  };
}

const keyBytes = 32;
/** 128 bits: two different texts never meet by chance. */
const shownDigits = 32;

/**
 * HMAC-SHA-256 (RFC 2104) under a random key of this data folder. A plain hash of a short question could be guessed with a
 * list of questions; without the key nobody can try. Equal texts have equal hashes, so that repeated questions can be counted.
 */
export function createContentHasher(keyPath: string): ContentHasher {
  let key: Buffer | undefined;
  return (text) => {
    if (text === '') return '';
    key ??= readOrMakeKey(keyPath);
    return `hmac-sha256:${createHmac('sha256', key).update(text).digest('hex').slice(0, shownDigits)}`;
  };
}

/** Two processes may come here at once: the first to make the file decides. */
function readOrMakeKey(path: string): Buffer {
  try {
    writeFileSync(path, randomBytes(keyBytes), { flag: 'wx', mode: 0o600, flush: true });
  } catch (thrown) {
    if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'EEXIST') throw thrown;
  }
  const key = readFileSync(path);
  if (key.length !== keyBytes) {
    throw new Error(`${path} does not hold a key of ${keyBytes} bytes. Delete it, and a new one is made.`);
  }
  return key;
}
