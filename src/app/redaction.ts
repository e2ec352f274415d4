/** What is kept from the models of a zone, by the configuration; nothing is from those that run here. */
import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { PerseaError } from '../core/errors.ts';
import { sha256Hex } from '../core/ids.ts';
import type { Zone } from '../core/zones.ts';
import { personalDataDetector } from '../guard/personal-data.ts';
import { createRedactor, type Redactor } from '../guard/redaction.ts';

export interface ZoneRedaction extends Redactor {
  readonly fingerprint: string;
}

const made = new WeakMap<Config, Map<Zone, ZoneRedaction>>();

/**
 * Null for the zone `local`. Secrets stay away from every other zone, personal data from those of `redact.zones`.
 *
 * @throws PerseaError `config-invalid` if the list of names cannot be read
 */
export function redactionFor(config: Config, zone: Zone): ZoneRedaction | null {
  if (zone === 'local') return null;
  const ofConfig = made.get(config) ?? new Map<Zone, ZoneRedaction>();
  made.set(config, ofConfig);
  const known = ofConfig.get(zone);
  if (known !== undefined) return known;
  const { zones, kinds, countries } = config.redact;
  const isWhole = zones.includes(zone);
  const names = isWhole && kinds.includes('name') ? namesOf(config) : [];
  const settings = { kinds: isWhole ? kinds : [], countries, names };
  const redaction = {
    ...createRedactor(personalDataDetector(settings)),
    fingerprint: `masked-${sha256Hex(JSON.stringify(settings)).slice(0, 12)}`,
  };
  ofConfig.set(zone, redaction);
  return redaction;
}

function namesOf({ redact }: Config): readonly string[] {
  if (redact.namesFile === undefined) return redact.names;
  try {
    const lines = readFileSync(redact.namesFile, 'utf8').split(/\r?\n/);
    return [
      ...redact.names,
      ...lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#')),
    ];
  } catch (cause) {
    throw new PerseaError(
      'config-invalid',
      `Tried to read the list of names ${redact.namesFile} (redact.namesFile); there is no readable file. Correct the path, or leave the setting out.`,
      { details: { path: redact.namesFile }, cause },
    );
  }
}
