/** Recognised text as a page, so that it is laid out as other text is. */
import type { LoaderInput } from './loader.ts';
import type { RecognisedLine, RecognisedWord, Recogniser } from './ocr.ts';
import type { FlatRun } from './pdf-flat.ts';
import { type Page, piecesOf } from './pdf-lines.ts';

/** Thrown where recognition is due but belongs into a process with more time: the caller hands the file on to it. */
export class RecognitionDeferred extends Error {
  override readonly name = 'RecognitionDeferred';
}

const defaultOcrPages = 200;
export const defaultOcrMs = 600_000;
/** Share of the time that may have passed when a page is begun, so that the last one ends in time. */
const usableShare = 0.8;
/** Heights of letters vary with what a line is made of; only clearly larger ones are a heading's. */
const sizeTolerance = 0.3;
/** In parts of the font size. */
const wideGap = 2;

/** Recognises page after page of one file, within its limits. */
export class PageRecogniser {
  readonly #input: LoaderInput;
  readonly #deadline: number;
  #recogniser: Recogniser | null = null;
  #pages = 0;

  /** Throws `RecognitionDeferred` where recognition belongs into another process. */
  constructor(input: LoaderInput) {
    if (input.settings.defersOcr === true) throw new RecognitionDeferred(`${input.fileName} needs text recognition.`);
    this.#input = input;
    this.#deadline = performance.now() + (input.limits.ocrMs ?? defaultOcrMs) * usableShare;
  }

  /** Whether the limits allow another page. */
  get hasRoom(): boolean {
    return this.#pages < (this.#input.limits.ocrPages ?? defaultOcrPages) && performance.now() < this.#deadline;
  }

  async recognise(picture: Uint8Array, number: number, pixelsPerPoint: number): Promise<Page> {
    const { fileName, settings } = this.#input;
    const { createRecogniser } = await import('./ocr.ts');
    this.#recogniser ??= await createRecogniser(settings.ocrLanguages ?? ['eng'], fileName);
    this.#pages++;
    return pageOf(await this.#recogniser.recognise(picture, fileName), number, pixelsPerPoint);
  }
}

function pageOf(lines: readonly RecognisedLine[], number: number, pixelsPerPoint: number): Page {
  const usual = medianHeight(lines);
  const runs = lines.flatMap((line): readonly FlatRun[] => {
    const isUsual = Math.abs(line.rowHeight - usual) <= sizeTolerance * usual;
    const size = (isUsual ? usual : line.rowHeight) / pixelsPerPoint;
    return phrasesOf(line.words, wideGap * size * pixelsPerPoint).map((phrase) => ({
      text: phrase.text,
      left: phrase.left / pixelsPerPoint,
      right: phrase.right / pixelsPerPoint,
      y: line.baseline / pixelsPerPoint,
      size,
      font: '',
      isBold: false,
      isArtifact: false,
    }));
  });
  const width = Math.max(0, ...runs.map((run) => run.right));
  const height = Math.max(0, ...runs.map((run) => run.y));
  return { number, width, height, isAside: false, pieces: piecesOf(runs), notes: [] };
}

/** Words of a line, parted only where the gap is one between columns: justified text has wide spaces. */
function phrasesOf(words: readonly RecognisedWord[], gap: number): readonly RecognisedWord[] {
  const phrases: { text: string; left: number; right: number }[] = [];
  for (const { text, left, right } of words) {
    const last = phrases.at(-1);
    if (last === undefined || left - last.right > gap) {
      phrases.push({ text, left, right });
    } else {
      last.text += ` ${text}`;
      last.right = right;
    }
  }
  return phrases;
}

function medianHeight(lines: readonly RecognisedLine[]): number {
  const heights = lines.flatMap((line) => line.words.map(() => line.rowHeight)).toSorted((a, b) => a - b);
  return heights[Math.floor(heights.length / 2)] ?? 0;
}
