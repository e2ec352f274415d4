/**
 * One operation on a data folder, in a process that the driver may kill at any moment. It says when it begins and which part
 * it is in; everything it does is the product's own.
 */
import { join } from 'node:path';
import { canonicalLabel } from '../../src/access/label.ts';
import { systemScope } from '../../src/access/scope.ts';
import { openApp } from '../../src/app.ts';
import { createFakeEmbedder } from '../support/fake-embedder.ts';
import type { Operation } from './world.ts';

const [folder = '.', json = '{}'] = process.argv.slice(2);
const operation = JSON.parse(json) as Operation;
const say = (part: string) => process.send?.({ part });

const fake = createFakeEmbedder({ name: operation.embedder });
const app = await openApp({
  configPath: join(folder, 'persea.yaml'),
  embedder: {
    ...fake,
    async embedDocuments(texts, options) {
      say('embed');
      return fake.embedDocuments(texts, options);
    },
  },
  onWarning: () => undefined,
});
const scope = systemScope('crash test');

say('begin');
switch (operation.kind) {
  case 'ingest':
  case 'prune':
    await app.ingestor.ingest({
      acceptDeletions: true,
      prune: operation.kind === 'prune',
      onEvent: (event) => {
        if (event.type === 'plan') say('plan');
        if (event.type === 'document-start') say('parse');
        if (event.type === 'document-end') say('end of a document');
      },
    });
    break;
  case 'repair':
    await app.ingestor.repair({ onEvent: () => say('derive') });
    break;
  case 'relabel': {
    const document = await app.catalog.documentByUri(scope, operation.uri);
    if (document === undefined) break;
    await app.catalog.relabelDocument(document.documentId, canonicalLabel({ anyOf: [operation.tag] }), {
      isOverride: true,
    });
    say('follow');
    await app.ingestor.followCatalog();
    break;
  }
  case 'remove': {
    const document = await app.catalog.documentByUri(scope, operation.uri);
    if (document === undefined) break;
    await app.catalog.excludeUri(operation.uri);
    say('excluded');
    await app.catalog.removeDocument(document.documentId);
    say('follow');
    await app.ingestor.followCatalog();
    break;
  }
  case 'purge': {
    const removal = app.ingestor.remove({ uri: operation.uri }, { purge: true });
    say('purge');
    await removal;
    break;
  }
  case 'restore':
    await app.catalog.restoreUri(operation.uri);
    break;
}
say('done');
await app.close();
process.disconnect?.();
