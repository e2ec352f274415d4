/**
 * What a PDF page draws, from pdf.js's list of operators: runs of text with place, size, font and colour, and the straight
 * lines from which the rules of tables are known. One pass gives both; it costs no more than pdf.js's own text content,
 * which tells neither colours nor lines and puts the parts of Arabic ligatures in the wrong order.
 *
 * Coordinates are points of the page's own space, the origin at its lower left corner. The machine of text and graphics
 * state follows ISO 32000-2, 8.4 and 9.4.
 */

import { Drawing, type Segment } from './pdf-drawing.ts';
import { type Box, boxOf, identity, type Matrix, matrixOf, multiply, transform } from './pdf-geometry.ts';
import type { PdfFont, PdfOperators } from './pdf-open.ts';
import { op } from './pdf-operators.ts';
import { type Colour, colourOf } from './pdf-paint.ts';
import { isRightToLeft } from './pdf-right-to-left.ts';

/** Text that is drawn in one go, without a gap wider than a word space. */
export interface TextRun {
  readonly text: string;
  /** Where it begins, on the baseline. */
  readonly x: number;
  readonly y: number;
  /** Along the baseline. */
  readonly width: number;
  readonly size: number;
  readonly font: string;
  readonly isBold: boolean;
  /** Direction of the baseline in degrees, counter-clockwise from the right, from 0 to 359. */
  readonly angle: number;
  /** Drawn by no ink: the text layer under a scan, or text that readers shall not see. */
  readonly isInvisible: boolean;
  /** In ink that cannot be told from what lies below it, too small to read, or off the page. */
  readonly isHidden: boolean;
  /** The producer says that it is no content: a running header, a page number. */
  readonly isArtifact: boolean;
  /** Glyphs from left to right as they are drawn; only where some are written from right to left. */
  readonly glyphs: readonly PlacedGlyph[] | null;
}

export interface PlacedGlyph {
  readonly text: string;
  /** Distance from the start of its run, along the baseline. */
  readonly offset: number;
  readonly width: number;
}

export interface PageContent {
  readonly runs: readonly TextRun[];
  readonly segments: readonly Segment[];
  readonly images: readonly Box[];
  /** Runs in layers that are switched off. */
  readonly hiddenLayers: number;
}

export type FontOf = (name: string) => PdfFont | null;
export type IsLayerShown = (group: unknown) => boolean;

/** In parts of the font size: a wider step between glyphs is a space, and one beyond `wideStep` begins a new run. */
const spaceStep = 0.16;
const wideStep = 0.6;
const stepBack = -0.3;
const unreadableSize = 0.8;

interface State {
  matrix: Matrix;
  font: PdfFont | null;
  fontName: string;
  fontSize: number;
  charSpacing: number;
  wordSpacing: number;
  horizontalScale: number;
  leading: number;
  rise: number;
  renderingMode: number;
  /** Red, green, blue; null for a pattern. */
  fill: Colour | null;
  alpha: number;
}

interface OpenRun {
  text: string;
  readonly start: number;
  end: number;
  needsSpace: boolean;
  readonly glyphs: PlacedGlyph[];
  hasRightToLeft: boolean;
}

export function readContent(
  operators: PdfOperators,
  view: readonly number[],
  fontOf: FontOf,
  isLayerShown: IsLayerShown,
): PageContent {
  const reader = new ContentReader(view, fontOf, isLayerShown);
  for (const [index, operator] of operators.fnArray.entries()) reader.apply(operator, operators.argsArray[index] ?? []);
  return { runs: reader.runs, segments: reader.segments, images: reader.images, hiddenLayers: reader.hiddenLayers };
}

class ContentReader {
  readonly runs: TextRun[] = [];
  readonly images: Box[] = [];
  hiddenLayers = 0;
  readonly #view: Box;
  readonly #fontOf: FontOf;
  readonly #isLayerShown: IsLayerShown;
  readonly #stack: State[] = [];
  readonly #drawing = new Drawing();
  /** Open marked content, outermost first. */
  readonly #marks: { readonly isArtifact: boolean; readonly isOff: boolean }[] = [];
  #state: State = {
    matrix: identity,
    font: null,
    fontName: '',
    fontSize: 0,
    charSpacing: 0,
    wordSpacing: 0,
    horizontalScale: 1,
    leading: 0,
    rise: 0,
    renderingMode: 0,
    fill: [0, 0, 0],
    alpha: 1,
  };
  #textMatrix: Matrix = identity;
  #x = 0;
  #y = 0;
  #lineX = 0;
  #lineY = 0;

  constructor(view: readonly number[], fontOf: FontOf, isLayerShown: IsLayerShown) {
    const [left = 0, bottom = 0, right = 612, top = 792] = view;
    this.#view = { left, bottom, right, top };
    this.#fontOf = fontOf;
    this.#isLayerShown = isLayerShown;
  }

  get segments(): readonly Segment[] {
    return this.#drawing.segments;
  }

  apply(operator: number, args: readonly unknown[]): void {
    const state = this.#state;
    const first = Number(args[0]);
    switch (operator) {
      case op.save:
        this.#stack.push({ ...state });
        break;
      case op.restore:
      case op.paintFormXObjectEnd:
      case op.endAnnotation:
        this.#state = this.#stack.pop() ?? state;
        break;
      case op.transform:
        state.matrix = multiply(state.matrix, matrixOf(args));
        break;
      case op.paintFormXObjectBegin:
        this.#stack.push({ ...state });
        if (args[0] !== null) state.matrix = multiply(state.matrix, matrixOf(args[0]));
        break;
      case op.beginAnnotation:
        this.#stack.push({ ...state });
        state.matrix = multiply(matrixOf(args[2]), matrixOf(args[3]));
        break;
      case op.setGState:
        this.#setGraphicsState(args[0]);
        break;
      case op.setFillRGBColor:
        state.fill = colourOf(args[0]);
        break;
      case op.setFillColorN:
        state.fill = null;
        break;
      case op.setFillTransparent:
        state.fill = null;
        break;
      case op.beginMarkedContent:
      case op.beginMarkedContentProps:
        this.#marks.push({
          isArtifact: markName(args[0]) === 'Artifact',
          isOff: args[0] === 'OC' && !this.#isLayerShown(args[1]),
        });
        break;
      case op.endMarkedContent:
        this.#marks.pop();
        break;
      case op.constructPath:
        this.#drawing.path(first, args[1], state);
        break;
      case op.shadingFill:
        this.#drawing.backgrounds.add({ ...this.#view, colour: null, isExact: false });
        break;
      default:
        if (operator >= op.firstImage && operator <= op.lastImage) this.images.push(boxOf(state.matrix, 0, 0, 1, 1));
        else this.#applyText(operator, args, first);
    }
  }

  #applyText(operator: number, args: readonly unknown[], first: number): void {
    const state = this.#state;
    switch (operator) {
      case op.beginText:
        this.#setTextMatrix(identity);
        break;
      case op.setTextMatrix:
        this.#setTextMatrix(matrixOf(args[0]));
        break;
      case op.setCharSpacing:
        state.charSpacing = first;
        break;
      case op.setWordSpacing:
        state.wordSpacing = first;
        break;
      case op.setHScale:
        state.horizontalScale = first / 100;
        break;
      case op.setLeading:
        state.leading = first;
        break;
      case op.setTextRise:
        state.rise = first;
        break;
      case op.setTextRenderingMode:
        state.renderingMode = first;
        break;
      case op.setFont:
        this.#setFont(String(args[0]), Number(args[1]));
        break;
      case op.moveText:
        this.#moveText(first, Number(args[1]));
        break;
      case op.setLeadingMoveText:
        state.leading = -Number(args[1]);
        this.#moveText(first, Number(args[1]));
        break;
      case op.nextLine:
        this.#moveText(0, -state.leading);
        break;
      case op.showText:
        this.#showText(args[0]);
        break;
      default:
    }
  }

  #setGraphicsState(changes: unknown): void {
    if (!Array.isArray(changes)) return;
    for (const change of changes as readonly unknown[]) {
      if (!Array.isArray(change)) continue;
      const [key, value] = change as readonly unknown[];
      if (key === 'ca' && typeof value === 'number') this.#state.alpha = value;
      if (key === 'Font' && Array.isArray(value)) this.#setFont(String(value[0]), Number(value[1]));
    }
  }

  #setFont(name: string, size: number): void {
    this.#state.font = this.#fontOf(name);
    this.#state.fontName = name;
    this.#state.fontSize = size;
  }

  #setTextMatrix(matrix: Matrix): void {
    this.#textMatrix = matrix;
    this.#x = this.#y = this.#lineX = this.#lineY = 0;
  }

  #moveText(x: number, y: number): void {
    this.#x = this.#lineX += x;
    this.#y = this.#lineY += y;
  }

  #showText(glyphs: unknown): void {
    const { font, fontSize, horizontalScale, charSpacing, wordSpacing } = this.#state;
    if (!Array.isArray(glyphs) || font === null || fontSize === 0) return;
    const isVertical = font.vertical === true;
    const advance = fontSize * (font.fontMatrix?.[0] ?? 0.001);
    const scale = isVertical ? 1 : horizontalScale;
    const step = stepOf(glyphs as readonly unknown[]);
    let pen = 0;
    let run: OpenRun | null = null;
    for (const glyph of glyphs as readonly unknown[]) {
      if (typeof glyph === 'number') {
        pen -= (glyph * fontSize * scale) / 1000;
        continue;
      }
      if (!isGlyph(glyph)) continue;
      const width = isVertical ? Math.abs(glyph.vmetric?.[0] ?? 1000) * advance : glyph.width * advance * scale;
      const spacing = ((glyph.isSpace ? wordSpacing : 0) + charSpacing) * scale;
      const text = glyph.unicode;
      if (text.trim() === '') {
        if (run !== null) run.needsSpace = true;
      } else {
        const gap = run === null ? 0 : (pen - run.end) / Math.abs(fontSize);
        if (run !== null && (gap > (run.needsSpace ? wideStep : step) || gap < stepBack)) {
          this.#close(run, isVertical);
          run = null;
        }
        run ??= { text: '', start: pen, end: pen, needsSpace: false, glyphs: [], hasRightToLeft: false };
        if (run.needsSpace) run.text += ' ';
        if (run.needsSpace) run.glyphs.push({ text: ' ', offset: run.end - run.start, width: pen - run.end });
        run.needsSpace = false;
        run.text += text;
        run.glyphs.push({ text, offset: pen - run.start, width });
        run.hasRightToLeft ||= isRightToLeft(text);
        run.end = Math.max(run.end, pen + width + Math.max(0, charSpacing * scale));
      }
      pen += width + spacing;
    }
    if (run !== null) this.#close(run, isVertical);
    if (isVertical) this.#y -= pen;
    else this.#x += pen;
  }

  #close(run: OpenRun, isVertical: boolean): void {
    const { matrix, fontSize, font, fontName, rise, renderingMode } = this.#state;
    if (this.#marks.some((mark) => mark.isOff)) {
      this.hiddenLayers++;
      return;
    }
    const whole = multiply(matrix, this.#textMatrix);
    const [x, y] = isVertical
      ? transform(whole, this.#x, this.#y - run.start)
      : transform(whole, this.#x + run.start, this.#y + rise);
    const unit = isVertical ? Math.hypot(whole[2], whole[3]) : Math.hypot(whole[0], whole[1]);
    const size = Math.abs(fontSize) * Math.hypot(whole[2], whole[3]) * heightOf(font, fontSize);
    const width = (run.end - run.start) * unit;
    if (!Number.isFinite(x + y + width + size) || size === 0) return;
    const sign = fontSize < 0 ? -1 : 1;
    const angle = isVertical
      ? Math.atan2(-whole[3], -whole[2]) + Math.PI / 2
      : Math.atan2(whole[1] * sign, whole[0] * sign);
    const degrees = (Math.round((angle * 180) / Math.PI) + 720) % 360;
    this.runs.push({
      text: run.needsSpace ? `${run.text} ` : run.text,
      x,
      y,
      width,
      size,
      font: font?.name ?? fontName,
      isBold: font?.bold === true || font?.black === true || /bold|black|heavy|semibd/i.test(font?.name ?? ''),
      angle: degrees,
      isInvisible: renderingMode === 3 || renderingMode === 7,
      isHidden: this.#isHidden(x, y, size),
      isArtifact: this.#marks.some((mark) => mark.isArtifact),
      glyphs: run.hasRightToLeft
        ? run.glyphs.map((glyph) => ({ ...glyph, offset: glyph.offset * unit, width: glyph.width * unit }))
        : null,
    });
  }

  #isHidden(x: number, y: number, size: number): boolean {
    const view = this.#view;
    if (size < unreadableSize || this.#state.alpha < 0.05) return true;
    if (x > view.right || x < view.left - 1000 || y < view.bottom - size || y > view.top) return true;
    const { fill, renderingMode } = this.#state;
    // Outlined letters have another ink.
    if (fill === null || renderingMode % 4 !== 0) return false;
    return this.#drawing.backgrounds.isColourAt(fill, x, y, size);
  }
}

interface Glyph {
  readonly unicode: string;
  readonly width: number;
  readonly isSpace: boolean;
  readonly vmetric?: readonly number[] | null;
}

function isGlyph(value: unknown): value is Glyph {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'unicode') === 'string';
}

/** Letters that are spaced out evenly are no words of one letter each. */
function stepOf(glyphs: readonly unknown[]): number {
  const steps = glyphs
    .filter((glyph) => typeof glyph === 'number')
    .map((glyph) => -glyph / 1000)
    .sort((a, b) => a - b);
  const letters = glyphs.length - steps.length;
  if (letters < 4 || steps.length < letters * 0.7) return spaceStep;
  return Math.max(spaceStep, (steps[Math.floor(steps.length / 2)] ?? 0) + 0.12);
}

/** Fonts drawn by operators may use a space of their own; their height is then that of their box. */
function heightOf(font: PdfFont | null, fontSize: number): number {
  const height = (font?.bbox?.[3] ?? 0) - (font?.bbox?.[1] ?? 0);
  const scale = font?.fontMatrix?.[3] ?? 0.001;
  const isOwn = font?.isType3Font === true && Math.abs(fontSize) <= 1 && height > 0;
  return isOwn ? height * Math.abs(scale) : 1;
}

function markName(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, 'name') : value;
}
