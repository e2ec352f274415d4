/**
 * Numbers by which states know people, validated by their check digits. Where the digits alone say too little (one in ten numbers
 * passes one check digit) the number must also be written as the state writes it, or be called by its name.
 */
import { cueBefore, type Detection, type Detector } from './detector.ts';

interface NationalId {
  readonly candidate: RegExp;
  /** As stdnum calls them. */
  readonly validators: readonly string[];
  /** Written so, it needs no name. */
  readonly unmistakable?: RegExp;
  readonly names: RegExp;
}

/** Not within a longer number or word. */
const alone = (pattern: string) =>
  new RegExp(String.raw`(?<![\p{L}\p{N}]|\d[.,/-])(?:${pattern})(?![\p{L}\p{N}]|[.,/-]\d)`, 'gu');
const any = /^/;

const nationalIds = {
  AT: {
    candidate: alone(String.raw`\d{4} ?\d{6}`),
    validators: ['vnr'],
    names: /sozialversicherung|\bsv-?\s?n|versicherungsn|\bsvnr/,
  },
  BE: {
    candidate: alone(String.raw`\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}|\d{11}`),
    validators: ['nn', 'bis'],
    unmistakable: /\./,
    names: /rijksregister|registre national|\bniss\b|\binsz\b|numéro national/,
  },
  CH: {
    candidate: alone(String.raw`756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}`),
    validators: ['ssn'],
    unmistakable: any,
    names: any,
  },
  CZ: {
    candidate: alone(String.raw`\d{6}/\d{3,4}`),
    validators: ['rc'],
    unmistakable: /\/\d{4}$/,
    names: /rodné číslo|\br\.?\s?č/,
  },
  DE: {
    candidate: alone(String.raw`[1-9]\d ?\d{3} ?\d{3} ?\d{3}|\d{2} ?\d{6} ?[A-Z] ?\d{3}`),
    validators: ['idnr', 'svnr'],
    unmistakable: /^\d{2} \d{3} \d{3} \d{3}$|[A-Z]/,
    names: /steuer-?\s?id|identifikationsn|\bidnr|\btin\b|tax id|\bsv-?\s?n|sozialversicherung|rentenversicherung/,
  },
  DK: {
    candidate: alone(String.raw`\d{6}-?\d{4}`),
    validators: ['cpr'],
    names: /\bcpr|personnummer/,
  },
  ES: {
    candidate: alone(String.raw`\d{8}-?[A-Z]|[XYZ]-?\d{7}-?[A-Z]`),
    validators: ['dni', 'nie'],
    unmistakable: any,
    names: any,
  },
  FI: {
    candidate: alone(String.raw`\d{6}[-+A-FU-Y]\d{3}[0-9A-Z]`),
    validators: ['hetu'],
    unmistakable: any,
    names: any,
  },
  FR: {
    candidate: alone(String.raw`[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}`),
    validators: ['nir'],
    unmistakable: any,
    names: any,
  },
  GB: {
    candidate: alone(String.raw`[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]`),
    validators: ['nino'],
    unmistakable: any,
    names: any,
  },
  IE: {
    candidate: alone(String.raw`\d{7}[A-W][A-IW]?`),
    validators: ['pps'],
    names: /\bpps/,
  },
  IT: {
    candidate: alone(String.raw`[A-Z]{6} ?\d[\dL-NP-V] ?[A-EHLMPRST][\dL-NP-V]{2} ?[A-Z][\dL-NP-V]{3}[A-Z]`),
    validators: ['codicefiscale'],
    unmistakable: any,
    names: any,
  },
  NL: {
    candidate: alone(String.raw`\d{9}|\d{4}[. ]\d{2}[. ]\d{3}|\d{3}[. ]\d{3}[. ]\d{3}`),
    validators: ['bsn'],
    names: /\bbsn|burgerservice|sofi/,
  },
  NO: {
    candidate: alone(String.raw`\d{6} ?\d{5}`),
    validators: ['fodselsnummer'],
    names: /fødselsn|fodselsn|personnummer|d-nummer/,
    unmistakable: /^\d{6} \d{5}$/,
  },
  PL: { candidate: alone(String.raw`\d{11}`), validators: ['pesel'], names: /pesel/ },
  PT: {
    candidate: alone(String.raw`[1-35]\d{2} ?\d{3} ?\d{3}`),
    validators: ['nif'],
    names: /\bnif\b|contribuinte/,
  },
  SE: {
    candidate: alone(String.raw`(?:19|20)?\d{6}[-+]\d{4}|(?:19|20)\d{10}`),
    validators: ['personnummer'],
    unmistakable: /[-+]/,
    names: /person-?n|\bpnr/,
  },
  US: {
    candidate: alone(String.raw`\d{3}-\d{2}-\d{4}`),
    validators: ['ssn'],
    unmistakable: any,
    names: any,
  },
} as const satisfies Readonly<Record<string, NationalId>>;

export const nationalIdCountries = Object.keys(nationalIds) as readonly (keyof typeof nationalIds)[];
export type NationalIdCountry = keyof typeof nationalIds;

export function nationalIdDetector(countries: readonly NationalIdCountry[]): Detector {
  const chosen = countries.map((country): NationalId & { country: string } => ({ country, ...nationalIds[country] }));
  return async (text) => {
    const found: Detection[] = [];
    for (const { country, candidate, validators, unmistakable, names } of chosen) {
      for (const { index, 0: written } of text.matchAll(candidate)) {
        const isNamed = unmistakable?.test(written) === true || names.test(cueBefore(text, index));
        if (!isNamed) continue;
        // Loaded where there is something to validate: the library knows a hundred states.
        const { stdnum } = await import('stdnum');
        if (validators.some((name) => stdnum[country]?.[name]?.validate(written).isValid === true)) {
          found.push({ kind: 'national-id', start: index, end: index + written.length });
        }
      }
    }
    return found;
  };
}
