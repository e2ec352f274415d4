/** The fixtures' cases as plain data, read without the product's own reader. */

export interface FixtureCase {
  readonly id: string;
  readonly question: string;
  readonly as: string;
  readonly isAnswerable: boolean;
  readonly answers: readonly string[];
  readonly relevant: readonly { readonly uri: string; readonly quote?: string }[];
  readonly mustNotCite: readonly string[];
  readonly tags: readonly string[];
}

export function parseCases(lines: string): readonly FixtureCase[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const { answerable, answers = [], relevant = [], mustNotCite = [], tags = [], ...rest } = JSON.parse(line);
      return { ...rest, isAnswerable: answerable, answers, relevant, mustNotCite, tags };
    });
}
