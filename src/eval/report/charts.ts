/** Charts as SVG, drawn in units of a small screen's pixels so that their words stay readable on a phone. */
import { Html, html } from '../../core/html.ts';

export interface IntervalRow {
  readonly label: string;
  readonly mean: number;
  readonly interval: readonly [lower: number, upper: number] | null;
}

const width = 340;
const margin = 14;
const rowHeight = 36;
const barsHeight = 110;

/** One row for each value: a point for the mean, a line for its interval, all on one axis. */
export function intervalChart(title: string, rows: readonly IntervalRow[]): Html {
  const ends = rows.flatMap(({ mean, interval }) => interval ?? [mean]);
  const [from, to] = axisOver(ends);
  const x = (value: number) => margin + ((value - from) / (to - from)) * (width - 2 * margin);
  const height = rows.length * rowHeight + 24;
  const marks = rows.map(({ label, mean, interval }, index) => {
    const y = index * rowHeight + 26;
    const line =
      interval === null
        ? new Html('')
        : html`<line class="interval" x1="${fixed(x(interval[0]))}" x2="${fixed(x(interval[1]))}" y1="${y}" y2="${y}"/>`;
    return html`<text x="${margin}" y="${y - 9}">${label} ${mean.toFixed(3)}</text>${line}<circle class="mean" cx="${fixed(x(mean))}" cy="${y}" r="4"/>`;
  });
  return svg(title, height, html`${marks}${axis(from, to, height)}`);
}

/** How many values fall into each of `bins` equal parts of the range; what lies above it counts in the last one. */
export function histogram(
  title: string,
  values: readonly number[],
  range: { readonly from: number; readonly to: number; readonly bins: number; readonly unit?: string },
): Html {
  const { from, to, bins, unit = '' } = range;
  const counts = binCounts(values, from, to, bins);
  const highest = Math.max(1, ...counts);
  const step = (width - 2 * margin) / bins;
  const bars = counts.map((count, index) => {
    const height = (count / highest) * (barsHeight - 24);
    const left = margin + index * step;
    const top = barsHeight - height;
    const number =
      count === 0
        ? new Html('')
        : html`<text class="count" x="${fixed(left + step / 2)}" y="${fixed(top - 4)}">${count}</text>`;
    return html`<rect class="bar" x="${fixed(left + 1)}" y="${fixed(top)}" width="${fixed(step - 2)}" height="${fixed(height)}"/>${number}`;
  });
  return svg(title, barsHeight + 24, html`${bars}${axis(from, to, barsHeight + 24, unit)}`);
}

export function binCounts(values: readonly number[], from: number, to: number, bins: number): readonly number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(((value - from) / (to - from)) * bins)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

function svg(title: string, height: number, content: Html): Html {
  return html`<svg role="img" aria-label="${title}" viewBox="0 0 ${width} ${height}"><title>${title}</title>${content}</svg>`;
}

function axis(from: number, to: number, height: number, unit = ''): Html {
  const y = height - 20;
  const middle = (from + to) / 2;
  const label = (value: number) => `${unit === '' ? value.toFixed(2) : Math.round(value)}${unit}`;
  return html`<line class="axis" x1="${margin}" x2="${width - margin}" y1="${y}" y2="${y}"/><text class="tick start" x="${margin}" y="${height - 6}">${label(from)}</text><text class="tick" x="${width / 2}" y="${height - 6}">${label(middle)}</text><text class="tick end" x="${width - margin}" y="${height - 6}">${label(to)}</text>`;
}

/** From a twentieth below the values to one above them. */
function axisOver(values: readonly number[]): readonly [number, number] {
  const from = Math.floor(Math.min(...values) * 20 - 0.2) / 20;
  const to = Math.ceil(Math.max(...values) * 20 + 0.2) / 20;
  return [from, to];
}

/** `+0.012`, of a difference between measures. */
export function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}
