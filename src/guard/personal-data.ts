/** Personal data and secrets in a text, found by one detector a kind; where detections meet, the surer one stays. */
import type { PersonalDataKind } from '../core/personal-data.ts';
import { detectCards, detectIbans } from './detectors/bank.ts';
import type { Detection, Detector } from './detectors/detector.ts';
import { detectEmails } from './detectors/email.ts';
import { nameDetector } from './detectors/names.ts';
import { type NationalIdCountry, nationalIdCountries, nationalIdDetector } from './detectors/national-id.ts';
import { phoneDetector } from './detectors/phone.ts';
import { detectSecrets } from './detectors/secret.ts';

export interface PersonalDataSettings {
  readonly kinds: readonly PersonalDataKind[];
  /** Codes of ISO 3166: whose national ids are looked for, and whose telephone numbers without a country's prefix. */
  readonly countries: readonly string[];
  readonly names: Iterable<string>;
}

/** With check digits before those without, and what stands in another before that. */
const rank: readonly Detection['kind'][] = ['secret', 'iban', 'email', 'name', 'card', 'national-id', 'phone'];

/** Dashes, blanks, apostrophes and full-width signs that stand for those of a keyboard: one for one, so that places stay the same. */
const variants = /[\u2010-\u2015\u2212]|[\u00A0\u2000-\u200A\u202F]|[\u2018\u2019\u02BC]|[\uFF0B\uFF10-\uFF19\uFF20]/gu;

function plainForm(written: string): string {
  if (written >= '\uFF00') return written.normalize('NFKC');
  if (/[\u2018\u2019\u02BC]/u.test(written)) return "'";
  return /\s/u.test(written) ? ' ' : '-';
}

export function personalDataDetector(settings: PersonalDataSettings): (text: string) => Promise<readonly Detection[]> {
  const isKnown = (country: string): country is NationalIdCountry => nationalIdCountries.some((one) => one === country);
  const all: Readonly<Record<PersonalDataKind, () => Detector>> = {
    email: () => detectEmails,
    phone: () => phoneDetector(settings.countries),
    iban: () => detectIbans,
    card: () => detectCards,
    'national-id': () => nationalIdDetector(settings.countries.filter(isKnown)),
    name: () => nameDetector(settings.names),
  };
  const detectors = [detectSecrets, ...settings.kinds.map((kind) => all[kind]())];
  return async (text) => {
    const even = text.replace(variants, (written) => plainForm(written));
    const found = (await Promise.all(detectors.map((detect) => detect(even)))).flat();
    const kept: Detection[] = [];
    for (const one of found.sort((a, b) => rank.indexOf(a.kind) - rank.indexOf(b.kind) || a.start - b.start)) {
      if (!kept.some((other) => one.start < other.end && other.start < one.end)) kept.push(one);
    }
    return kept.sort((a, b) => a.start - b.start);
  };
}
