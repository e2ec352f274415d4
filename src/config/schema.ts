/** What may stand in persea.yaml: one schema for the check, the defaults, the types and the JSON Schema for editors. */
import { z } from 'zod';
import { tagPattern } from '../access/label.ts';
import { canarySource } from '../core/canary.ts';
import { strictMapping } from '../core/yaml-file.ts';
import { personalDataKinds } from '../core/personal-data.ts';
import { classifications, mixedPolicies } from '../core/zones.ts';
import { budgets } from './budget-schema.ts';
import { baseAddress, connection, refuseTwoKeys } from './connection-schema.ts';
import { models, problemsAmong } from './model-schema.ts';
import { count, environmentVariable, name, path, promptReferences, timeoutMs, webAddress, zone } from './values.ts';

const tag = z.string().regex(tagPattern, { error: `is not a tag; tags match ${tagPattern.source.slice(1, -1)}` });
const label = strictMapping({
  anyOf: z.array(tag).optional().describe('One of these tags is needed.'),
  allOf: z.array(tag).optional().describe('Each of these tags is needed.'),
  classification: z
    .enum(classifications)
    .optional()
    .describe('Decides which zones the content may reach; internal when unset.'),
}).refine((value) => value.anyOf !== undefined || value.allOf !== undefined, {
  error: 'needs anyOf or allOf, for nobody could see the documents otherwise',
});

const labelledSource = {
  name: name
    .refine((value) => value !== canarySource, { error: 'is reserved' })
    .describe('First part of the uri of every document of this source.'),
  label: label.optional().describe('Default label. Without any label a document is quarantined: nobody sees it.'),
  rules: z
    .array(strictMapping({ match: z.string().min(1), label }))
    .default([])
    .describe('The last rule that matches replaces the default label.'),
  frontMatter: z.enum(['narrow', 'replace', 'ignore']).default('narrow'),
};
const folderSource = strictMapping({
  ...labelledSource,
  type: z.literal('folder').default('folder'),
  path,
  include: z.array(z.string().min(1)).default(['**/*']),
  exclude: z.array(z.string().min(1)).default([]),
});
const manifestSource = strictMapping({
  ...labelledSource,
  type: z.literal('manifest'),
  path: path.describe('A file of JSON Lines, one item a line, beside the files with their content.'),
});
const source = z.discriminatedUnion('type', [folderSource, manifestSource], {
  error: 'type must be one of folder, manifest',
});

const localEmbedding = strictMapping({
  provider: z.literal('local'),
  model: z.string().min(1).default('bge-small-en-v1.5'),
  dtype: z.enum(['q8', 'fp32']).default('q8'),
  workers: z.int().min(1).max(64).optional().describe('One single-thread session each; as many as cores when unset.'),
});
const remoteEmbedding = strictMapping({
  provider: z.literal('openai-compatible'),
  model: z.string().min(1),
  baseUrl: baseAddress,
  ...connection,
  zone: zone.describe('Where the embedder runs. Documents that may not reach this zone are indexed for keywords only.'),
  dimensions: z.int().min(1).max(8192),
  maxTokens: z.int().min(32).max(131_072).default(512),
  prefixes: strictMapping({ query: z.string().default(''), document: z.string().default('') }).prefault({}),
  denseWeight: z.number().min(0).max(1).default(0.5).describe('Weight of the vector arm where the fusion says `auto`.'),
  languages: z
    .array(z.string().regex(/^[a-z]{2,3}$/, { error: 'must be a language tag of two or three letters, such as `de`' }))
    .min(1)
    .optional()
    .describe(
      'Languages that the model was made for. Documents in others are warned of, and passages in one are held against questions in another; neither when unset.',
    ),
  timeoutMs: timeoutMs.default(30_000),
});
const embedding = z
  .discriminatedUnion('provider', [localEmbedding, remoteEmbedding, strictMapping({ provider: z.literal('none') })], {
    error: 'provider must be one of local, openai-compatible, none',
  })
  .superRefine((entry, context) => {
    if (entry.provider === 'openai-compatible') refuseTwoKeys(entry, context);
  });

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be the 64 hexadecimal digits of a SHA-256' });
const reranker = strictMapping({
  depth: z.int().min(2).max(100).default(20).describe('How many of the best passages are looked at.'),
  share: z.number().min(0).max(1).default(0.5).describe('Share of the reranker in the blended score.'),
  deadlineMs: z
    .int()
    .min(10)
    .max(600_000)
    .default(5000)
    .describe('Without an order by then the one of the search stays.'),
  model: z.string().optional().describe('llm: id of a model; the first of the route that writes when unset.'),
  crossEncoder: strictMapping({
    folder: path,
    dtype: z.enum(['q8', 'fp32']).default('q8'),
    maxTokens: z.int().min(16).max(8192).default(512),
    tokenizerSha256: sha256.describe('Of tokenizer.json.'),
    weightsSha256: sha256.describe('Of onnx/model_quantized.onnx (q8) or onnx/model.onnx (fp32).'),
  })
    .optional()
    .describe('Files of a cross-encoder on this machine, in the layout of the hub.'),
}).describe('For `rerank` other than none.');

const mebibyte = 1024 * 1024;
const limits = strictMapping({
  questionCharacters: count.default(4000),
  answerCharacters: count.default(20_000).describe('More of an answer is not shown, and the model is told to stop.'),
  bodyBytes: count.default(mebibyte),
  fileBytes: count.default(50 * mebibyte),
  parsedTextBytes: count.default(20 * mebibyte),
  parseMs: count.default(60_000),
  parseMemoryBytes: count.max(1024 * 1024 * mebibyte).default(1024 * mebibyte),
  pages: count.default(5000),
  ocrMs: count.default(600_000).describe('For all pages of a document in which text is recognised.'),
  ocrPages: count.default(200),
  archiveEntries: count.default(10_000),
  archiveRatio: count.default(100),
  nesting: z.int().min(0).max(20).default(3),
  topK: count.max(1000).default(50),
  contextTokens: count.default(8000),
  questionsPerMinute: count.default(60).describe('For each API key.'),
  queue: count.default(200),
});

const reach = z.array(zone);

const countryNames = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
/** What is written for a country without being its code, such as `UK`, would have nothing looked for. */
const country = z
  .string()
  .regex(/^[A-Z]{2}$/, { error: 'must be a code of two capital letters such as DE', abort: true })
  .refine((code) => new Intl.Locale(`und-${code}`).region === code && countryNames.of(code) !== undefined, {
    error: 'is not the code of a country by ISO 3166; that of the United Kingdom is GB',
  });

export const configSchema = strictMapping({
  dataDir: path.default('.persea'),
  sources: z.array(source).default([]),
  access: path.optional().describe('The policy file; ./access.yaml when unset. Without one nobody is known.'),
  embedding: embedding.prefault({ provider: 'local' }),
  modelFiles: strictMapping({
    mirrors: z
      .array(z.string().min(1))
      .default([])
      .describe("Folders or base addresses with the hub's layout, tried before the hub."),
  }).prefault({}),
  retrieval: strictMapping({
    mode: z.enum(['hybrid', 'vector', 'keyword']).default('hybrid'),
    candidates: z.int().min(1).max(1000).default(100),
    topK: z.int().min(1).max(1000).default(8),
    fusion: strictMapping({
      method: z.literal('convex').default('convex'),
      denseWeight: z
        .union([z.literal('auto'), z.number().min(0).max(1)], { error: 'must be auto or a number from 0 to 1' })
        .default('auto'),
    }).prefault({}),
    candidateWords: z
      .boolean()
      .default(true)
      .describe('Whether words are also counted over what was found, and not over the whole index alone.'),
    nearness: z
      .boolean()
      .default(true)
      .describe('Whether passages rise in which words stand near each other that do so in the question.'),
    smoothing: z
      .boolean()
      .default(true)
      .describe('Whether passages rise whose nearest neighbours in meaning were found, too.'),
    rerank: z.enum(['none', 'cross-encoder', 'llm']).default('none'),
    reranker: reranker.prefault({}),
    perDocument: z
      .int()
      .min(1)
      .max(1000)
      .nullable()
      .default(null)
      .describe('How many passages of one document come before those of others; null for any number.'),
    duplicates: z
      .enum(['fold', 'show'])
      .default('fold')
      .describe('Whether what near-duplicates say alike is found once, or as often as it stands there.'),
  }).prefault({}),
  context: strictMapping({
    format: z.string().min(1).default('numbered'),
    order: z.enum(['relevance', 'document', 'edges']).default('relevance'),
    budgetTokens: z.int().min(64).max(10_000_000).default(3000),
    perDocumentShare: z
      .number()
      .min(0.1)
      .max(1)
      .default(1)
      .describe('How much of the budget the text of one document may take.'),
    neighbours: z.int().min(0).max(10).default(1),
    expand: z
      .enum(['neighbours', 'section'])
      .default('neighbours')
      .describe('Whether the rest of the section of a passage is added, too, while the budget lasts.'),
    formatsDir: path.default('./formats'),
  }).prefault({}),
  prompts: strictMapping({ dir: path.default('./prompts'), ...promptReferences }).prefault({}),
  answer: strictMapping({
    unsupported: z.enum(['mark', 'remove', 'abstain']).default('remove'),
    judge: z
      .string()
      .optional()
      .describe('Id of a model that is asked about sentences which the rules leave in doubt; nobody is when unset.'),
    judgeClaims: z
      .enum(['doubtful', 'unquoted'])
      .default('doubtful')
      .describe(
        'Whether the judge sees only sentences that the sources support in part or in other words, or all that do not stand there word for word.',
      ),
    repair: z
      .enum(['off', 'lost', 'any'])
      .default('lost')
      .describe(
        'Whether a model is asked once more, told which sentences no source supports: never, where nothing of its answer could be shown, or where anything was left out.',
      ),
    drafts: z
      .enum(['allow', 'never'])
      .default('allow')
      .describe('Whether who asks for drafts in a stream is shown what a model writes before it is checked.'),
    cache: strictMapping({
      entries: z.int().min(0).max(100_000).default(1000).describe('Answers kept in memory; 0 keeps none.'),
      maxAgeMinutes: z.int().min(1).max(525_600).default(1440),
    })
      .prefault({})
      .describe('Checked answers of language models, for the same question of the same evidence.'),
    deadlineMs: timeoutMs.default(120_000).describe('For all models and attempts of one question together.'),
    whenModelsFail: z
      .enum(['extractive', 'error'])
      .default('extractive')
      .describe('Whether sentences are quoted, with a warning, where no model of the route answers.'),
  }).prefault({}),
  ingest: strictMapping({
    ocr: z.boolean().default(false).describe('Whether text is recognised in pictures and scanned pages.'),
    ocrLanguages: z
      .array(z.string().regex(/^[a-z]{3}(?:_[a-z]{3,8})*$/i, { error: 'must be a code such as eng, deu or chi_sim' }))
      .min(1)
      .max(8)
      .default(['eng'])
      .describe('Languages of pictures and scans, each with its package @tesseract.js-data/CODE installed.'),
    secrets: z
      .enum(['report', 'mask', 'quarantine'])
      .default('report')
      .describe('Where a document holds a key or password: tell the place, also hide its letters, or leave it out.'),
    maxVanishedShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe('If a larger share of a source is gone at once, nothing is removed until that is confirmed.'),
    rescanMinutes: z
      .number()
      .min(0.05)
      .max(10_080)
      .default(10)
      .describe('While watching, how often everything is looked at, in case an event was missed.'),
    concurrency: z
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe('Documents in work at a time; four for each core when unset.'),
  }).prefault({}),
  conversations: strictMapping({
    retentionDays: z
      .int()
      .min(1)
      .max(36_500)
      .default(30)
      .describe('How long the questions of a conversation are kept.'),
    condense: z
      .enum(['auto', 'rules', 'off'])
      .default('auto')
      .describe('Who makes a follow-up stand for itself: a model of the route where one may, or rules alone.'),
    titles: z
      .enum(['rules', 'auto'])
      .default('rules')
      .describe('Titles of conversations in a list: the first question, shortened, or by a model of the route.'),
  }).prefault({}),
  traces: strictMapping({
    content: z.enum(['none', 'hashes', 'full']).default('hashes'),
    retentionDays: z.int().min(1).max(36_500).default(30),
  }).prefault({}),
  telemetry: strictMapping({
    otlp: strictMapping({
      url: webAddress.describe(
        'Where a collector takes traces over OTLP/HTTP, such as http://127.0.0.1:4318/v1/traces.',
      ),
      headersEnv: environmentVariable
        .optional()
        .describe('Name of the environment variable with headers for the collector, as name=value,name=value.'),
    })
      .optional()
      .describe('Sends the times of questions as OpenTelemetry spans, without any text.'),
  }).prefault({}),
  models,
  route: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Models in the order in which they are asked; all of them when unset.'),
  routing: z
    .enum(['order', 'cheapest-capable', 'escalate'])
    .default('order')
    .describe('Who is asked first, and whether an answer that does not hold is followed by another model.'),
  budgets: budgets.prefault({}),
  egress: strictMapping({
    public: reach.default(['local', 'private', 'external']),
    internal: reach.default(['local', 'private']),
    confidential: reach.default(['local']),
    mixed: z
      .enum(mixedPolicies)
      .default('reroute')
      .describe(
        'Where a model may see only some of the passages: reroute asks a model that may see all, else goes without some; drop goes without them; refuse asks only models that may see all.',
      ),
  }).prefault({}),
  guard: strictMapping({
    injection: z
      .enum(['note', 'refuse'])
      .default('note')
      .describe('A question that reads like orders to a language model is noted in its trace, or refused as well.'),
  }).prefault({}),
  redact: strictMapping({
    zones: z
      .array(zone.exclude(['local'], { error: 'must be private or external: what runs here is shown everything' }))
      .default(['external'])
      .describe(
        'Models in these zones get placeholders for personal data. Secrets are kept from private and external ones in any case.',
      ),
    kinds: z.array(z.enum(personalDataKinds)).default([...personalDataKinds]),
    countries: z
      .array(country)
      .max(40)
      .default(['AT', 'BE', 'CH', 'DE', 'ES', 'FR', 'GB', 'IE', 'IT', 'NL', 'US'])
      .describe('Whose national ids are looked for, and whose telephone numbers without a +.'),
    names: z.array(z.string().min(2)).default([]).describe('Of people, as they are written in documents.'),
    namesFile: path.optional().describe('More of them, one a line.'),
  }).prefault({}),
  server: strictMapping({
    host: z.string().min(1).default('127.0.0.1'),
    port: z.int().min(0).max(65_535).default(4310),
    metrics: z
      .enum(['off', 'admin', 'open'])
      .default('admin')
      .describe('Who may read /metrics: nobody, keys of the role admin, or everybody who reaches the server.'),
  }).prefault({}),
  limits: limits.prefault({}),
}).superRefine((config, context) => {
  const complain = (place: (string | number)[], message: string) => {
    context.addIssue({ code: 'custom', path: place, message });
  };
  for (const index of repeated(config.sources.map((source) => source.name))) {
    complain(['sources', index, 'name'], 'another source has this name');
  }
  for (const problem of problemsAmong(config.models)) complain(['models', ...problem.path], problem.message);
  for (const index of repeated(config.route ?? []))
    complain(['route', index], 'this model stands earlier in the route');
  for (const [index, id] of (config.route ?? []).entries()) {
    const target = config.models.find((entry) => entry.id === id);
    if (target === undefined) {
      complain(
        ['route', index],
        `no model has this id; there are: ${config.models.map((entry) => entry.id).join(', ')}`,
      );
    } else if (target.status === 'retired') {
      complain(['route', index], 'this model is retired');
    }
  }
  const { rerank, reranker: settings } = config.retrieval;
  if (rerank === 'cross-encoder' && settings.crossEncoder === undefined) {
    complain(['retrieval', 'rerank'], 'needs retrieval.reranker.crossEncoder with the files of the model');
  }
  const writers = config.models.filter((entry) => entry.provider !== 'extractive' && entry.status !== 'retired');
  const needsWriter = `needs a model that writes and is not retired; there are: ${writers.map(({ id }) => id).join(', ') || 'none'}`;
  if (rerank === 'llm' && !writers.some((entry) => settings.model === undefined || entry.id === settings.model)) {
    complain(['retrieval', 'rerank'], needsWriter);
  }
  const { judge } = config.answer;
  if (judge !== undefined && !writers.some((entry) => entry.id === judge)) complain(['answer', 'judge'], needsWriter);
  if (config.retrieval.topK > config.limits.topK) {
    complain(['retrieval', 'topK'], `is over limits.topK (${config.limits.topK})`);
  }
  if (config.retrieval.candidates < config.retrieval.topK) {
    complain(['retrieval', 'candidates'], `is under retrieval.topK (${config.retrieval.topK})`);
  }
  if (config.context.budgetTokens > config.limits.contextTokens) {
    complain(['context', 'budgetTokens'], `is over limits.contextTokens (${config.limits.contextTokens})`);
  }
});

/** Positions of values that stood earlier in the list. */
function repeated(values: readonly string[]): readonly number[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [index] : []));
}
