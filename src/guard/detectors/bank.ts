/** Bank accounts (IBAN, ISO 13616) and payment cards (ISO/IEC 7812), each with its check digits. */
import { type Detection, type Detector, isOtherNumber } from './detector.ts';

/** Length of an IBAN by country. */
const ibanLengths: Readonly<Record<string, number>> = Object.fromEntries(
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);
const ibanStart = /(?<![\p{L}\p{N}])[A-Za-z]{2}\d{2}(?:[ \u00A0\u202F-]?[A-Za-z0-9]){11,30}/gu;

export const detectIbans: Detector = (text) => {
  const found: Detection[] = [];
  for (const { index, 0: candidate } of text.matchAll(ibanStart)) {
    const length = ibanLengths[candidate.slice(0, 2).toUpperCase()];
    if (length === undefined) continue;
    const end = endAfter(candidate, length);
    if (end === null || /[\p{L}\p{N}]/u.test(text.charAt(index + end))) continue;
    if (isIban(candidate.slice(0, end).replace(/[^A-Za-z0-9]/g, '')))
      found.push({ kind: 'iban', start: index, end: index + end });
  }
  return found;
};

/** Where so many letters and digits end; null if there are fewer. */
function endAfter(candidate: string, length: number): number | null {
  let seen = 0;
  for (let at = 0; at < candidate.length; at++) {
    if (/[A-Za-z0-9]/.test(candidate.charAt(at))) seen++;
    if (seen === length) return at + 1;
  }
  return null;
}

function isIban(compact: string): boolean {
  const moved = compact.slice(4) + compact.slice(0, 4);
  let rest = 0;
  for (const character of moved.toUpperCase()) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

const cardStart = /(?<![\p{L}\p{N}./_-]|[+#]\s?)\d(?:[ \u00A0-]?\d){12,18}(?![\p{L}\p{N}]|[./_-]\d)/gu;
/** First digits and lengths of the networks. */
const networks: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^4/, [13, 16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(?:6011|65|64[4-9]|622)/, [16, 19]],
  [/^35(?:2[89]|[3-8])/, [16]],
  [/^3(?:0[0-5]|095|6|8|9)/, [14, 16]],
  [/^(?:50|5[6-9]|6[0-9])/, [16, 19]],
];
/** As cards are embossed. */
const grouped = /^(?:\d{4}([ \u00A0-])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ \u00A0-])\d{6}\2\d{4,5}|\d{13,19})$/u;

export const detectCards: Detector = (text) => {
  const found: Detection[] = [];
  for (const { index, 0: candidate } of text.matchAll(cardStart)) {
    const digits = candidate.replace(/\D/g, '');
    const isOfNetwork = networks.some(([start, lengths]) => start.test(digits) && lengths.includes(digits.length));
    if (!isOfNetwork || !grouped.test(candidate) || !passesLuhn(digits) || isOtherNumber(text, index)) continue;
    // All alike is an example of a format.
    if (new Set(digits).size === 1) continue;
    found.push({ kind: 'card', start: index, end: index + candidate.length });
  }
  return found;
};

/** Luhn's check digit, US patent 2,950,048. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let at = digits.length - 1, isDoubled = false; at >= 0; at--, isDoubled = !isDoubled) {
    const digit = Number(digits[at]);
    sum += isDoubled ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}
