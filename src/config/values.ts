/** Values that several sections of persea.yaml share. */
import { z } from 'zod';
import type { PromptPurpose } from '../core/prompt-purposes.ts';
import { zones } from '../core/zones.ts';

export const count = z.int().min(1).max(1_000_000_000);
export const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, {
  error: 'must start with a letter or digit and hold at most 64 letters, digits, dots, hyphens and underscores',
});
export const path = z.string().min(1, { error: 'must not be empty' }).describe('Relative to this file, or absolute.');
export const webAddress = z
  .string()
  .regex(/^https?:\/\/[^\s/]/, { error: 'must be an address that starts with http:// or https://', abort: true });
/** The message must not repeat the value: it may be the key itself, put into the wrong place. */
export const environmentVariable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be the name of an environment variable, never the key itself' })
  .describe('Name of the environment variable that holds the key.');
export const zone = z.enum(zones);
export const timeoutMs = z.int().min(100).max(3_600_000);

const promptReference = z
  .string()
  .regex(/^[a-z][a-z0-9-]*(?:@[1-9][0-9]*)?$/, { error: 'must be the id of a prompt, or id@version' })
  .optional();
export const promptReferences = {
  answer: promptReference,
  condense: promptReference,
  judge: promptReference,
  repair: promptReference,
  rerank: promptReference,
  title: promptReference,
} satisfies Record<PromptPurpose, typeof promptReference>;
