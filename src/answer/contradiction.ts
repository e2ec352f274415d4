/**
 * Sources that give different values for the same thing: both sentences speak of what was asked, in the same words, and the
 * quantities of one kind in them differ. A hint for people, not a proof; so it is strict on everything but the value.
 */
import type { Citation } from '../core/answer.ts';
import type { ContextItem } from '../core/context.ts';
import { isoDay } from '../core/dates.ts';
import type { KnownLanguage } from '../core/function-words.ts';
import { toldIn } from '../core/told.ts';
import { readableSentence } from '../core/readable.ts';
import { splitSentences } from '../core/sentences.ts';
import { type Analysis, analyse, type CanonicalWord } from './canonical.ts';
import { excludesEachOther } from './contrasts.ts';

export interface Contradiction {
  readonly cited: Citation;
  readonly other: Place;
  /** Where the answer cites the other one, too. */
  readonly otherCited: Citation | null;
}

/** Units of one kind, in the smallest of them, as stemmed. */
const kinds: readonly (readonly [string, Readonly<Record<string, number>>])[] = [
  ['time', { minut: 1, hour: 60, dai: 1440, week: 10_080, month: 43_800, year: 525_600 }],
  ['percent', { percent: 1 }],
  ['EUR', { eur: 1 }],
  ['GBP', { gbp: 1 }],
  ['USD', { usd: 1 }],
  ['distance', { mm: 1, cm: 10, m: 1_000, km: 1_000_000 }],
  ['weight', { g: 1, kg: 1_000, t: 1_000_000 }],
  ['memory', { mb: 1, gb: 1_000, tb: 1_000_000 }],
  ...['charact', 'zeichen', 'caracter', 'person', 'personen', 'peopl', 'attempt', 'versuch', 'versuchen'].map(
    (form) => [form, { [form]: 1 }] as const,
  ),
];
/** As `canonical.ts` writes times of the day. */
const clock = /^clock(\d+)m(\d+)$/;
/** What may stand between a number and its unit, as in `2 working days`. */
const between = new Set(['work', 'calendar', 'full', 'busi', 'consecut']);
/** Words besides quantities that both must have. */
const fewestShared = 2;
/** Of the question's words that either speaks of, both speak of at least this share. */
const askedShare = 0.75;
/** Say nothing about what a sentence is about. */
const quantifiers = new Set(['each', 'everi', 'jede', 'jeden', 'jeder', 'chaqu']);
/** Of more quantities a sentence is a list, not a statement. */
const mostQuantities = 2;
/** A window of long passages has more sentences than need be read. */
const mostSentences = 400;

/** At most one for each citation. */
export function contradictionsOf(
  question: string,
  citations: readonly Citation[],
  items: readonly ContextItem[],
): readonly Contradiction[] {
  const asked = new Set(analyse(question).words.map(({ form }) => form));
  const statements = items
    .flatMap((item) => splitSentences(item.text).map((span) => ({ item, ...span })))
    .slice(0, mostSentences)
    .map((place) => statementOf(place, analyse(readableSentence(place.item.text, place, place.item))))
    .filter(({ quantities }) => quantities.length > 0 && quantities.length <= mostQuantities);
  const found: Contradiction[] = [];
  const paired = new Set<unknown>();
  for (const cited of citations) {
    const own = statements.find(({ place }) => isWithin(place, cited));
    if (own === undefined || paired.has(own)) continue;
    const other = statements.find((one) => one.place.item.documentId !== cited.documentId && differ(asked, own, one));
    if (other === undefined) continue;
    // If it is cited as well, the same pair would be found from there again.
    paired.add(other);
    found.push({ cited, other: other.place, otherCited: citations.find((one) => isWithin(other.place, one)) ?? null });
  }
  return found;
}

interface Place {
  readonly item: ContextItem;
  readonly start: number;
  readonly end: number;
}

function isWithin({ item, start, end }: Place, cited: Citation): boolean {
  return item.documentId === cited.documentId && item.start + start < cited.end && cited.start < item.start + end;
}

/** For people: both values, where they stand, and which document is newer where the dates tell. */
export function contradictionWarning(
  { cited, other, otherCited }: Contradiction,
  language: KnownLanguage | null,
): string {
  const { item } = other;
  const day = isoDay(item.date);
  const dated = (uri: string, date: string | null | undefined) => (date == null ? uri : `${uri}, ${date}`);
  const first = `[${cited.marker}] (${dated(cited.uri, cited.date)})`;
  const second = dated(item.uri, day);
  const quote = otherCited === null ? readableSentence(item.text, other, item) : '';
  const differ =
    otherCited === null
      ? toldIn(language, {
          en: `The sources differ: unlike ${first}, ${second} says “${quote}”.`,
          de: `Die Quellen widersprechen sich: anders als ${first} sagt ${second}: „${quote}“.`,
          fr: `Les sources divergent : contrairement à ${first}, ${second} dit « ${quote} ».`,
        })
      : toldIn(language, {
          en: `The sources differ: ${first} says something else than [${otherCited.marker}] (${second}).`,
          de: `Die Quellen widersprechen sich: ${first} sagt etwas anderes als [${otherCited.marker}] (${second}).`,
          fr: `Les sources divergent : ${first} dit autre chose que [${otherCited.marker}] (${second}).`,
        });
  if (cited.date === undefined || day === null || cited.date === day) return differ;
  const newer = cited.date > day ? cited.uri : item.uri;
  return `${differ} ${toldIn(language, {
    en: `The newer one is ${newer}.`,
    de: `Neuer ist ${newer}.`,
    fr: `La plus récente est ${newer}.`,
  })}`;
}

interface Statement {
  readonly place: Place;
  readonly analysis: Analysis;
  readonly quantities: readonly Quantity[];
}

function statementOf(place: Place, analysis: Analysis): Statement {
  return { place, analysis, quantities: quantitiesOf(analysis.words) };
}

function differ(
  asked: ReadonlySet<string>,
  { analysis: a, quantities: ofA }: Statement,
  { analysis: b, quantities: ofB }: Statement,
): boolean {
  const hasOther = ofA.some(({ kind }) => ofB.some((other) => other.kind === kind));
  const hasSame = ofA.some(({ kind, value }) => ofB.some((other) => other.kind === kind && other.value === value));
  if (!hasOther || hasSame) return false;
  // When it opens and when it closes, the least and the most of it.
  if (excludesEachOther(a.contrasts, b.contrasts)) return false;
  const plain = (analysis: Analysis) =>
    new Set(
      analysis.words
        .filter((word) => !word.isNumber && !isUnit(word.form) && !quantifiers.has(word.form))
        .map(({ form }) => form),
    );
  const [wordsA, wordsB] = [plain(a), plain(b)];
  const shared = [...wordsA].filter((form) => wordsB.has(form));
  if (shared.length < fewestShared) return false;
  const askedOf = (words: ReadonlySet<string>) => [...asked].filter((form) => words.has(form));
  const either = new Set([...askedOf(wordsA), ...askedOf(wordsB)]);
  const both = [...either].filter((form) => wordsA.has(form) && wordsB.has(form));
  // Of two sentences in the same words, the values apart, one that was asked for tells what they are about.
  const fewestAsked = wordsA.size === wordsB.size && shared.length === wordsA.size ? 1 : fewestShared;
  if (both.length < fewestAsked || both.length < askedShare * either.size) return false;
  // Each has a name that the other lacks: Leeds and Kassel, not two opinions.
  const names = (analysis: Analysis) =>
    analysis.words.filter((word) => word.isName && !word.isNumber && !isUnit(word.form));
  const lacks = (from: Analysis, words: ReadonlySet<string>) => names(from).some(({ form }) => !words.has(form));
  return !(lacks(a, wordsB) && lacks(b, wordsA));
}

interface Quantity {
  readonly kind: string;
  readonly value: number;
}

function quantitiesOf(words: readonly CanonicalWord[]): readonly Quantity[] {
  return words.flatMap((word, index) => {
    const time = clock.exec(word.form);
    if (time !== null) return [{ kind: 'clock', value: Number(time[1]) * 60 + Number(time[2]) }];
    const value = Number(word.form);
    if (!word.isNumber || Number.isNaN(value)) return [];
    const next = words[index + 1];
    const near = [next !== undefined && between.has(next.form) ? words[index + 2] : next, words[index - 1]];
    for (const other of near) {
      if (other === undefined || other.clause !== word.clause) continue;
      const kind = kinds.find(([, units]) => Object.hasOwn(units, other.form.toLowerCase()));
      if (kind !== undefined) return [{ kind: kind[0], value: value * (kind[1][other.form.toLowerCase()] ?? 1) }];
    }
    return [];
  });
}

function isUnit(form: string): boolean {
  return kinds.some(([, units]) => Object.hasOwn(units, form.toLowerCase()));
}
