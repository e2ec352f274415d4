/** Telephone numbers that exist by the numbering plans of libphonenumber: international ones, and national ones of given countries. */
import type { CountryCode } from 'libphonenumber-js/max';
import { cueBefore, type Detection, type Detector, isOtherNumber } from './detector.ts';

/** Between a date and a telephone number only the shape tells. */
const dateOrTime = /^\(?(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}(?:[\s)]|$)|\d{1,2}:\d{2})/;
/** Digits and the usual signs between them on one line: nothing else is looked at closely. */
const run = /\+?\(?\+?\d[\d \t().\u00A0\u2011/-]*\d/gu;
const fewestCharacters = 7;
/** The library takes time with the square of the length, and no number with its neighbours is longer. */
const longestPiece = 64;
const overlap = 28;
/** What is longer is a table of figures. */
const longestRun = 256;
/** Longer than any number, or figures one by one. */
const noNumber = /\d{16}|(?:\d[ \t]){6}/;
const called =
  /(?:\b(?:tel|phone|telephone|mobile|cell|call|dial|fax|ring|sms|whatsapp|hotline|telefon|mobil|handy|ruf|anruf|durchwahl|téléphone|portable|appel\p{L}*|joindre|teléfono|móvil|llam\p{L}*|telefono|cellulare|chiama\p{L}*|telefoon|bel|zadzwo\p{L}*|komórk\p{L}*|numer\p{L}*|telefone|ligue|at|on|unter|au)|☎|📞)[^\d\n]{0,16}$/u;

export function phoneDetector(countries: readonly string[]): Detector {
  return async (text) => {
    const pieces = [...piecesOf(text)];
    if (pieces.length === 0) return [];
    const { findPhoneNumbersInText, isSupportedCountry } = await import('libphonenumber-js/max');
    const known = countries.filter((country) => isSupportedCountry(country)) as CountryCode[];
    const found = new Map<number, Detection>();
    for (const { start, piece } of pieces) {
      // What no country's own way of writing fits needs no look at each of them.
      const isNational = nationalStart.test(piece) || called.test(cueBefore(text, start));
      for (const country of isNational ? [undefined, ...known] : [undefined]) {
        const options = country === undefined ? {} : { defaultCountry: country };
        for (const { startsAt, endsAt, number } of findPhoneNumbersInText(piece, { ...options, extended: true })) {
          const at = { start: start + startsAt, end: start + endsAt };
          if (!number.isValid() || !isNumberOfAPerson(text, at, number.country)) continue;
          const former = found.get(at.start);
          if (former === undefined || former.end < at.end) found.set(at.start, { kind: 'phone', ...at });
        }
      }
    }
    return [...found.values()];
  };
}

const nationalStart = /(?:^|[\s(])0\d|\(\d{2,5}\)|\d{3}[-.]\d{3}[-.]\d{4}/;

function* piecesOf(text: string): Generator<{ readonly start: number; readonly piece: string }> {
  for (const { index, 0: found } of text.matchAll(run)) {
    if (found.length < fewestCharacters || found.length > longestRun || noNumber.test(found)) continue;
    // `0621/60-43210` is written in German-speaking countries, which the library takes for two numbers.
    const plain = found.replaceAll('/', ' ');
    for (let at = 0; ; at += longestPiece - overlap) {
      yield { start: index + at, piece: plain.slice(at, at + longestPiece) };
      if (at + longestPiece >= plain.length) break;
    }
  }
}

function isNumberOfAPerson(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
  country: string | undefined,
): boolean {
  const written = text.slice(start, end);
  if (dateOrTime.test(written) || isOtherNumber(text, start) || isInsideNumber(text, start, end)) return false;
  // A national number without its leading zero, brackets or a name is any number.
  const isInternational = /^(?:\+|00)/.test(written);
  return isInternational || isNationalShape(written, country) || called.test(cueBefore(text, start));
}

function isInsideNumber(text: string, start: number, end: number): boolean {
  return (
    /(?:\p{N}[._/:=-]?|\p{L}[._/=-]?)$/u.test(text.slice(Math.max(0, start - 2), start)) ||
    /^(?:[._/:=-]?[\p{L}\p{N}])/u.test(text.slice(end, end + 2))
  );
}

/** `030 1234567`, `(212) 555-0123`, `01 42 68 53 00`: groups, and a leading zero or brackets. */
function isNationalShape(written: string, country: string | undefined): boolean {
  if (/^\(\d{3}\)\s?\d{3}[-.\s]\d{4}$/.test(written)) return true;
  if (/^\d{3}-\d{3}-\d{4}$/.test(written)) return country === 'US' || country === 'CA';
  const digits = written.replace(/\D/g, '');
  return /^\(?0\d/.test(written) && digits.length >= 8 && /[\s()/-]/.test(written) && !/^\d+[.]\d+[.]\d/.test(written);
}
