/** `models` of persea.yaml: the language models that may answer, where they run, what they cost and how long they are used. */
import { z } from 'zod';
import { strictMapping } from '../core/yaml-file.ts';
import { baseAddress, connection, refuseTwoKeys } from './connection-schema.ts';
import { name, promptReferences, timeoutMs, zone } from './values.ts';

const price = strictMapping({
  inputPerMTok: z.number().min(0).default(0),
  outputPerMTok: z.number().min(0).default(0),
});
const date = z.iso.date({ error: 'must be a date such as 2027-01-31' });
const note = z.string().min(1).max(200);

const lifecycle = {
  id: name,
  status: z.enum(['active', 'deprecated', 'retired']).default('active'),
  sunset: date.optional().describe('After this day the model is not asked any more.'),
  reviewBy: date.optional().describe('By this day somebody looks whether the model is still the right one.'),
  replacedBy: name.optional().describe('Id of the model that takes its place.'),
  licence: note.optional().describe('Under which terms the model may be used.'),
  owner: note.optional().describe('Who is responsible for the model.'),
};

/** What Persea itself decides, and what would let a model call others with what it was shown. */
const ownFields: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'system',
  'prompt',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'functions',
  'function_call',
  'plugins',
  'mcp_servers',
  'web_search_options',
  'models',
  'fallbacks',
]);
const options = z
  .record(z.string().min(1).max(100), z.json())
  .superRefine((fields, context) => {
    for (const key of Object.keys(fields)) {
      if (!ownFields.has(key)) continue;
      context.addIssue({ code: 'custom', path: [key], message: 'is decided by Persea and cannot be set here' });
    }
  })
  .default({})
  .describe('Further fields of each request, as the server names them; null leaves a field out.');

const extractiveModel = strictMapping({
  ...lifecycle,
  provider: z.literal('extractive'),
  zone: z.literal('local').default('local'),
  sentences: z.int().min(1).max(10).default(2).describe('Quotes at most this many sentences.'),
});
const remote = {
  ...lifecycle,
  model: z.string().min(1).describe("The server's own name for the model."),
  ...connection,
  options,
  contextTokens: z.int().min(512).max(10_000_000).default(8192),
  tokenizer: z
    .string()
    .regex(/^(?:auto|estimate|o200k_base|cl100k_base|.*\.json)$/, {
      error: 'must be auto, estimate, o200k_base, cl100k_base or the path of a tokenizer.json',
    })
    .default('auto')
    .describe('Counts the tokens of budgets; auto: by the name of the model, else an estimate with a margin.'),
  maxOutputTokens: z.int().min(16).max(1_000_000).default(800),
  temperature: z.number().min(0).max(2).nullable().default(0).describe('null leaves it to the server.'),
  timeoutMs: timeoutMs.default(60_000),
  concurrency: z.int().min(1).max(1000).default(8).describe('Questions that it answers at a time; others wait.'),
  price: price.prefault({}),
  family: z
    .string()
    .regex(/^[a-z][a-z0-9]*$/, { error: 'must be lower-case letters and digits' })
    .optional()
    .describe("Which prompts suit it; by the first letters of the model's name when unset."),
  prompts: strictMapping(promptReferences).prefault({}).describe('Prompts of its own, by purpose.'),
};
const openAiCompatibleModel = strictMapping({
  ...remote,
  provider: z.literal('openai-compatible'),
  baseUrl: baseAddress,
  zone,
});
const anthropicModel = strictMapping({
  ...remote,
  provider: z.literal('anthropic'),
  baseUrl: baseAddress.default('https://api.anthropic.com/v1'),
  zone: zone.default('external'),
});

const model = z
  .discriminatedUnion('provider', [extractiveModel, openAiCompatibleModel, anthropicModel], {
    error: 'provider must be one of extractive, openai-compatible, anthropic',
  })
  .superRefine((entry, context) => {
    if (entry.provider === 'extractive') return;
    refuseTwoKeys(entry, context);
    if (entry.maxOutputTokens >= entry.contextTokens) {
      const message = `holds prompt and output together, and maxOutputTokens is ${entry.maxOutputTokens}`;
      context.addIssue({ code: 'custom', path: ['contextTokens'], message });
    }
  });

export const models = z
  .array(model)
  .min(1, { error: 'names no model; leave it out to have the extractive one' })
  .default(() => [extractiveModel.parse({ id: 'extractive', provider: 'extractive' })]);

type Models = z.output<typeof models>;

/** What is wrong among models that are each in order: ids that stand twice, replacements that do not exist. */
export function problemsAmong(
  entries: Models,
): readonly { readonly path: (string | number)[]; readonly message: string }[] {
  const ids = entries.map((entry) => entry.id);
  const problems = entries.flatMap(({ id, replacedBy }, index) => {
    const own: { path: (string | number)[]; message: string }[] = [];
    if (ids.indexOf(id) < index) own.push({ path: [index, 'id'], message: 'another model has this id' });
    if (replacedBy !== undefined && (replacedBy === id || !ids.includes(replacedBy))) {
      own.push({ path: [index, 'replacedBy'], message: `no other model has this id; there are: ${ids.join(', ')}` });
    }
    return own;
  });
  if (entries.length > 0 && entries.every((entry) => entry.status === 'retired')) {
    problems.push({ path: [], message: 'all models are retired, so nobody could answer' });
  }
  return problems;
}
