/** How the server of a model is reached, and what is sent along to it: the same for language models and embedding models. */
import { z } from 'zod';
import { strictMapping } from '../core/yaml-file.ts';
import { environmentVariable, path, webAddress } from './values.ts';

/** What comes behind the address of a server is added to it, so nothing of that may stand there already. */
export const baseAddress = webAddress.superRefine((address, context) => {
  const url = URL.parse(address);
  const problem =
    url === null
      ? 'is no address'
      : url.username !== '' || url.password !== ''
        ? 'has a name or password in it; put them into headers, as { env: NAME } or { file: PATH }'
        : url.search !== '' || url.hash !== ''
          ? 'has parameters behind it; put them into query'
          : /\/(?:chat\/completions|completions|embeddings|messages)\/*$/.test(url.pathname)
            ? 'names the call itself, which Persea adds; leave that part out'
            : null;
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
});

/** Names of headers and parameters that carry secrets: their values must not stand in a file that is copied and shown. */
const secretNames =
  /key|token|secret|passw|authori[sz]|(?:^|[-_])auth(?:$|[-_])|cookie|credential|signature|^sig$|session/i;
const secretPlace = z.union(
  [strictMapping({ env: environmentVariable }), strictMapping({ file: path })],
  // The value is not repeated: it may be the secret itself.
  { error: 'must be { env: NAME } or { file: PATH }' },
);
const settingError = 'must be a text of one line, { env: NAME } or { file: PATH }';
const setting = z.union(
  [
    z
      .string()
      .max(2000)
      .regex(/^[^\r\n]*$/, { error: settingError }),
    secretPlace,
  ],
  {
    error: settingError,
  },
);
const settings = (kind: string, names: RegExp) =>
  z
    .record(z.string().regex(names, { error: `is not the name of a ${kind}` }), setting)
    .superRefine((values, context) => {
      for (const [key, value] of Object.entries(values)) {
        if (typeof value !== 'string' || !secretNames.test(key)) continue;
        context.addIssue({
          code: 'custom',
          path: [key],
          message: 'looks like a secret: write { env: NAME } or { file: PATH }, and put the value there',
        });
      }
    })
    .default({});

export const connection = {
  apiKeyEnv: environmentVariable.optional(),
  apiKeyFile: path.optional().describe('A file that holds the key and nothing else.'),
  headers: settings('header', /^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/).describe('Sent with each request.'),
  query: settings('query parameter', /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/).describe('Added to the address.'),
};

export function refuseTwoKeys(
  entry: { readonly apiKeyEnv?: string | undefined; readonly apiKeyFile?: string | undefined },
  context: z.RefinementCtx,
): void {
  if (entry.apiKeyEnv === undefined || entry.apiKeyFile === undefined) return;
  context.addIssue({ code: 'custom', path: ['apiKeyFile'], message: 'stands beside apiKeyEnv; give one of the two' });
}
