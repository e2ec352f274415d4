/**
 * Counters, gauges and histograms in the text format that Prometheus reads (version 0.0.4). Label values are bounded: what comes
 * beyond the bound is counted under `other`, so that nothing that a client sends can grow the memory or name a person.
 */

export type LabelValues = Readonly<Record<string, string>>;

export interface MetricSpec {
  readonly name: string;
  readonly help: string;
}

/** Distinct sets of label values of one metric. */
const maxSeries = 200;
const overflowValue = 'other';

interface Metric {
  lines(): Iterable<string>;
}

export class MetricRegistry {
  readonly #metrics: Metric[] = [];

  counter(spec: MetricSpec): Counter {
    return this.#add(new Counter(spec));
  }

  histogram(spec: MetricSpec, buckets: readonly number[]): Histogram {
    return this.#add(new Histogram(spec, buckets));
  }

  /** Somebody else's number, read anew for each scrape. */
  observed(type: 'gauge' | 'counter', spec: MetricSpec, read: () => number): void {
    this.#add({
      *lines() {
        yield* header(spec, type);
        yield `${spec.name} ${read()}`;
      },
    });
  }

  text(): string {
    return `${this.#metrics.flatMap((metric) => [...metric.lines()]).join('\n')}\n`;
  }

  #add<T extends Metric>(metric: T): T {
    this.#metrics.push(metric);
    return metric;
  }
}

/** The text form of a set of labels is its key. */
class Series<T> {
  readonly #byLabels = new Map<string, T>();
  readonly #make: () => T;

  constructor(make: () => T) {
    this.#make = make;
  }

  of(labels: LabelValues): T {
    const key = labelText(labels);
    const known = this.#byLabels.get(key);
    if (known !== undefined) return known;
    const isFull = this.#byLabels.size >= maxSeries;
    const overflow = isFull ? labelText(mapValues(labels, () => overflowValue)) : key;
    const made = this.#byLabels.get(overflow) ?? this.#make();
    this.#byLabels.set(overflow, made);
    return made;
  }

  entries(): Iterable<[string, T]> {
    return this.#byLabels;
  }
}

export class Counter implements Metric {
  readonly #spec: MetricSpec;
  readonly #series = new Series(() => ({ value: 0 }));

  constructor(spec: MetricSpec) {
    this.#spec = spec;
  }

  add(labels: LabelValues, amount = 1): void {
    this.#series.of(labels).value += amount;
  }

  *lines(): Iterable<string> {
    yield* header(this.#spec, 'counter');
    for (const [labels, { value }] of this.#series.entries()) yield `${this.#spec.name}${braced(labels)} ${value}`;
  }
}

export class Histogram implements Metric {
  readonly #spec: MetricSpec;
  readonly #buckets: readonly number[];
  readonly #series: Series<{ readonly counts: number[]; sum: number; count: number }>;

  /** Upper bounds, rising, in the unit of what is observed. */
  constructor(spec: MetricSpec, buckets: readonly number[]) {
    this.#spec = spec;
    this.#buckets = buckets;
    this.#series = new Series(() => ({ counts: buckets.map(() => 0), sum: 0, count: 0 }));
  }

  observe(labels: LabelValues, value: number): void {
    const series = this.#series.of(labels);
    series.sum += value;
    series.count++;
    const bucket = this.#buckets.findIndex((bound) => value <= bound);
    if (bucket !== -1) series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
  }

  *lines(): Iterable<string> {
    const { name } = this.#spec;
    yield* header(this.#spec, 'histogram');
    for (const [labels, { counts, sum, count }] of this.#series.entries()) {
      const prefix = labels === '' ? '' : `${labels},`;
      let below = 0;
      for (const [index, bound] of this.#buckets.entries()) {
        below += counts[index] ?? 0;
        yield `${name}_bucket{${prefix}le="${bound}"} ${below}`;
      }
      yield `${name}_bucket{${prefix}le="+Inf"} ${count}`;
      yield `${name}_sum${braced(labels)} ${sum}`;
      yield `${name}_count${braced(labels)} ${count}`;
    }
  }
}

function header({ name, help }: MetricSpec, type: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}

function labelText(labels: LabelValues): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/["\\\n]/g, escaped)}"`)
    .join(',');
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}

function mapValues(labels: LabelValues, map: (value: string) => string): LabelValues {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, map(value)]));
}
