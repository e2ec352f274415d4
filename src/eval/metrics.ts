/** Measures after trec_eval (ranked documents) and SQuAD (answer texts). Pure. */

/** Grades by document id; a grade of 0 or less is not relevant. */
export type Judgements = ReadonlyMap<string, number>;

export interface RankingMetrics {
  readonly 'ndcg@10': number;
  readonly 'recall@10': number;
  readonly 'recall@100': number;
  readonly 'mrr@10': number;
  readonly map: number;
}

export const rankingMetricNames = ['ndcg@10', 'recall@10', 'recall@100', 'mrr@10', 'map'] as const;

/** `ranked` comes best first, each document once. Null without a positive judgement: such a query measures nothing. */
export function rankingMetrics(ranked: readonly string[], judgements: Judgements): RankingMetrics | null {
  const relevant = [...judgements.values()].filter((grade) => grade > 0).length;
  if (relevant === 0) return null;
  return {
    'ndcg@10': ndcg(ranked, judgements, 10),
    'recall@10': recall(ranked, judgements, relevant, 10),
    'recall@100': recall(ranked, judgements, relevant, 100),
    'mrr@10': reciprocalRank(ranked, judgements, 10),
    map: averagePrecision(ranked, judgements, relevant),
  };
}

/** Linear gain, as trec_eval's ndcg_cut. */
function ndcg(ranked: readonly string[], judgements: Judgements, cutoff: number): number {
  const gain = (grades: readonly number[]) =>
    grades.slice(0, cutoff).reduce((sum, grade, index) => sum + Math.max(0, grade) / Math.log2(index + 2), 0);
  const ideal = gain([...judgements.values()].sort((a, b) => b - a));
  return gain(ranked.map((id) => judgements.get(id) ?? 0)) / ideal;
}

function recall(ranked: readonly string[], judgements: Judgements, relevant: number, cutoff: number): number {
  return ranked.slice(0, cutoff).filter((id) => (judgements.get(id) ?? 0) > 0).length / relevant;
}

function reciprocalRank(ranked: readonly string[], judgements: Judgements, cutoff: number): number {
  const index = ranked.slice(0, cutoff).findIndex((id) => (judgements.get(id) ?? 0) > 0);
  return index === -1 ? 0 : 1 / (index + 1);
}

function averagePrecision(ranked: readonly string[], judgements: Judgements, relevant: number): number {
  let found = 0;
  let sum = 0;
  ranked.forEach((id, index) => {
    if ((judgements.get(id) ?? 0) <= 0) return;
    found++;
    sum += found / (index + 1);
  });
  return sum / relevant;
}

// SQuAD's official script removes exactly the ASCII punctuation and the English articles.
const punctuation = /[!-/:-@[-`{-~]/g;
const articles = /\b(?:a|an|the)\b/gu;

export function normalizeAnswer(text: string): string {
  return text.toLowerCase().replace(punctuation, '').replace(articles, ' ').replace(/\s+/g, ' ').trim();
}

export function exactMatch(text: string, accepted: readonly string[]): number {
  const normalized = normalizeAnswer(text);
  return accepted.some((answer) => normalizeAnswer(answer) === normalized) ? 1 : 0;
}

/** Best word overlap with any accepted answer. */
export function wordF1(text: string, accepted: readonly string[]): number {
  return accepted.reduce((best, answer) => Math.max(best, f1(words(text), words(answer))), 0);
}

function words(text: string): string[] {
  const normalized = normalizeAnswer(text);
  return normalized === '' ? [] : normalized.split(' ');
}

function f1(given: readonly string[], wanted: readonly string[]): number {
  if (given.length === 0 || wanted.length === 0) return given.length === wanted.length ? 1 : 0;
  const remaining = new Map<string, number>();
  for (const word of wanted) remaining.set(word, (remaining.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of given) {
    const count = remaining.get(word) ?? 0;
    if (count > 0) {
      common++;
      remaining.set(word, count - 1);
    }
  }
  if (common === 0) return 0;
  const precision = common / given.length;
  const recalled = common / wanted.length;
  return (2 * precision * recalled) / (precision + recalled);
}

/**
 * Whether the text contains an accepted answer. An answer inside a longer word or number does not count: `12` is not in
 * `2012`, but it is in `12kg`.
 */
export function containsAnswer(text: string, accepted: readonly string[]): boolean {
  const normalized = normalizeAnswer(text);
  return accepted.some((answer) => containsWhole(normalized, normalizeAnswer(answer)));
}

function containsWhole(text: string, part: string): boolean {
  if (part === '') return false;
  for (let index = text.indexOf(part); index !== -1; index = text.indexOf(part, index + 1)) {
    const end = index + part.length;
    if (!continues(text[index - 1], part[0]) && !continues(part.at(-1), text[end])) return true;
  }
  return false;
}

/** Their words stand without spaces: a letter beside another one says nothing. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

function continues(left: string | undefined, right: string | undefined): boolean {
  const both = `${left ?? ' '}${right ?? ' '}`;
  if (unspaced.test(both)) return false;
  return /^\p{L}\p{L}$/u.test(both) || /^\p{N}\p{N}$/u.test(both);
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Nearest-rank percentile; 0 for no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
