/**
 * The real model for tests that need it. Pulled like any user's would be when it is not there; where that fails the tests
 * are skipped, unless PERSEA_REQUIRE_MODEL=1 turns the absence into a failure.
 */
import { PerseaError } from '../../src/core/errors.ts';
import { type Dtype, modelVariant } from '../../src/models/manifest.ts';
import type { ProvisionedModel } from '../../src/models/model-files.ts';
import { provisionModel } from '../../src/models/provision.ts';

export async function modelForTests(name = 'bge-small-en-v1.5', dtype: Dtype = 'q8'): Promise<ProvisionedModel | null> {
  try {
    return await provisionModel(modelVariant(name, dtype));
  } catch (thrown) {
    const isAbsent = thrown instanceof PerseaError && thrown.code === 'model-unavailable';
    if (!isAbsent || process.env.PERSEA_REQUIRE_MODEL === '1') throw thrown;
    process.stderr.write(`Tests of the embedding model ${name} are skipped: ${thrown.message}\n`);
    return null;
  }
}
