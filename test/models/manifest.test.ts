import { describe, expect, it } from 'vitest';
import { allVariants, filesOf, fingerprintOf, modelVariant } from '../../src/models/manifest.ts';
import { modelsFolder } from '../../src/models/models-folder.ts';

describe('The manifest of embedding models', () => {
  it('pins every file by size, hash and place', () => {
    for (const variant of allVariants())
      for (const file of filesOf(variant)) {
        expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(file.bytes).toBeGreaterThan(100_000);
        expect(file.maven.entry).toMatch(/\.(onnx|json)$/);
      }
  });

  it('names what it has when asked for something else', () => {
    expect(() => modelVariant('bge-large')).toThrow(/bge-large.*bge-small-en-v1\.5, all-MiniLM-L6-v2, e5-small-v2/);
    expect(() => modelVariant('e5-small-v2', 'fp32')).toThrow(/no dtype fp32; it has q8/);
  });

  it('has a fingerprint of everything that decides a vector', () => {
    const variant = modelVariant('bge-small-en-v1.5');
    const { model, weights } = variant;
    const changed = [
      { ...variant, dtype: 'fp32' as const },
      { ...variant, weights: { ...weights, sha256: 'f'.repeat(64) } },
      ...[
        { ...model, name: 'other' },
        { ...model, pooling: 'mean' as const },
        { ...model, queryPrefix: 'query: ' },
        { ...model, documentPrefix: 'passage: ' },
        { ...model, maxTokens: 256 },
        { ...model, tokenizer: { ...model.tokenizer, sha256: 'f'.repeat(64) } },
      ].map((other) => ({ ...variant, model: other })),
    ];
    const prints = [variant, ...changed, ...allVariants().slice(1)].map(fingerprintOf);
    expect(new Set(prints).size).toBe(prints.length);
    // What does not touch a vector does not make another index.
    expect(fingerprintOf({ ...variant, model: { ...model, denseWeight: 0.1, licence: 'other' } })).toBe(prints[0]);
    // Indexes on disk carry it: a change here means that every one must be rebuilt.
    expect(prints[0]).toBe('bge-small-en-v1.5/q8/b7bd27c685bcfe4d');
  });
});

describe('The model folder', () => {
  it.each([
    [{ PERSEA_MODELS_DIR: '/srv/models', XDG_CACHE_HOME: '/cache' }, 'linux', '/srv/models'],
    [{ XDG_CACHE_HOME: '/cache' }, 'linux', '/cache/persea/models'],
    [{ PERSEA_MODELS_DIR: '' }, 'linux', expect.stringMatching(/\.cache\/persea\/models$/)],
    [{}, 'darwin', expect.stringMatching(/Library\/Caches\/persea\/models$/)],
  ] as const)('is chosen by the environment %o on %s', (environment, platform, expected) => {
    expect(modelsFolder(environment, platform)).toEqual(expected);
  });
});
