/**
 * Means of differences with an interval, by a bootstrap over groups: questions about one document rise and fall together, so
 * whole documents are drawn, not questions (Efron and Tibshirani 1993; for ranked results Sakai, SIGIR 2006). Pure.
 */

export interface GroupedValue {
  /** Values of one group are not independent of each other. */
  readonly group: string;
  readonly value: number;
}

export interface Estimate {
  readonly mean: number;
  /** 95 %, by percentiles; null where fewer than two groups leave nothing to draw from. */
  readonly interval: readonly [lower: number, upper: number] | null;
  /** The smallest true mean that a test at 5 % would notice in four of five such samples; null without an interval. */
  readonly minimumDetectableEffect: number | null;
  readonly groups: number;
}

export interface BootstrapOptions {
  /** The same seed and values give the same interval. */
  readonly seed: number;
}

/** The interval's ends move by less than a twentieth of its width from one seed to another. */
const samples = 10_000;
/** Normal quantiles of .975 and .80: two-sided at 5 %, with a power of 80 %. */
const detectableErrors = 1.96 + 0.8416;

export function estimateMean(values: readonly GroupedValue[], { seed }: BootstrapOptions): Estimate {
  const groups = new Map<string, { sum: number; count: number }>();
  for (const { group, value } of values) {
    const known = groups.get(group) ?? { sum: 0, count: 0 };
    groups.set(group, { sum: known.sum + value, count: known.count + 1 });
  }
  const sums = Float64Array.from(groups.values(), ({ sum }) => sum);
  const counts = Float64Array.from(groups.values(), ({ count }) => count);
  const mean = values.length === 0 ? 0 : values.reduce((sum, { value }) => sum + value, 0) / values.length;
  if (groups.size < 2) return { mean, interval: null, minimumDetectableEffect: null, groups: groups.size };

  const random = seededRandom(seed);
  const means = new Float64Array(samples);
  for (let sample = 0; sample < samples; sample++) {
    let sum = 0;
    let count = 0;
    for (let draw = 0; draw < sums.length; draw++) {
      const drawn = Math.floor(random() * sums.length);
      sum += sums[drawn] ?? 0;
      count += counts[drawn] ?? 0;
    }
    means[sample] = sum / count;
  }
  means.sort();
  return {
    mean,
    interval: [quantile(means, 0.025), quantile(means, 0.975)],
    minimumDetectableEffect: detectableErrors * standardDeviation(means),
    groups: groups.size,
  };
}

/** Numbers from 0 to below 1 that a seed determines (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? below;
  return below + (above - below) * (position - Math.floor(position));
}

function standardDeviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
