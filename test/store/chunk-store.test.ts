import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openLanceChunkStore } from '../../src/store/lancedb.ts';
import { chunkStoreContract } from '../contract/chunk-store-contract.ts';
import { FakeChunkStore } from '../support/fake-chunk-store.ts';

const root = mkdtempSync(join(tmpdir(), 'persea-store-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let tables = 0;
chunkStoreContract('LanceDB', async (dimensions) => {
  tables += 1;
  return openLanceChunkStore({ directory: join(root, String(tables)), tableName: 'chunks', dimensions });
});

chunkStoreContract('fake', async (dimensions) => new FakeChunkStore({ dimensions }));
