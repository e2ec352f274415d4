/** Amounts in one notation: `€4m` and `4 million euros`, `8 h` and `8 Stunden`, `0.38 EUR/km` and `0.38 euros per kilometre`. */
import { numberOfWord } from './number-words.ts';

/** Each line a unit with its other names and abbreviations, in English, German and French. */
const unitNames = `
hour h hr hrs hours std stunde stunden heure heures
minute min mins minutes minuten
second sec secs seconds sek sekunde sekunden seconde secondes
day days tag tage tagen jour jours
week wk wks weeks woche wochen semaine semaines
month mth mths mo mos months monat monate monaten monats mois
year yr yrs years jahr jahre jahren jahres ans année années
m metre metres meter meters metern mètre mètres
km kilometre kilometres kilometer kilometers kilometern kilomètre kilomètres
cm centimetre centimetres centimeter centimeters zentimeter zentimetern centimètre centimètres
mm millimetre millimetres millimeter millimeters millimetern millimètre millimètres
kg kilogram kilograms kilogramm kilogrammes kilo kilos
g gram grams gramm gramme grammes
t tonne tonnes tonnen
l litre litres liter liters litern
kb kilobyte kilobytes
mb megabyte megabytes
gb gigabyte gigabytes
tb terabyte terabytes
kwh kilowattstunde kilowattstunden kilowattheure kilowattheures
`
  .trim()
  .split('\n')
  .map((line) => line.split(' '));
const unitsByName = new Map(
  unitNames.flatMap(([unit = '', ...others]) => [unit, ...others].map((name) => [name, unit])),
);
/** These are words of their own unless written so. */
const capitalUnits: ReadonlyMap<string, string> = new Map([
  ['Mon', 'month'],
  ['Wo', 'week'],
]);

/** Shorter ones are abbreviations, or words of their own. */
const shortestName = 4;

/**
 * One name in all languages; undefined where it is no unit.
 *
 * @param isCounted whether it stands behind a number or `per`: elsewhere abbreviations are none
 */
export function unitOf(written: string, isCounted = true): string | undefined {
  if (!isCounted && written.length < shortestName) return undefined;
  return (isCounted ? capitalUnits.get(written) : undefined) ?? unitsByName.get(written.toLowerCase());
}

const anyUnit = [...unitsByName.keys()].sort((a, b) => b.length - a.length).join('|');
const unitAlone = `(?:${anyUnit})(?![\\p{L}\\p{N}])`;
const glued = new RegExp(`(?<![\\p{L}\\p{N}.,_/-])(\\d+(?:[.,]\\d+)*)(?=${unitAlone})`, 'giu');
/** `EUR/km`, `per km`; not `m/w`. */
const rate = new RegExp(`(?:(?<=[\\d€$£%]|\\p{L}{2})\\s?/\\s?|(?<!\\p{L})(?:per|pro|par)\\s)(${unitAlone})`, 'giu');

/** Units stand apart from their numbers, and behind `per`. To be called before phrases are read. */
export function withUnitsApart(text: string): string {
  return text.replace(glued, '$1 ').replace(rate, (_, unit: string) => ` per ${unitOf(unit) ?? unit}`);
}

const currencies: readonly (readonly [RegExp, string])[] = [
  [/€|\beuros?\b/giu, ' EUR '],
  [/£|\bpounds? sterling\b/giu, ' GBP '],
  [/\$|\bUS dollars?\b/giu, ' USD '],
  [/%|\bper cent\b|\bprozent\b|\bpour cent\b/giu, ' percent '],
];
const code = '(?:EUR|GBP|USD|CHF)';
const amount = '\\d+(?:[.,]\\d+)*';
const magnitudes: ReadonlyMap<string, number> = new Map([
  ['k', 1_000],
  ...['m', 'mn', 'mio', 'million', 'millions', 'millionen'].map((name) => [name, 1_000_000] as const),
  ...['bn', 'mrd', 'billion', 'billions', 'milliarde', 'milliarden', 'milliard', 'milliards'].map(
    (name) => [name, 1_000_000_000] as const,
  ),
]);
const spelledMagnitude = [...magnitudes.keys()].filter((name) => name.length > 1).join('|');
const magnitude = new RegExp(`(?<!\\p{L})(?:${spelledMagnitude})(?!\\p{L})`, 'iu');
const magnified = new RegExp(
  `(?<![\\p{L}\\p{N}.,_/-])(${amount}|\\p{L}+(?:-\\p{L}+)?)\\s?(${spelledMagnitude})(?![\\p{L}\\p{N}])\\.?`,
  'giu',
);
/** Of other things `m` are metres. */
const magnifiedMoney = new RegExp(
  `(?<=\\b${code}\\s+)(${amount})\\s?([mk])\\b|(?<![\\p{L}\\p{N}.,_/-])(${amount})\\s?([mk])(?=\\s+${code}\\b)`,
  'giu',
);
const codeFirst = new RegExp(`\\b(${code})\\s+(${amount})(?!\\s?[-–/]\\s?\\d)(?![\\p{L}\\p{N}])`, 'gu');
/** Of `5 -10` it is none. */
const belowZero = /(?<![\p{L}\p{N}.,)]|\d\s)(?:[-−]|\bminus )(?=\d)/giu;

/** Currencies behind their numbers, millions and billions multiplied out, and what is below zero as one word. */
export function withOneAmount(text: string): string {
  let result = text;
  for (const [pattern, name] of currencies) result = result.replace(pattern, name);
  if (magnitude.test(result)) result = result.replace(magnified, multiplied);
  if (!/\d/.test(result)) return result;
  return result
    .replace(magnifiedMoney, (whole: string, first?: string, suffix?: string, second?: string, other?: string) =>
      multiplied(whole, first ?? second ?? '', suffix ?? other ?? ''),
    )
    .replace(codeFirst, '$2 $1 ')
    .replace(belowZero, ' minus');
}

function multiplied(whole: string, written: string, by: string): string {
  const value = /^\d/.test(written) ? readNumber(written) : numberOfWord(written.toLowerCase());
  const factor = magnitudes.get(by.toLowerCase());
  if (value === null || factor === undefined) return whole;
  return ` ${Number((value * factor).toFixed(3))} `;
}

/** @param written digits, with commas or points that group them or part the fraction */
export function readNumber(written: string): number | null {
  const grouped = /^[1-9]\d{0,2}(?:[.,]\d{3})+$/.test(written) ? written.replace(/[.,]/g, '') : written;
  const value = Number(grouped.replace(',', '.'));
  return Number.isFinite(value) ? value : null;
}

/** @param form as `canonical.ts` writes it */
export function isCurrency(form: string): boolean {
  return /^(?:eur|gbp|usd|chf|percent)$/.test(form);
}
