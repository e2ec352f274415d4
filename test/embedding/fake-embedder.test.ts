import { embedderContract } from '../contract/embedder-contract.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';

embedderContract('The fake embedder', async () => ({ embedder: createFakeEmbedder(), twin: createFakeEmbedder() }));
