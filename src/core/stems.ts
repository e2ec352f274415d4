/**
 * Words without their endings. English by Porter's algorithm (Program, 1980); German and French by fewer and coarser rules, after
 * the light stemmers of Savoy (SAC, 2006), because their nouns, verbs and participles must meet: `erstattet`, `Erstattung`.
 */
import { stemmer } from 'stemmer';
import type { KnownLanguage } from './function-words.ts';
import { Memo } from './memo.ts';

/** Texts repeat their words, and stemming one takes longer than looking it up. By algorithm. */
const stems = new Map<string, Memo<string, string>>();
const maxStems = 20_000;

/** @param word folded: lower case, no accents. Languages without rules of their own are stemmed as English is. */
export function stemOf(word: string, language: KnownLanguage): string {
  const algorithm = algorithms[language] ?? stemmer;
  const known = stems.get(algorithm.name) ?? new Memo<string, string>(maxStems);
  stems.set(algorithm.name, known);
  return known.getOrMake(word, () => algorithm(word));
}

const algorithms: Readonly<Partial<Record<KnownLanguage, (word: string) => string>>> = {
  de: germanStem,
  fr: frenchStem,
};

/** Of nouns and adjectives, longer ones first: the longest that leaves a stem is taken. */
const germanEndings = ['erinnen', 'innen', 'ungen', 'erin', 'ern', 'ung', 'em', 'en', 'er', 'es', 'in', 'e'];
/** `Tage(n)`, `Regel(n)`, `Werk(s)`; but the words `Kaution` and `Haus` end so. */
const germanShortEnding = /(?<=[elr])n$|(?<=[bdfghklmnrt])s$/;
/** Of verbs, once or twice: `arbeitet` and `Arbeit` meet. `erstatt` keeps its letters. */
const germanVerbEnding = /(?:est|et|(?<!t)t)$/;
/** `eingereicht` and `einzureichen`: what stands between a particle and its verb. */
const germanInfix = /^(zuruck|ab|an|auf|aus|bei|ein|her|hin|los|mit|nach|um|vor|weg|zu)(?:ge|zu)(?=.{3})/;
const germanParticiple = /^ge(?=.{4,}t$)/;
const minStem = 3;
const minVerbStem = 4;

function germanStem(word: string): string {
  if (!/^\p{L}{4,}$/u.test(word)) return word;
  const plain = word.replaceAll('ß', 'ss').replace(germanParticiple, '');
  const noun = withoutEnding(plain, germanEndings);
  let stem = noun === plain ? shortened(plain, germanShortEnding, minStem) : noun;
  for (let round = 0; round < 2; round++) stem = shortened(stem, germanVerbEnding, minVerbStem);
  // `ändern`, `geändert` and `Änderung`
  return shortened(stem, /er$/, minStem).replace(germanInfix, '$1');
}

function shortened(word: string, ending: RegExp, shortest: number): string {
  const stem = word.replace(ending, '');
  return stem.length >= shortest ? stem : word;
}

const frenchEndings =
  'issements issement ements ement ations ation ateurs ateur atrices atrice euses euse eurs eur ables able ives ive ifs if antes ante ants ant ees ee es ent er ez ir is it ie e s x'.split(
    ' ',
  );

function frenchStem(word: string): string {
  if (!/^\p{L}{4,}$/u.test(word)) return word;
  const singular = word.endsWith('aux') ? `${word.slice(0, -3)}al` : withoutEnding(word, ['s', 'x']);
  return withoutEnding(singular, frenchEndings);
}

function withoutEnding(word: string, endings: readonly string[]): string {
  const ending = endings.find((end) => word.endsWith(end) && word.length - end.length >= minStem);
  return ending === undefined ? word : word.slice(0, -ending.length);
}
