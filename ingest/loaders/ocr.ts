/**
 * Text recognition with tesseract.js, which is installed only where it is wanted. Its engine runs on the thread of its caller
 * instead of in a worker thread of its own, because worker threads are outside of what a parser process is forbidden, and it
 * gets no way to the network.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PerseaError } from '../../src/core/errors.ts';

/** Places and sizes in pixels of the picture, from its upper left corner. */
export interface RecognisedLine {
  readonly words: readonly RecognisedWord[];
  readonly baseline: number;
  /** Height of its letters without those parts that stand out above and below. */
  readonly rowHeight: number;
}

export interface RecognisedWord {
  readonly text: string;
  readonly left: number;
  readonly right: number;
}

export interface Recogniser {
  /** Lines in reading order; none where the picture holds no text. Throws `document-damaged` for what is no picture. */
  recognise(picture: Uint8Array, fileName: string): Promise<readonly RecognisedLine[]>;
}

const installRemedy = 'npm install tesseract.js @tesseract.js-data/eng';
/** Below this, what is recognised in photos and drawings is noise. */
const leastConfidence = 30;
const lstmOnly = 1;
/** Whole pages with columns, headings and pictures; by itself the engine takes everything for one block. */
const pageLayout = '3';

const require = createRequire(import.meta.url);
let shared: { readonly key: string; readonly recogniser: Promise<Recogniser> } | null = null;

/** Throws `type-unsupported` where the package or a language's data is not installed. */
export function createRecogniser(languages: readonly string[], fileName: string): Promise<Recogniser> {
  const key = languages.join('+');
  if (shared?.key !== key) {
    const recogniser = start(languages, fileName);
    shared = { key, recogniser };
    recogniser.catch(() => {
      shared = null;
    });
  }
  return shared.recogniser;
}

async function start(languages: readonly string[], fileName: string): Promise<Recogniser> {
  const engine = loadEngine(fileName);
  const data = languages.map((language) => [language, languageFile(language, fileName)] as const);
  await engine('load', { options: { lstmOnly: true, corePath: null, logging: false } });
  for (const [language, path] of data) {
    await engine('loadLanguage', {
      langs: language,
      options: { langPath: dirname(path), cacheMethod: 'none', gzip: true, lstmOnly: true },
    });
  }
  await engine('initialize', { langs: languages.join('+'), oem: lstmOnly, config: {} });
  await engine('setParameters', { params: { tessedit_pageseg_mode: pageLayout } });
  return {
    async recognise(picture, name) {
      let result: unknown;
      try {
        const options = { rotateAuto: true };
        result = await engine('recognize', { image: picture, options, output: { blocks: true, text: false } });
      } catch (thrown) {
        throw new PerseaError(
          'document-damaged',
          `Recognised text in ${name}: the picture cannot be read. Save it as PNG or JPEG.`,
          { cause: thrown },
        );
      }
      return linesOf(result);
    },
  };
}

type Engine = (action: string, payload: object) => Promise<unknown>;

function loadEngine(fileName: string): Engine {
  let script: {
    setAdapter(adapter: object): void;
    dispatchHandlers(packet: object, send: (reply: { readonly status: string; readonly data?: unknown }) => void): void;
  };
  let getCore: unknown;
  try {
    script = require('tesseract.js/src/worker-script/index.js');
    getCore = require('tesseract.js/src/worker-script/node/getCore.js');
  } catch (cause) {
    throw notInstalled(`Recognised text in ${fileName}: tesseract.js is not installed. Run ${installRemedy}.`, cause);
  }
  const refuse = () => Promise.reject(new Error('Text recognition reads and writes only what it is given.'));
  script.setAdapter({
    getCore,
    gunzip: gunzipSync,
    fetch: refuse,
    readCache: readFile,
    writeCache: refuse,
    deleteCache: refuse,
    checkCache: refuse,
  });
  return (action, payload) =>
    new Promise((resolve, reject) => {
      script.dispatchHandlers({ workerId: 'persea', jobId: action, action, payload }, ({ status, data }) => {
        if (status === 'resolve') resolve(data);
        if (status === 'reject') reject(new Error(String(data)));
      });
    });
}

function languageFile(language: string, fileName: string): string {
  const name = `@tesseract.js-data/${language}`;
  try {
    return require.resolve(`${name}/4.0.0_best_int/${language}.traineddata.gz`);
  } catch (cause) {
    throw notInstalled(
      `Recognised text in ${fileName}: the data of the language ${language} is not installed. Run npm install ${name}, or change ingest.ocrLanguages.`,
      cause,
    );
  }
}

function notInstalled(message: string, cause: unknown): PerseaError {
  return new PerseaError('type-unsupported', message, { cause });
}

interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

interface Result {
  readonly blocks?: readonly {
    readonly paragraphs: readonly {
      readonly lines: readonly {
        readonly text: string;
        readonly confidence: number;
        readonly baseline: Box;
        readonly rowAttributes: { readonly rowHeight: number };
        readonly words: readonly { readonly text: string; readonly bbox: Box }[];
      }[];
    }[];
  }[];
}

function linesOf(result: unknown): readonly RecognisedLine[] {
  const { blocks } = result as Result;
  return (blocks ?? [])
    .flatMap((block) => block.paragraphs.flatMap((paragraph) => paragraph.lines))
    .filter((line) => line.confidence >= leastConfidence && /[\p{L}\p{N}]/u.test(line.text))
    .map((line) => ({
      words: line.words.map(({ text, bbox }) => ({ text: text.trim(), left: bbox.x0, right: bbox.x1 })),
      baseline: (line.baseline.y0 + line.baseline.y1) / 2,
      rowHeight: line.rowAttributes.rowHeight,
    }));
}
