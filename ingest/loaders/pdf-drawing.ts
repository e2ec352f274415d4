/** Painted paths of a PDF page: the straight lines from which the rules of tables are known, and the fields below the text. */
import { boxOf, least, type Matrix, most, type Point, shapesOf, transform } from './pdf-geometry.ts';
import { op } from './pdf-operators.ts';
import { Backgrounds, type Colour, isRectangle } from './pdf-paint.ts';

/** A drawn line that runs along the page's edges. */
export interface Segment {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

interface Ink {
  readonly matrix: Matrix;
  /** Null for a pattern. */
  readonly fill: Colour | null;
  readonly alpha: number;
}

/** Filled shapes thinner than this are lines, in points. */
const lineThickness = 3;
const shortestSegment = 4;
const maxSegments = 20_000;

export class Drawing {
  readonly segments: Segment[] = [];
  readonly backgrounds = new Backgrounds();

  /** A painted path, in the space of `matrix`. */
  path(operator: number, data: unknown, { matrix, fill, alpha }: Ink): void {
    const path = Array.isArray(data) ? (data as readonly unknown[])[0] : null;
    if (!(path instanceof Float32Array)) return;
    const isStroke =
      operator === op.stroke || operator === op.closeStroke || (operator >= op.fillStroke && operator <= 27);
    const isFill = operator >= op.fill && operator <= op.closeEoFillStroke;
    if (!isStroke && !isFill) return;
    for (const points of shapesOf(path)) {
      if (isFill) this.#fillShape(points, { matrix, fill, alpha });
      if (isStroke) this.#strokeShape(points, matrix);
    }
  }

  #strokeShape(points: readonly Point[], matrix: Matrix): void {
    for (let index = 1; index < points.length; index++) {
      const from = points[index - 1];
      const to = points[index];
      if (from === undefined || to === undefined || to.isCurve) continue;
      const [x1, y1] = transform(matrix, from.x, from.y);
      const [x2, y2] = transform(matrix, to.x, to.y);
      this.#addSegment(x1, y1, x2, y2);
    }
  }

  #fillShape(points: readonly Point[], { matrix, fill, alpha }: Ink): void {
    if (points.length < 3) return;
    const xs = points.map((point) => point.x);
    const ys = points.map((point) => point.y);
    const box = boxOf(matrix, least(xs), least(ys), most(xs), most(ys));
    const width = box.right - box.left;
    const height = box.top - box.bottom;
    const isStraight = points.every((point) => !point.isCurve);
    if (isStraight && height <= lineThickness && width > height)
      this.#addSegment(box.left, (box.bottom + box.top) / 2, box.right, (box.bottom + box.top) / 2);
    else if (isStraight && width <= lineThickness)
      this.#addSegment((box.left + box.right) / 2, box.bottom, (box.left + box.right) / 2, box.top);
    else if (alpha > 0.3) this.backgrounds.add({ ...box, colour: fill, isExact: isRectangle(points) });
  }

  #addSegment(x1: number, y1: number, x2: number, y2: number): void {
    const isAlong = Math.abs(x1 - x2) < 1 !== Math.abs(y1 - y2) < 1;
    if (!isAlong || Math.hypot(x1 - x2, y1 - y2) < shortestSegment || this.segments.length >= maxSegments) return;
    this.segments.push({
      x1: Math.min(x1, x2),
      y1: Math.min(y1, y2),
      x2: Math.max(x1, x2),
      y2: Math.max(y1, y2),
    });
  }
}
