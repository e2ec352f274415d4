import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configFrom, configJsonSchema, loadConfig } from '../../src/config.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const fromText = (text: string) => configFrom(text, '/etc/persea/persea.yaml', '/etc/persea');

function errorOf(text: string): PerseaError {
  try {
    fromText(text);
  } catch (thrown) {
    if (thrown instanceof PerseaError) return thrown;
    throw thrown;
  }
  throw new Error('the configuration was accepted');
}

const embedder = 'provider: openai-compatible, model: m, baseUrl: "http://x/v1", zone: private, dimensions: 3';

/** The example of the product contract. */
const example = `
dataDir: .persea                  # catalog.db, lance/, audit/, models/, cache/
sources:
  - name: handbook
    type: folder
    path: ./fixtures/handbook
    include: ["**/*"]
    exclude: ["**/drafts/**"]
    label: { anyOf: [staff], classification: internal }
    rules:
      - match: "hr/**"
        label: { anyOf: [hr], classification: confidential }
    frontMatter: narrow
access: ./access.yaml
embedding: { provider: local, model: bge-small-en-v1.5, dtype: q8 }
modelFiles: { mirrors: [] }
retrieval: { mode: hybrid, candidates: 100, topK: 8, fusion: { method: convex, denseWeight: auto }, rerank: none }
context: { format: numbered, order: relevance, budgetTokens: 3000, neighbours: 1, formatsDir: ./formats }
prompts: { dir: ./prompts }
answer: { unsupported: remove }
ingest: { ocr: false, secrets: report, maxVanishedShare: 0.2 }
traces: { content: hashes, retentionDays: 30 }
models:
  - { id: extractive, provider: extractive, zone: local, status: active }
  - { id: main, provider: openai-compatible, baseUrl: "https://models.example.com/v1", model: some-model,
      apiKeyEnv: MAIN_API_KEY, zone: external, contextTokens: 32000, status: active, sunset: 2027-01-31,
      price: { inputPerMTok: 0.5, outputPerMTok: 1.5 } }
route: [main, extractive]
routing: order
egress:
  public: [local, private, external]
  internal: [local, private]
  confidential: [local]
server: { host: 127.0.0.1, port: 4310 }
`;

describe('configFrom', () => {
  it('reads the example of the contract', () => {
    const config = fromText(example);
    expect(config.route).toEqual(['main', 'extractive']);
    expect(config.models[1]).toMatchObject({
      id: 'main',
      sunset: '2027-01-31',
      zone: 'external',
      contextTokens: 32000,
    });
    expect(config.sources[0]?.rules).toEqual([
      { match: 'hr/**', label: { anyOf: ['hr'], classification: 'confidential' } },
    ]);
  });

  it('says nothing more in the example than the defaults do', () => {
    const { sources, models, route, access, ...rest } = fromText(example);
    const { sources: none, models: only, route: all, access: unset, ...defaults } = fromText('');
    expect(rest).toEqual(defaults);
    expect(none).toEqual([]);
    expect(only).toMatchObject([{ id: 'extractive', provider: 'extractive', zone: 'local', status: 'active' }]);
    expect(all).toEqual(['extractive']);
    expect([sources.length, models.length, route.length]).toEqual([1, 2, 2]);
    expect([access.isRequired, unset.isRequired]).toEqual([true, false]);
  });

  it('has the limits of the contract by default', () => {
    expect(fromText('').limits).toEqual({
      questionCharacters: 4000,
      answerCharacters: 20_000,
      bodyBytes: 2 ** 20,
      fileBytes: 50 * 2 ** 20,
      parsedTextBytes: 20 * 2 ** 20,
      parseMs: 60_000,
      parseMemoryBytes: 2 ** 30,
      ocrMs: 600_000,
      ocrPages: 200,
      pages: 5000,
      archiveEntries: 10_000,
      archiveRatio: 100,
      nesting: 3,
      topK: 50,
      contextTokens: 8000,
      questionsPerMinute: 60,
      queue: 200,
    });
  });

  it('makes every path absolute, from where the file lies', () => {
    const config = fromText(
      'dataDir: ../data\naccess: rights/access.yaml\nprompts: { dir: /srv/prompts }\ncontext: { formatsDir: f }\n' +
        'modelFiles: { mirrors: [models, "https://mirror.example.com/hub"] }\nsources: [{ name: a, path: docs }]',
    );
    expect(config).toMatchObject({
      path: '/etc/persea/persea.yaml',
      directory: '/etc/persea',
      dataDir: '/etc/data',
      access: { path: '/etc/persea/rights/access.yaml' },
      prompts: { dir: '/srv/prompts' },
      context: { formatsDir: '/etc/persea/f' },
      modelFiles: { mirrors: ['/etc/persea/models', 'https://mirror.example.com/hub'] },
    });
    expect(config.sources[0]?.path).toBe('/etc/persea/docs');
    const hashes = `tokenizerSha256: "${'a'.repeat(64)}", weightsSha256: "${'b'.repeat(64)}"`;
    const reranking = fromText(`retrieval: { reranker: { crossEncoder: { folder: models/x, ${hashes} } } }`);
    expect(reranking.retrieval.reranker.crossEncoder?.folder).toBe('/etc/persea/models/x');
  });

  it('makes the files of keys absolute, of language models and of the embedder alike', () => {
    const files = 'apiKeyFile: key, headers: { x-token: { file: ../token }, x-team: search }';
    const config = fromText(
      `embedding: { ${embedder}, ${files} }\nmodels: [{ id: a, provider: anthropic, model: m, ${files} }]`,
    );
    const absolute = {
      apiKeyFile: '/etc/persea/key',
      headers: { 'x-token': { file: '/etc/token' }, 'x-team': 'search' },
    };
    expect(config.embedding).toMatchObject(absolute);
    expect(config.models[0]).toMatchObject(absolute);
  });

  it('takes a section whose lines are all commented out for one left out', () => {
    expect(fromText('sources:\n#  - name: a\nserver:\n')).toEqual(fromText(''));
  });

  it('routes to all models in use when no route is given, in their order', () => {
    const models = `models:
  - { id: old, provider: extractive, status: retired }
  - { id: b, provider: extractive, status: deprecated }
  - { id: a, provider: extractive }`;
    expect(fromText(models).route).toEqual(['b', 'a']);
  });

  it('keeps the other rules when one rule of egress is given', () => {
    expect(fromText('egress: { internal: [local] }').egress).toEqual({
      mixed: 'reroute',
      public: ['local', 'private', 'external'],
      internal: ['local'],
      confidential: ['local'],
    });
  });

  it('fills in what a remote embedder leaves out', () => {
    const text =
      'embedding: { provider: openai-compatible, model: m, baseUrl: "http://127.0.0.1:8080/v1", zone: local, dimensions: 768 }';
    expect(fromText(text).embedding).toMatchObject({ prefixes: { query: '', document: '' }, maxTokens: 512 });
  });

  it('cannot be changed', () => {
    const config = fromText(example);
    for (const value of [config, config.sources, config.sources[0], config.egress.internal, config.limits]) {
      expect(Object.isFrozen(value)).toBe(true);
    }
  });
});

const remote = 'id: a, provider: openai-compatible, baseUrl: "http://x", model: m, zone: local';

describe('a broken configuration is refused with its place', () => {
  it.each([
    ['an unknown section', 'sourcs: []', '1:1', /unknown key "sourcs"; known here: dataDir, sources/],
    ['an unknown key', 'server:\n  hots: x', '2:3', /server: unknown key "hots"; known here: host, port/],
    ['an unknown key of a label', 'sources:\n  - { name: a, path: b, label: { anyof: [x] } }', '2:34', /"anyof"/],
    ['a key of a vendor', 'models:\n  - { id: a, provider: extractive, apiKey: k }', '2:36', /unknown key "apiKey"/],
    [
      'a duration with a unit',
      'answer: { deadlineMs: 2 minutes }',
      '1:23',
      /deadlineMs: expected number, received string; write a number of milliseconds, such as 30000 for 30 seconds, without/,
    ],
    [
      'a size with a unit',
      'limits: { fileBytes: 50MB }',
      '1:22',
      /write a number of bytes, such as 10485760 for 10 MB/,
    ],
    ['a number in quotes', 'server: { port: "4310" }', '1:17', /write a number, without a unit and without quotes/],
    ['a wrong type', 'server:\n  port: many', '2:9', /server\.port: expected number, received string/],
    ['a port out of range', 'server: { port: 70000 }', '1:17', /65535/],
    [
      'a country by another name',
      'redact: { countries: [DE, UK] }',
      '1:27',
      /countries\[1\]: is not the code .* is GB/,
    ],
    [
      'a context that the output fills',
      'models: [{ id: a, provider: anthropic, model: m, contextTokens: 512 }]',
      '1:65',
      /contextTokens: holds prompt and output together, and maxOutputTokens is 800/,
    ],
    ['a country that is none', 'redact: { countries: [XX] }', '1:23', /countries\[0\]: is not the code/],
    ['a country in words', 'redact: { countries: [United Kingdom] }', '1:23', /two capital letters/],
    ['a source without a path', 'sources:\n  - name: a', '2:5', /sources\[0\]\.path: is missing/],
    ['a source name that is no segment', 'sources:\n  - { name: a/b, path: c }', '2:13', /must start with a letter/],
    ['the name of the canaries', 'sources:\n  - { name: persea.canary, path: c }', '2:13', /reserved/],
    ['a source twice', 'sources:\n  - { name: a, path: b }\n  - { name: a, path: c }', '3:13', /another source/],
    [
      'a label that lets nobody in by mistake',
      'sources: [{ name: a, path: b, label: { classification: public } }]',
      '1:38',
      /anyOf/,
    ],
    ['a bad tag', 'sources: [{ name: a, path: b, label: { anyOf: ["x y"] } }]', '1:48', /not a tag/],
    [
      'a model twice',
      'models:\n  - { id: a, provider: extractive }\n  - { id: a, provider: extractive }',
      '3:11',
      /another model/,
    ],
    ['no model at all', 'models: []', '1:9', /no model/],
    ['an unknown provider', 'models:\n  - { id: a, provider: oracle }', '2:24', /extractive, openai-compatible/],
    ['an extractive model far away', 'models: [{ id: a, provider: extractive, zone: external }]', '1:47', /local/],
    [
      'a remote model without a zone',
      'models:\n  - { id: a, provider: openai-compatible, baseUrl: "http://x", model: m }',
      '2:5',
      /zone: is missing/,
    ],
    ['a route to nowhere', 'route: [extractive, gpt]', '1:21', /no model has this id; there are: extractive/],
    [
      'a route to a retired model',
      'models: [{ id: a, provider: extractive, status: retired }, { id: b, provider: extractive }]\nroute: [a]',
      '2:9',
      /retired/,
    ],
    [
      'only retired models',
      'models: [{ id: a, provider: extractive, status: retired }]',
      '1:9',
      /all models are retired/,
    ],
    ['an impossible date', 'models: [{ id: a, provider: extractive, sunset: 2027-02-30 }]', '1:49', /date/],
    ['an unknown zone', 'egress: { internal: [moon] }', '1:22', /"local"\|"private"\|"external"/],
    ['an unknown classification', 'egress: { secret: [local] }', '1:11', /unknown key "secret"/],
    [
      'a remote embedder without a zone',
      'embedding: { provider: openai-compatible, model: m, baseUrl: "http://x", dimensions: 3 }',
      '1:12',
      /zone: is missing/,
    ],
    ['a weight over one', 'retrieval: { fusion: { denseWeight: 1.5 } }', '1:37', /0 to 1|<=1/],
    ['a topK over its limit', 'retrieval: { topK: 60 }', '1:20', /over limits\.topK \(50\)/],
    ['fewer candidates than topK', 'retrieval: { topK: 40, candidates: 30 }', '1:36', /under retrieval\.topK/],
    [
      'a cross-encoder without files',
      'retrieval: { rerank: cross-encoder }',
      '1:22',
      /needs retrieval\.reranker\.crossEnc/,
    ],
    ['a reranking model that is none', 'retrieval: { rerank: llm }', '1:22', /needs a model that writes.*: none/],
    ['a judge that does not write', 'answer: { judge: extractive }', '1:18', /needs a model that writes.*: none/],
    [
      'an impossible hash',
      'retrieval: { reranker: { crossEncoder: { folder: x, tokenizerSha256: ab } } }',
      '1:70',
      /./,
    ],
    ['a budget over its limit', 'context: { budgetTokens: 9000 }', '1:26', /over limits\.contextTokens \(8000\)/],
    ['a limit of nothing', 'limits: { queue: 0 }', '1:18', />=1/],
    ['an unknown way of routing', 'routing: random', '1:10', /"order"\|"cheapest-capable"\|"escalate"/],
    ['a budget of nothing', 'budgets: { person: {} }', '1:20', /tokensPerDay or costUsdPerDay/],
    [
      'a successor that does not exist',
      'models: [{ id: a, provider: extractive, replacedBy: b }]',
      '1:53',
      /no other model has this id; there are: a/,
    ],
    [
      'a key at two places',
      `models:\n  - { ${remote}, apiKeyEnv: KEY, apiKeyFile: ./key }`,
      '2:115',
      /beside apiKeyEnv/,
    ],
    [
      'a secret header in the file',
      `models:\n  - { ${remote}, headers: { api-key: sk-very-secret } }`,
      '2:107',
      /api-key: looks like a secret: write \{ env: NAME \}/,
    ],
    ['a secret parameter in the file', `models:\n  - { ${remote}, query: { sig: x } }`, '2:101', /looks like a secret/],
    [
      'a header that ends its line',
      `models:\n  - { ${remote}, headers: { x-team: "a\\r\\nb" } }`,
      '2:106',
      /a text of one line/,
    ],
    ['a field that Persea decides', `models:\n  - { ${remote}, options: { tools: [] } }`, '2:105', /decided by Persea/],
    [
      'a model twice in the route',
      'models: [{ id: a, provider: extractive }]\nroute: [a, a]',
      '2:12',
      /route\[1\]: this model stands earlier in the route/,
    ],
    [
      'an address with the call',
      'models: [{ id: a, provider: anthropic, model: m, baseUrl: "https://x.example/v1/messages/" }]',
      '1:59',
      /baseUrl: names the call itself/,
    ],
    [
      'an address with parameters',
      'models: [{ id: a, provider: anthropic, model: m, baseUrl: "https://x.example?v=1" }]',
      '1:59',
      /put them into query/,
    ],
    [
      'an address with a password',
      'models: [{ id: a, provider: anthropic, model: m, baseUrl: "https://sk-very:secret@x.example" }]',
      '1:59',
      /name or password in it/,
    ],
    [
      'a key of an embedder at two places',
      `embedding: { ${embedder}, apiKeyEnv: KEY, apiKeyFile: ./key }`,
      '1:135',
      /embedding\.apiKeyFile: stands beside apiKeyEnv/,
    ],
    [
      'a secret header of an embedder in the file',
      `embedding: { ${embedder}, headers: { api-key: sk-very-secret } }`,
      '1:127',
      /embedding\.headers\.api-key: looks like a secret/,
    ],
    ['tabs as indentation', 'server:\n\tport: 1', '2:1', /./],
    ['text', 'just words', '1:1', /expected object/],
  ])('%s', (_, text, place, message) => {
    const error = errorOf(text);
    expect(error.code).toBe('config-invalid');
    expect(error.message).toContain(`/etc/persea/persea.yaml:${place}: `);
    expect(error.message).toMatch(message);
  });

  it('says once what is wrong with an address', () => {
    const { message } = errorOf('models: [{ id: a, provider: anthropic, model: m, baseUrl: "https://" }]');
    expect(message.match(/baseUrl/g)).toHaveLength(1);
    expect(message).toContain('must be an address that starts with');
  });

  it('never repeats a value, for it may be a key in the wrong place', () => {
    const error = errorOf(
      'models:\n  - { id: a, provider: openai-compatible, baseUrl: "sk-very-secret", model: m, zone: local, apiKeyEnv: sk-very-secret }\n' +
        'server: { port: sk-very-secret, host: [sk-very-secret] }\nroute: [sk-very-secret]',
    );
    expect(error.message.match(/persea\.yaml:\d/g)?.length).toBeGreaterThanOrEqual(4);
    expect(JSON.stringify([error.message, error.details])).not.toContain('secret');
  });

  it('never repeats a secret of a header either', () => {
    const error = errorOf(
      `models:\n  - { ${remote}, headers: { authorization: [sk-very-secret] }, apiKeyFile: [sk-very-secret] }`,
    );
    const plain = errorOf(`models:\n  - { ${remote}, headers: { x-key: sk-very-secret } }`);
    expect(plain.message).toContain('headers.x-key');
    expect(plain.message).not.toContain('very-secret');
    expect(JSON.stringify([error.message, error.details])).not.toContain('very-secret');
  });

  it('lists at most ten problems and counts the rest', () => {
    const error = errorOf(Array.from({ length: 14 }, (_, index) => `k${index}: 1`).join('\n'));
    expect(error.message).toContain('found 14 problems');
    expect(error.message).toMatch(/\nand 4 more$/);
  });
});

describe('loadConfig', () => {
  it('takes ./persea.yaml when no file is named', async () => {
    const directory = await temporaryFolder({ 'persea.yaml': 'server: { port: 5000 }' });
    const config = loadConfig({ directory });
    expect(config).toMatchObject({ path: join(directory, 'persea.yaml'), directory, server: { port: 5000 } });
  });

  it('works without any file, from the working directory', async () => {
    const directory = await temporaryFolder();
    expect(loadConfig({ directory })).toMatchObject({ path: null, directory, dataDir: join(directory, '.persea') });
  });

  it('takes paths relative to the named file, not to the working directory', async () => {
    const directory = await temporaryFolder({ 'conf/my.yaml': 'dataDir: data' });
    expect(loadConfig({ directory, path: 'conf/my.yaml' }).dataDir).toBe(join(directory, 'conf/data'));
  });

  it('has the names of the list among those that are kept from models, and refuses a list that is not there', async () => {
    const directory = await temporaryFolder({
      'persea.yaml': 'redact: { names: [Ada Lovelace], namesFile: names.txt }',
      'names.txt': '# people\nAlan Turing\r\n\n  Grace Hopper\n',
    });
    expect(loadConfig({ directory }).redact.names).toEqual(['Ada Lovelace', 'Alan Turing', 'Grace Hopper']);
    await rm(join(directory, 'names.txt'));
    expect(() => loadConfig({ directory })).toThrow(
      expect.objectContaining({
        code: 'config-invalid',
        message: expect.stringMatching(/names\.txt \(redact\.namesFile\)/),
      }),
    );
  });

  it.each(['latin1', 'utf16le'] as const)(
    'refuses a list of names in %s, of which none would be found',
    async (encoding) => {
      const directory = await temporaryFolder({ 'persea.yaml': 'redact: { namesFile: names.txt }' });
      await writeFile(join(directory, 'names.txt'), 'Jürgen Müller\n', encoding);
      expect(() => loadConfig({ directory })).toThrow(
        expect.objectContaining({ code: 'config-invalid', message: expect.stringContaining('UTF-8') }),
      );
    },
  );

  it('refuses a named file that is not there', async () => {
    const directory = await temporaryFolder();
    expect(() => loadConfig({ directory, path: 'nope.yaml' })).toThrow(
      expect.objectContaining({
        code: 'config-not-found',
        message: expect.stringContaining(join(directory, 'nope.yaml')),
      }),
    );
  });

  it('reads the configuration of the fixtures', () => {
    expect(
      loadConfig({ path: join(import.meta.dirname, '../../fixtures/persea.yaml') }).sources.length,
    ).toBeGreaterThan(0);
  });
});

describe('configJsonSchema', () => {
  const schema = JSON.parse(JSON.stringify(configJsonSchema()));

  it('knows every section, demands none and allows no other', () => {
    expect(Object.keys(schema.properties)).toEqual(
      expect.arrayContaining(['sources', 'egress', 'limits', 'models', 'embedding', 'server']),
    );
    expect(schema.additionalProperties).toBe(false);
    expect(schema.required ?? []).toEqual([]);
  });

  it('refuses unknown keys of nested sections too', () => {
    expect(schema.properties.server.additionalProperties).toBe(false);
    const [folder, manifest] = schema.properties.sources.items.oneOf ?? schema.properties.sources.items.anyOf;
    expect(folder.required).toEqual(['name', 'path']);
    expect(manifest.required).toEqual(['name', 'type', 'path']);
  });
});
