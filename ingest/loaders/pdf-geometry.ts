/** Matrices, boxes and paths of PDF pages, as pdf.js tells them. */

/** a b c d e f: x' = a x + c y + e, y' = b x + d y + f. */
export type Matrix = readonly [number, number, number, number, number, number];

export const identity: Matrix = [1, 0, 0, 1, 0, 0];

export interface Box {
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
  readonly top: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Whether a curve leads to it. */
  readonly isCurve: boolean;
}

/** Numbers of pdf.js before the coordinates of each step of a path. */
const draw = { moveTo: 0, lineTo: 1, curveTo: 2 } as const;

export function shapesOf(path: Float32Array): readonly (readonly Point[])[] {
  const shapes: Point[][] = [];
  let shape: Point[] = [];
  for (let index = 0; index < path.length; ) {
    const kind = path[index];
    const at = (offset: number) => path[index + offset] ?? 0;
    if (kind === draw.moveTo) {
      shape = [{ x: at(1), y: at(2), isCurve: false }];
      shapes.push(shape);
      index += 3;
    } else if (kind === draw.lineTo) {
      shape.push({ x: at(1), y: at(2), isCurve: false });
      index += 3;
    } else if (kind === draw.curveTo) {
      shape.push({ x: at(5), y: at(6), isCurve: true });
      index += 7;
    } else {
      const [start] = shape;
      if (start !== undefined) shape.push({ ...start, isCurve: false });
      index += 1;
    }
  }
  return shapes;
}

export function matrixOf(value: unknown): Matrix {
  if (!Array.isArray(value) && !(value instanceof Float32Array)) return identity;
  const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = value as ArrayLike<number> & Iterable<number>;
  return [Number(a), Number(b), Number(c), Number(d), Number(e), Number(f)];
}

export function multiply(m: Matrix, n: Matrix): Matrix {
  return [
    m[0] * n[0] + m[2] * n[1],
    m[1] * n[0] + m[3] * n[1],
    m[0] * n[2] + m[2] * n[3],
    m[1] * n[2] + m[3] * n[3],
    m[0] * n[4] + m[2] * n[5] + m[4],
    m[1] * n[4] + m[3] * n[5] + m[5],
  ];
}

export function transform(m: Matrix, x: number, y: number): readonly [number, number] {
  return [m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]];
}

/** The box, along the page's edges, around a placed rectangle. */
export function boxOf(matrix: Matrix, x1: number, y1: number, x2: number, y2: number): Box {
  const corners = [
    transform(matrix, x1, y1),
    transform(matrix, x2, y1),
    transform(matrix, x1, y2),
    transform(matrix, x2, y2),
  ];
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  return { left: Math.min(...xs), bottom: Math.min(...ys), right: Math.max(...xs), top: Math.max(...ys) };
}

/** As Math.min and Math.max, for as many values as a hostile page may have. */
export function least(values: readonly number[]): number {
  return values.reduce((best, value) => Math.min(best, value), Number.POSITIVE_INFINITY);
}

export function most(values: readonly number[]): number {
  return values.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY);
}
