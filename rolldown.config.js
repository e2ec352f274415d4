/**
 * How `npm run build` makes the command and the library. A question asked from the command line is mostly spent loading code: some 900
 * modules, of which the bundle leaves four in ten. All files lie side by side, because worker threads, parser processes and prompt
 * templates are looked for beside the file that names them.
 */
import { defineConfig } from 'rolldown';

/** Packages with native code or files of their own, and those of the server, which has the time to load them. */
const outside = [
  /^@lancedb\//,
  /^apache-arrow$/,
  /^@xenova\/transformers$/,
  /^pdf-parse$/,
  /^tesseract\.js$/,
  /^officeparser$/,
  /^fastify$/,
  /^@fastify\//,
  /^pino$/,
];

export default defineConfig({
  input: {
    main: 'src/cli/main.ts',
    index: 'src/index.ts',
    'local-worker': 'src/embedding/local-worker.ts',
    'cross-encoder-worker': 'src/rerank/cross-encoder-worker.ts',
    'format-worker': 'src/context/formats/format-worker.ts',
    'parse-worker': 'ingest/loaders/parse-worker.ts',
  },
  platform: 'node',
  external: outside,
  output: { dir: 'dist', chunkFileNames: '[name]-[hash].js' },
});
