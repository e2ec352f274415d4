/**
 * The scale of the configured embedding model's cosines, where no refusal model was learned from them: measured once when documents are
 * ingested, and kept in the catalogue, so that no question waits for it.
 */
import { hasOwnCoefficients } from '../answer/abstain.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { GuardedEmbedder } from '../egress/guarded-embedder.ts';
import { type CosineScale, measureCosineScale } from '../retrieval/cosine-scale.ts';

const settingOf = (fingerprint: string) => `cosine-scale ${fingerprint}`;

/** Null for a model that needs none, and where none was measured yet. */
export async function cosineScale(catalog: Pick<Catalog, 'setting'>, fingerprint: string): Promise<CosineScale | null> {
  if (hasOwnCoefficients(fingerprint)) return null;
  const setting = await catalog.setting(settingOf(fingerprint));
  return setting === undefined ? null : (JSON.parse(setting) as CosineScale);
}

/** As `cosineScale`, and measures what is not known yet. A model that cannot be asked now is asked at the next ingest: the words decide meanwhile. */
export async function keepCosineScale(
  catalog: Pick<Catalog, 'setting' | 'setSetting'>,
  embedder: GuardedEmbedder,
): Promise<CosineScale | null> {
  const { fingerprint } = embedder;
  const known = await cosineScale(catalog, fingerprint);
  if (known !== null || hasOwnCoefficients(fingerprint)) return known;
  const scale = await measureCosineScale(embedder).catch(() => null);
  if (scale !== null) await catalog.setSetting(settingOf(fingerprint), JSON.stringify(scale));
  return scale;
}
