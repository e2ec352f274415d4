import { describe, expect, it } from 'vitest';
import { cosineScale, keepCosineScale } from '../../src/app/cosine-scales.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import { guarded } from '../support/guarded.ts';
import { openTestApp } from '../support/test-app.ts';

function fakeSettings() {
  const settings = new Map<string, string>();
  return {
    settings,
    setting: async (name: string) => settings.get(name),
    setSetting: async (name: string, value: string) => void settings.set(name, value),
  };
}

describe('the scale of a model', () => {
  it('is measured once and kept by its fingerprint', async () => {
    const catalog = fakeSettings();
    const embedder = createFakeEmbedder();
    expect(await cosineScale(catalog, embedder.fingerprint)).toBeNull();
    await keepCosineScale(catalog, guarded<never>(embedder));
    expect(await cosineScale(catalog, embedder.fingerprint)).not.toBeNull();
    const asked = embedder.queries.length;
    expect(asked).toBeGreaterThan(0);
    await keepCosineScale(catalog, guarded<never>(embedder));
    expect(embedder.queries).toHaveLength(asked);
    expect(await cosineScale(catalog, createFakeEmbedder({ name: 'another' }).fingerprint)).toBeNull();
  });

  it('is not measured where coefficients come with the program', async () => {
    const catalog = fakeSettings();
    const embedder = { ...createFakeEmbedder(), fingerprint: 'bge-small-en-v1.5/q8/0123' };
    await keepCosineScale(catalog, guarded<never>(embedder));
    expect(catalog.settings.size).toBe(0);
    expect(await cosineScale(catalog, embedder.fingerprint)).toBeNull();
  });

  it('is left for another time where the model cannot be asked', async () => {
    const catalog = fakeSettings();
    const embedder = { ...createFakeEmbedder(), embedQuery: () => Promise.reject(new Error('unreachable')) };
    await keepCosineScale(catalog, guarded<never>(embedder));
    expect(catalog.settings.size).toBe(0);
  });

  it('is there after an ingest', async () => {
    const embedder = createFakeEmbedder();
    const test = await openTestApp({ documents: { 'leave.md': '# Leave\n\nEveryone has 28 days.\n' }, embedder });
    expect(await cosineScale(test.app.catalog, embedder.fingerprint)).toBeNull();
    await test.ingest();
    expect(await cosineScale(test.app.catalog, embedder.fingerprint)).not.toBeNull();
    const at = (part: string) => embedder.embedded.findIndex((text) => text.includes(part));
    expect(at('28 days')).toBeGreaterThan(-1);
    expect(at('28 days')).toBeLessThan(at('Working abroad'));
  });
});
