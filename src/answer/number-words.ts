/** Numbers written as words in English, German and French, and in Chinese characters. */

const english =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const englishTens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const german =
  'null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn'.split(
    ' ',
  );
const germanTens = 'zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig'.split(' ');
const french =
  'zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf'.split(
    ' ',
  );
const frenchTens = 'vingt trente quarante cinquante soixante'.split(' ');

/** A one alone stays a word: it is a pronoun or an article more often than a number. */
const values = new Map<string, number>([
  ...[english, german, french].flatMap((words) =>
    words.map((word, value) => [word, value] as const).filter(([, value]) => value !== 1),
  ),
  ...[englishTens, germanTens, frenchTens].flatMap((tens) =>
    tens.map((ten, index) => [ten, (index + 2) * 10] as const),
  ),
  ...englishTens.flatMap((ten, index) => units(english).map(([word, unit]) => pair(`${ten}-${word}`, index, unit))),
  ...germanTens.flatMap((ten, index) => units(german).map(([word, unit]) => pair(`${word}und${ten}`, index, unit))),
  ...frenchTens.flatMap((ten, index) => units(french).map(([word, unit]) => pair(`${ten}-${word}`, index, unit))),
  ...frenchTens.map((ten, index) => pair(`${ten}-et-un`, index, 1)),
  // Seventy to ninety-nine count on from sixty and from eighty.
  ...french.slice(10).map((word, index) => [`soixante-${word}`, 70 + index] as const),
  ...french.slice(1).map((word, index) => [`quatre-vingt-${word}`, 81 + index] as const),
  ...(['hundert', 'cent', 'tausend', 'mille'] as const).map((word, index) => [word, index < 2 ? 100 : 1_000] as const),
  ['soixante-et-onze', 71],
  ['quatre-vingts', 80],
  ['quatre-vingt', 80],
]);

function units(words: readonly string[]): readonly (readonly [string, number])[] {
  return words.slice(1, 10).map((word, index) => [word, index + 1] as const);
}

function pair(word: string, index: number, unit: number): readonly [string, number] {
  return [word, (index + 2) * 10 + unit];
}

/** @param word lower case; null where it names no number */
export function numberOfWord(word: string): number | null {
  return values.get(word) ?? values.get(word.replaceAll('ss', 'ß')) ?? null;
}

const digits = '〇一二三四五六七八九';
const steps = new Map([
  ['十', 10],
  ['百', 100],
  ['千', 1_000],
]);
/** Before what is counted, or after what says which one of several: in other words these characters are no numbers (`一般`, `十分`). */
const counted =
  /[〇一二三四五六七八九十百千万]+(?=日|週|[かヶカヵ]?月|年|時|分間|分前|秒|人|名|円|枚|回|度|個|台|本|冊|階|割|倍|点|件|歳|泊|箱|着|営業日|パーセント|ユーロ|ポンド|ドル)|(?<=第)[〇一二三四五六七八九十百千万]+/gu;
const beside =
  /(?<=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])(?=\d)|(?<=\d)(?=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])/gu;

/** Numbers in Chinese characters as digits, and digits apart from the words beside them: `二十日間` and `20日間` alike. */
export function withDigits(text: string): string {
  if (!/\p{Script=Han}/u.test(text)) return text;
  return text.replace(counted, (number) => String(numberIn(number))).replace(beside, ' ');
}

function numberIn(number: string): number {
  const [high, low] = number.includes('万') ? number.split('万', 2) : [null, number];
  return (high === null ? 0 : (belowTenThousand(high ?? '') || 1) * 10_000) + belowTenThousand(low ?? '');
}

/** `二十五`, and digit by digit `二五`. */
function belowTenThousand(number: string): number {
  let sum = 0;
  let current: number | null = null;
  for (const sign of number) {
    const step = steps.get(sign);
    if (step === undefined) {
      current = (current ?? 0) * 10 + digits.indexOf(sign);
    } else {
      sum += (current ?? 1) * step;
      current = null;
    }
  }
  return sum + (current ?? 0);
}
