/**
 * Numbers, versions, quantities, codes and abbreviations in the other ways of writing them: the index of words knows `5000`, `5,000` and
 * `5.000` as three words, `25kg` as one where `25 kg` is two, and `RFQs` as another one than `RFQ`.
 */
import { grouped } from '../core/counts.ts';
import { isYear } from '../core/dates.ts';

export interface WrittenForms {
  /** Each one word of the index; those of the question not among them. */
  readonly words: readonly string[];
  /** Each several words, which tell something only where they stand in one text. */
  readonly together: readonly string[];
}

const number =
  /(?<![\p{L}\p{N}._/,'’-])(?:[1-9]\d{0,2}(?:[ \u00a0\u202f.,'’]\d{3})+|[1-9]\d{3,8})(?![\p{L}\p{N}]|[.,'’]\p{N})/gu;
/** As one word each; a blank and a blank that does not break make two. */
const separators = ['', ',', '.', '\u202f', "'", '’'];
const decimal = /(?<![\p{L}\p{N}._/,-])(\d+)([.,])(\d{1,2})(?!\p{N}|[.,]\p{N})/gu;
const version = /(?<![\p{L}\p{N}._/,-])(?:v\d+(?:\.\d+)+|\d+(?:\.\d+){2,})(?![\p{L}\p{N}]|[.,]\p{N})/giu;
/** Letters and digits in one word or beside each other: `KX-200`, `ISO27001`, `27b`, `25 kg`. */
const mixed =
  /(?<![\p{L}\p{N}])(?:(?<name>\p{L}{1,6})[-_ ]?(?<value>\d[\d.,]*)|(?<amount>\d[\d.,]*)[-_ \u00a0\u202f]?(?<unit>\p{L}{1,4}))(?![\p{L}\p{N}])/gu;
/** The index takes the ending of a plural off where a vowel stands before it. */
const capitals = /(?<![\p{L}\p{N}._/-])([B-DF-HJ-NP-TV-XZ]{2,})(s?)(?![\p{L}\p{N}]|[-_/ ]\p{N})/gu;
/** Of a code these may stand alone: `cost centre 4171` for `CC4171`. */
const tellingDigits = /\d{3}/;
const tellingLetters = /\p{L}{2}/u;
const maxOfEach = 8;

export function writtenForms(question: string): WrittenForms {
  const numbers = matches(question, number).flatMap(([text]) => (isYear(text) ? [] : [text.replace(/\D/g, '')]));
  const decimals = matches(question, decimal).map(([, whole, mark, part]) =>
    [whole, part].join(mark === '.' ? ',' : '.'),
  );
  const versions = matches(question, version).map(([text]) => text.toLowerCase());
  const codes = matches(question, mixed).map(({ groups: { name, value, amount, unit } = {} }) =>
    name === undefined ? [amount ?? '', unit ?? ''] : [name, value ?? ''],
  );
  // The index parts the others, as the question's own words.
  const glued = codes.filter((parts) => question.includes(parts.join('')) || question.includes(parts.join('_')));
  const words = [
    ...numbers.flatMap((digits) => separators.map((separator) => grouped(digits, separator))),
    ...decimals,
    ...versions.map((text) => (text.startsWith('v') ? text.slice(1) : `v${text}`)),
    ...codes.flatMap((parts) => [parts.join(''), parts.join('_')]),
    ...matches(question, capitals).map(([, singular = '', ending]) => (ending === '' ? `${singular}s` : singular)),
    ...glued.flatMap((parts) => parts.filter((part) => tellingDigits.test(part))),
  ].map((form) => form.toLowerCase());
  const written = new Set(question.toLowerCase().split(/\s+/));
  const parted = glued.filter(isParted).map((parts) => parts.join(' '));
  const together = [...numbers.map((digits) => grouped(digits, ' ')), ...parted];
  return {
    words: [...new Set(words)].filter((form) => !written.has(form)),
    together: [...new Set(together)],
  };
}

/** A single letter and a small number stand together in every other text, so to look for both costs much and finds nothing: `P2`, `27b`. */
function isParted(parts: readonly string[]): boolean {
  const code = parts.join('');
  return tellingLetters.test(code) || tellingDigits.test(code);
}

function matches(question: string, pattern: RegExp): readonly RegExpExecArray[] {
  return [...question.matchAll(pattern)].slice(0, maxOfEach);
}
