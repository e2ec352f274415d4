/** Every call to a model goes through src/egress: what only it can make at run time, and where calls may stand at all. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifications, zones } from '../../src/core/zones.ts';
import { mayReach } from '../../src/egress/egress.ts';
import { GuardedEmbedder } from '../../src/egress/guarded-embedder.ts';
import { assertMayReach, SealedPrompt, sealPrompt } from '../../src/egress/sealed-prompt.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';

const root = join(import.meta.dirname, '../..');
const files = globSync(['src/**/*.ts', 'ingest/**/*.ts'], { cwd: root }).map((file) => file.replaceAll('\\', '/'));
const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const filesWith = (pattern: RegExp) => [...sources].filter(([, text]) => pattern.test(text)).map(([file]) => file);

/** A new place that talks to a model belongs here only with a look at what it sends. */
describe('calls to models stand where the gate is', () => {
  it('to language models: with a sealed prompt, which the type of the request demands', () => {
    expect(sources.get('src/llm/language-model.ts')).toContain('readonly prompt: SealedPrompt;');
    const callers = filesWith(/\.generate\(/).filter((file) => !file.startsWith('src/llm/'));
    for (const file of callers) expect(sources.get(file), file).toMatch(/\bsealPrompt\(|SealedPrompt/);
    expect(callers.length).toBeGreaterThan(0);
  });

  it('each provider asks the seal before anything else', () => {
    for (const file of ['src/llm/remote-model.ts', 'src/llm/extractive.ts']) {
      expect(sources.get(file), file).toMatch(/generate[^{]*\{\s*assertMayReach\(/);
    }
    // What knows the SDK or the network lies behind the former: protocols are handed to it, and it alone makes their way out.
    const providers = filesWith(/'ai'|'@ai-sdk\/|(?<!\.)\bfetch\(/).filter((file) => file.startsWith('src/llm/'));
    const protocols = ['src/llm/anthropic.ts', 'src/llm/openai-compatible.ts'];
    expect(providers.sort()).toEqual([...protocols, 'src/llm/model-fetch.ts', 'src/llm/remote-model.ts'].sort());
    for (const file of protocols) {
      expect(sources.get(file), file).toContain('return createRemoteModel(');
      expect(sources.get(file), file).not.toMatch(/streamText|generateText|doStream|doGenerate/);
    }
    expect(filesWith(/\bcreateModelFetch\(|from '\.\/model-fetch\.ts'/).sort()).toEqual([
      'src/llm/model-fetch.ts',
      'src/llm/remote-model.ts',
    ]);
  });

  it('nobody forges or rewrites a seal', () => {
    const casts = filesWith(
      /as (?:unknown as |never as |any as )?(?:SealedPrompt|GuardedEmbedder)\b|new SealedPrompt\(/,
    );
    expect(casts).toEqual(['src/egress/sealed-prompt.ts']);
    const rewriters = filesWith(/\.rewritten\(/).filter((file) => file !== 'src/llm/redacted.ts');
    expect(rewriters).toEqual([]);
  });

  it('to embedding models: by the guarded one, but for the check that it answers at all', () => {
    const raw = filesWith(/\.embedQuery\(|\bembedder\??\.embedDocuments\(|\binner\.embedDocuments\(/).filter(
      (file) => !file.startsWith('src/embedding/'),
    );
    // These call the guarded one's method of the same name.
    const guarded = ['ingest/chunk-and-embed.ts', 'src/retrieval/cosine-scale.ts', 'src/retrieval/sentence-scorer.ts'];
    expect(raw.sort()).toEqual([...guarded, 'src/app/checks.ts', 'src/egress/guarded-embedder.ts'].sort());
    for (const file of guarded) {
      expect(sources.get(file)).toContain('GuardedEmbedder');
      expect(sources.get(file)).not.toContain('embedding/embedder.ts');
    }
  });

  it('nobody else talks to a server of models', () => {
    // The store's own `fetch` reads rows; served-models.ts asks for the names of models and sends nothing;
    // spans go to a collector.
    const places = [
      'src/llm/',
      'src/embedding/',
      'src/models/',
      'src/store/lancedb.ts',
      'src/cli/served-models.ts',
      'src/telemetry/',
    ];
    const outside = filesWith(
      /(?<![.\w#])fetch\(|^(?:import|export) (?!type )[^;]*from '(?:node:https?|undici)'/m,
    ).filter((file) => !places.some((place) => file.startsWith(place)));
    expect(outside).toEqual([]);
  });
});

const prompt = { id: 'p', version: '1', hash: 'sha256:0', system: 's', user: 'u' };
const anyRules = fc.record({
  public: fc.subarray([...zones]),
  internal: fc.subarray([...zones]),
  confidential: fc.subarray([...zones]),
});
const anyContents = fc.array(
  fc.constantFrom(...classifications, 'unknown').map((classification) => ({ classification })),
  {
    maxLength: 6,
  },
);

describe('a seal', () => {
  it('lets a prompt reach a zone only if all of its content may', () => {
    fc.assert(
      fc.property(anyRules, anyContents, fc.constantFrom(...zones), (rules, contents, zone) => {
        const expected = contents.every(({ classification }) => mayReach(classification, zone, rules));
        const sealed = sealPrompt(prompt, contents, rules);
        expect(sealed.mayReach(zone)).toBe(expected);
        expect(sealed.rewritten((text) => text.toUpperCase()).mayReach(zone)).toBe(expected);
      }),
    );
  });

  it('cannot be made elsewhere', () => {
    const key = Symbol('sealed in sealed-prompt.ts') as never;
    expect(() => new SealedPrompt(key, prompt, new Set(zones), new Set())).toThrow('sealPrompt alone');
    const rules = { public: zones, internal: zones, confidential: zones };
    const copy = { ...sealPrompt(prompt, [], rules) } as unknown as SealedPrompt;
    const look = Object.setPrototypeOf({ ...prompt }, SealedPrompt.prototype) as SealedPrompt;
    const request = (forged: SealedPrompt) => ({ prompt: forged, window: { items: [] } });
    const model = { id: 'far', zone: 'external' } as const;
    expect(() => assertMayReach(request(copy), model)).toThrow('did not pass the egress rules');
    // Without the private fields nothing can be asked of it.
    expect(() => assertMayReach(request(look), model)).toThrow();
  });
});

describe('a guarded embedder', () => {
  it('embeds only what may reach its zone, all or nothing', async () => {
    await fc.assert(
      fc.asyncProperty(anyRules, anyContents, fc.constantFrom(...zones), async (rules, contents, zone) => {
        const fake = createFakeEmbedder();
        const embedder = new GuardedEmbedder({ ...fake, zone }, rules);
        const isAllowed = contents.every(({ classification }) => mayReach(classification, zone, rules));
        const texts = contents.map((content, index) => ({ ...content, text: `text ${index}` }));
        const outcomes = await Promise.allSettled([
          embedder.embedDocuments(texts),
          embedder.embedQuestion('a question', contents),
        ]);
        expect(outcomes.map(({ status }) => status)).toEqual(Array(2).fill(isAllowed ? 'fulfilled' : 'rejected'));
        expect(fake.embedded).toEqual(isAllowed ? texts.map(({ text }) => text) : []);
        expect(fake.queries).toEqual(isAllowed ? ['a question'] : []);
      }),
    );
  });
});
