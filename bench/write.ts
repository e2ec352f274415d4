/**
 * Writing alone: revisions with ready vectors through the writer, into store and catalogue, no parsing and no embedding:
 * `npm run bench:write` (`--chunks N` in all, `--per-document N`, `--dimensions N`, `--runs N`).
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RevisionWriter, type ReadyRevision } from '../ingest/revision-writer.ts';
import { documentsUnderWay } from '../ingest/turns.ts';
import { canonicalLabel } from '../src/access/label.ts';
import { openSqliteCatalog } from '../src/catalog/sqlite.ts';
import { openLanceChunkStore } from '../src/store/lancedb.ts';
import { madeRevision } from './made-revision.ts';
import { machine, median, print, withTemporaryFolder } from './support.ts';

const { values } = parseArgs({
  options: {
    chunks: { type: 'string', default: '40000' },
    'per-document': { type: 'string', default: '1,8,40' },
    dimensions: { type: 'string', default: '384' },
    runs: { type: 'string', default: '3' },
  },
});
const dimensions = Number(values.dimensions);
const label = canonicalLabel({ anyOf: ['everyone'] });
const sentence =
  'The valve of the cooling line is inspected every second week by the team on duty, and the result is filed. ';

await withTemporaryFolder(async (folder) => {
  print(`Revisions of ready chunks with vectors of ${dimensions} into store and catalogue. ${machine()}`);
  print('| chunks a document | documents | chunks | chunks/s | documents/s |');
  print('| --- | --- | --- | --- | --- |');
  for (const perDocument of values['per-document'].split(',').map(Number)) {
    // Documents of one chunk cost most by far: as many of them would only take longer.
    const documents = Math.ceil(Math.min(Number(values.chunks), 10_000 * perDocument) / perDocument);
    const rates: number[] = [];
    for (let run = 0; run < Number(values.runs); run++) {
      rates.push((documents * perDocument) / (await write(join(folder, 'data'), documents, perDocument)));
      await rm(join(folder, 'data'), { recursive: true, force: true });
    }
    const rate = median(rates);
    print(
      `| ${perDocument} | ${documents} | ${documents * perDocument} | ${rate.toFixed(0)} | ${(rate / perDocument).toFixed(0)} |`,
    );
  }
});

/** Seconds from the first revision to the last one being current. */
async function write(directory: string, documents: number, perDocument: number): Promise<number> {
  const catalog = await openSqliteCatalog({ path: join(directory, 'catalog.db') });
  const store = await openLanceChunkStore({ directory: join(directory, 'lance'), tableName: 'bench', dimensions });
  const writer = new RevisionWriter(catalog, store);
  try {
    await catalog.beginWriting();
    const ready = Array.from({ length: documents }, (_, index) => revisionOf(index, perDocument));
    const startedAt = performance.now();
    let next = 0;
    // As many wait for their commit at a time as in an ingest.
    const writeOn = async () => {
      for (let revision = ready[next++]; revision !== undefined; revision = ready[next++]) await writer.write(revision);
    };
    await Promise.all(Array.from({ length: documentsUnderWay }, writeOn));
    return (performance.now() - startedAt) / 1_000;
  } finally {
    await store.close();
    await catalog.close();
  }
}

/** Of length 1 and the same for the same number. No two are alike: the engine groups many equal ones far more slowly than real ones. */
function madeVector(number: number): Float32Array {
  let state = (number + 1) * 0x9e3779b1;
  const vector = Float32Array.from({ length: dimensions }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    return ((state >>> 8) & 0xffff) / 0xffff - 0.5;
  });
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

function revisionOf(index: number, chunkCount: number): ReadyRevision {
  return madeRevision({
    uri: `bench/${index}.md`,
    title: `Note ${index}`,
    label,
    texts: Array.from({ length: chunkCount }, (_, ordinal) => `${index}/${ordinal} ${sentence.repeat(8)}`),
    vectors: Array.from({ length: chunkCount }, (_, ordinal) => madeVector(index * chunkCount + ordinal)),
    tokensPerChunk: 180,
  });
}
