/** What an embedding server answers, read within bounds and checked: the numbers go straight into the index. */
import { PerseaError } from '../core/errors.ts';
import { memberOf } from '../core/server-failures.ts';

/** One number in JSON, with comma and white space, and room for the rest of the answer. */
const bytesPerNumber = 40;
const freeBytes = 256 * 1024;

export async function readBounded(response: Response, numbers: number): Promise<string> {
  const limit = numbers * bytesPerNumber + freeBytes;
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > limit)
      throw new PerseaError('model-failed', `The embedding server answered with more than ${limit} bytes.`, {
        isRetryable: false,
      });
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

export interface Expected {
  readonly count: number;
  readonly dimensions: number;
  readonly model: string;
}

/** Unit vectors in the order of the request. Throws `model-failed` for anything else than was asked for. */
export function parseVectors(body: string, expected: Expected): readonly Float32Array[] {
  const data = memberOf(parseJson(body, expected), 'data');
  if (!Array.isArray(data) || data.length !== expected.count) {
    const found = Array.isArray(data) ? `${data.length} vectors` : 'no list of vectors';
    throw failed(expected, `answered with ${found} where ${expected.count} were asked for`);
  }
  const vectors = new Array<Float32Array | undefined>(expected.count).fill(undefined);
  for (const [position, item] of data.entries()) {
    const stated = memberOf(item, 'index');
    const index = typeof stated === 'number' ? stated : position;
    if (!(index in vectors) || vectors[index] !== undefined)
      throw failed(expected, 'answered with an index that is out of range or given twice');
    vectors[index] = unitVector(memberOf(item, 'embedding'), expected);
  }
  // As many as were asked for, none twice: so none is missing.
  return vectors.filter((vector) => vector !== undefined);
}

function parseJson(body: string, expected: Expected): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw failed(expected, 'answered with something that is no JSON', true);
  }
}

function unitVector(values: unknown, expected: Expected): Float32Array {
  if (!Array.isArray(values)) throw failed(expected, 'answered with a vector that is no list of numbers');
  if (values.length !== expected.dimensions)
    throw failed(
      expected,
      `answered with ${values.length} dimensions where embedding.dimensions says ${expected.dimensions}`,
    );
  let squares = 0;
  for (const value of values) {
    if (typeof value !== 'number') throw failed(expected, 'answered with a vector that is no list of numbers');
    squares += value * value;
  }
  const norm = Math.sqrt(squares);
  if (!Number.isFinite(norm) || norm === 0) throw failed(expected, 'answered with a vector of no length');
  return Float32Array.from(values, (value: number) => value / norm);
}

function failed({ model }: Expected, found: string, isRetryable = false): PerseaError {
  return new PerseaError('model-failed', `The embedding model "${model}" ${found}.`, {
    isRetryable,
    details: { model },
  });
}
