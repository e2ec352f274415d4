/** Precision and recall of the detectors of personal data on texts whose data were marked by hand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { personalDataKinds } from '../src/core/personal-data.ts';
import { nationalIdCountries } from '../src/guard/detectors/national-id.ts';
import { personalDataDetector } from '../src/guard/personal-data.ts';

interface MarkedText {
  readonly id: string;
  /** The detectors were corrected after the first part; the second was written afterwards and changed nothing. */
  readonly part: 'first' | 'second';
  readonly language: string;
  readonly text: string;
  readonly data: readonly { readonly kind: string; readonly value: string }[];
}

export interface KindScores {
  readonly kind: string;
  readonly marked: number;
  readonly found: number;
  /** Found with exactly the marked characters. */
  readonly right: number;
  /** Marked and not left in the text, whatever kind it was taken for. */
  readonly hidden: number;
}

export interface PersonalDataScores {
  readonly texts: number;
  readonly textsWithoutData: number;
  readonly kinds: readonly KindScores[];
  readonly mistakes: readonly {
    readonly id: string;
    readonly missed: readonly string[];
    readonly wrong: readonly string[];
  }[];
}

const fixture = join(import.meta.dirname, '../fixtures/guards/personal-data.jsonl');

/** The list of names that the fixture's texts were written with. */
export const fixtureNames = [
  'Nadia Mertens',
  'Tomasz Grabowski',
  'Ana Lima',
  'Ana Lima Costa',
  'Jean-Luc Moreau',
  'Ingrid Åkesson',
  '佐藤花子',
  'Will Power',
  'Sean O’Brady',
  'Grabowski',
];

export async function scorePersonalData(part: MarkedText['part']): Promise<PersonalDataScores> {
  const lines = readFileSync(fixture, 'utf8').trim().split('\n');
  const texts = lines.map((line) => JSON.parse(line) as MarkedText).filter((text) => text.part === part);
  const detect = personalDataDetector({
    kinds: personalDataKinds,
    countries: nationalIdCountries,
    names: fixtureNames,
  });
  const names = [...personalDataKinds, 'secret'];
  const counts = new Map(names.map((kind) => [kind, { marked: 0, found: 0, right: 0, hidden: 0 }]));
  const mistakes: PersonalDataScores['mistakes'][number][] = [];
  for (const { id, text, data } of texts) {
    const detections = await detect(text);
    const found = detections.map(({ kind, start, end }) => ({ kind, value: text.slice(start, end) }));
    const rest = [...found];
    const missed: string[] = [];
    for (const { kind, value } of data) {
      const count = counts.get(kind);
      if (count === undefined) throw new Error(`${id} marks the unknown kind ${kind}.`);
      count.marked++;
      const at = rest.findIndex((one) => one.kind === kind && one.value === value);
      if (at >= 0) {
        count.right++;
        rest.splice(at, 1);
      } else missed.push(`${kind} ${value}`);
      if (found.some((one) => one.value.includes(value))) count.hidden++;
    }
    for (const { kind } of found) {
      const count = counts.get(kind);
      if (count !== undefined) count.found++;
    }
    if (missed.length + rest.length > 0) {
      mistakes.push({ id, missed, wrong: rest.map(({ kind, value }) => `${kind} ${value}`) });
    }
  }
  return {
    texts: texts.length,
    textsWithoutData: texts.filter(({ data }) => data.length === 0).length,
    kinds: names.map((kind) => ({ kind, marked: 0, found: 0, right: 0, hidden: 0, ...counts.get(kind) })),
    mistakes,
  };
}
