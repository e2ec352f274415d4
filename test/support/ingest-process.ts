/**
 * An ingest in a process of its own that its parent holds up: `node ingest-process.ts CONFIG`. It asks the parent before each
 * text is embedded, and goes on when the parent answers; `all` lets it run from then on.
 */
import { openApp } from '../../src/app.ts';
import { toPerseaError } from '../../src/core/errors.ts';
import { createFakeEmbedder } from './fake-embedder.ts';

let isHeldUp = true;
const answers: (() => void)[] = [];
process.on('message', (message) => {
  if (message === 'all') isHeldUp = false;
  for (const answer of answers.splice(0)) answer();
});

const fake = createFakeEmbedder();
const app = await openApp({
  configPath: process.argv[2] ?? '',
  embedder: {
    ...fake,
    async embedDocuments(texts, options) {
      if (isHeldUp && !texts.some((text) => text.includes('canary'))) {
        const answered = Promise.withResolvers<void>();
        answers.push(answered.resolve);
        process.send?.({ type: 'embed', text: texts[0] });
        await answered.promise;
      }
      return fake.embedDocuments(texts, options);
    },
  },
  onWarning: () => undefined,
});
try {
  const report = await app.ingestor.ingest({ onEvent: (event) => process.send?.(event) });
  process.send?.({ type: 'report', report });
} catch (thrown) {
  process.send?.({ type: 'failure', code: toPerseaError(thrown).code });
}
await app.close();
process.disconnect();
