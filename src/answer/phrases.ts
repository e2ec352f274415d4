/** Words and phrases that say the same, in one notation: bounds, ordinals, times of the day, how often, and what must or cannot be. */

const ordinals = new Map(
  [
    'first erste ersten erster erstes erstem premier première premiers premières',
    'second zweite zweiten zweiter zweites zweitem deuxième deuxièmes',
    'third dritte dritten dritter drittes drittem troisième troisièmes',
    'fourth vierte vierten vierter viertes viertem quatrième',
    'fifth fünfte fünften fünfter fünftes fünftem cinquième',
    'sixth sechste sechsten sechster sechstes sechstem sixième',
    'seventh siebte siebten siebter siebtes siebtem septième',
    // `achten` is a verb.
    'eighth achte achter achtes achtem huitième',
    'ninth neunte neunten neunter neuntes neuntem neuvième',
    'tenth zehnte zehnten zehnter zehntes zehntem dixième',
    'eleventh elfte elften elfter elftes elftem onzième',
    'twelfth zwölfte zwölften zwölfter zwölftes zwölftem douzième',
    'thirteenth',
    'fourteenth',
    'fifteenth',
    'sixteenth',
    'seventeenth',
    'eighteenth',
    'nineteenth',
    'twentieth',
  ].flatMap((forms, index) => forms.split(' ').map((form) => [form, `${index + 1}th`] as const)),
);
const word = /\p{L}+/gu;
/** `per second`: a time, not a place in a row. */
const beforeUnit = /(?:^|[^\p{L}])(?:per|a|an|one|1|each|every)\s$/iu;
const digitOrdinal = /(?<=\d)(?:st|nd|rd)\b/giu;

const unlessWithin = (alternatives: string) =>
  new RegExp(`(?<![\\p{L}\\p{N}])(?:${alternatives})(?![\\p{L}\\p{N}])`, 'giu');
const beforeNumber = '(?=\\s(?:[€$£]?\\d|(?:eur|usd|gbp|chf)\\b))';
/** Behind it `a week` says how often. */
const counted = '(?<=(?:\\b(?:hours?|days?|weeks?|months?|times?|once|twice|night)|\\d) )';

interface Phrase {
  /** One of these words is in it: most sentences have none, and looking for the phrase itself takes far longer. */
  readonly cues: readonly string[];
  readonly pattern: RegExp;
  readonly by: string;
}

const phrases: readonly Phrase[] = (
  [
    [
      'least less fewer earlier minimum mindestens wenigstens moins',
      'not? (?:less|fewer) than|no earlier than|at least|(?:a )?minimum of|mindestens|wenigstens|au moins',
      'atleast',
    ],
    [
      'most more later up maximum höchstens bis plus',
      'not? more than|no later than|at most|up to|(?:a )?maximum of|höchstens|bis zu|au plus',
      'atmost',
    ],
    [
      'more greater longer higher mehr länger plus over above exceeding über',
      `(?:more|greater|longer|higher) than|mehr als|länger als|plus de|(?:over|above|exceeding|über)${beforeNumber}`,
      'morethan',
    ],
    [
      'less fewer shorter lower weniger kürzer moins under below unter',
      `(?:less|fewer|shorter|lower) than|weniger als|kürzer als|moins de|(?:under|below|unter)${beforeNumber}`,
      'lessthan',
    ],
    // What must not be is what may not be.
    ['must mustn', "must not|mustn't", 'may not'],
    ['need needs have has', '(?:need|needs|have|has) to', 'must'],
    ['unable able', 'unable to|not able to', 'cannot'],
    ['able', 'able to', 'can'],
    ['on', '(?:switch|turn)(?:e[sd]|s)? on', 'switchon'],
    ['off', '(?:switch|turn)(?:e[sd]|s)? off', 'switchoff'],
    ...(
      [
        ['hourly', 'hour', 'stunde', 'heure'],
        ['daily', 'day', 'tag', 'jour'],
        ['weekly', 'week', 'woche', 'semaine'],
        ['monthly', 'month', 'monat', 'mois'],
        ['quarterly', 'quarter', 'quartal', 'trimestre'],
        ['yearly', 'year', 'jahr', 'an année'],
      ] as const
    ).map(
      ([often, english, german, french]) =>
        [
          `${english} ${german} ${french}`,
          `(?:per|each|every) ${english}|${counted}an? ${english}|(?:pro|je|jede[nsr]?) ${german}|(?:par|chaque) (?:${french.replace(' ', '|')})`,
          often,
        ] as const,
    ),
    // What stands behind it holds where the rest does not.
    ['unless denn sauf', 'unless|es sei denn|sauf si', ', unless'],
    ['except excepting außer sauf excepté', 'except(?:ing)?|außer|sauf|excepté', ', except'],
  ] as const
).map(([cues, alternatives, by]) => ({ cues: cues.split(' '), pattern: unlessWithin(alternatives), by: ` ${by} ` }));

/** `17:30`, `5 pm`, `17.30 Uhr`, and the first of two hours of a day: `8 bis 18 Uhr`. */
const clock =
  /(?<![\d.:,])([01]?\d|2[0-4])(?::([0-5]\d)(?![:\d])(?:\s*(?:([ap])(?:\.\s?m\.|m\b)|uhr\b))?|\s*([ap])(?:\.\s?m\.|m\b)|(?:\.([0-5]\d))?\s*uhr\b|(?=\s*(?:bis|und|[–-])\s*\d{1,2}(?:[.:]\d{2})?\s*uhr\b))/giu;

export function withOneNotation(text: string): string {
  const present = new Set<string>();
  let result = text.replace(word, (written, at: number) => {
    const folded = written.toLowerCase();
    present.add(folded);
    const place = ordinals.get(folded);
    return place === undefined || (folded === 'second' && beforeUnit.test(text.slice(0, at))) ? written : place;
  });
  for (const { cues, pattern, by } of phrases) {
    if (cues.some((cue) => present.has(cue))) result = result.replace(pattern, by);
  }
  return /\d/.test(result) ? result.replace(digitOrdinal, 'th').replace(clock, timeOf) : result;
}

function timeOf(_: string, hour: string, ...found: (string | undefined)[]): string {
  const [minutes, half, alone, german] = found;
  const part = (half ?? alone)?.toLowerCase();
  const ofDay = part === undefined ? Number(hour) : (Number(hour) % 12) + (part === 'p' ? 12 : 0);
  return ` clock${ofDay}m${minutes ?? german ?? '00'} `;
}
