/** What is kept from the models of a zone, by the configuration; nothing is from those that run here. */
import type { Config } from '../config.ts';
import { sha256Hex } from '../core/ids.ts';
import type { Zone } from '../core/zones.ts';
import { personalDataDetector } from '../guard/personal-data.ts';
import { createRedactor, type Redactor } from '../guard/redaction.ts';

export interface ZoneRedaction extends Redactor {
  readonly fingerprint: string;
}

const made = new WeakMap<Config, Map<Zone, ZoneRedaction>>();

/** Null for the zone `local`. Secrets stay away from every other zone, personal data from those of `redact.zones`. */
export function redactionFor(config: Config, zone: Zone): ZoneRedaction | null {
  if (zone === 'local') return null;
  const ofConfig = made.get(config) ?? new Map<Zone, ZoneRedaction>();
  made.set(config, ofConfig);
  const known = ofConfig.get(zone);
  if (known !== undefined) return known;
  const { zones, kinds, countries } = config.redact;
  const isWhole = zones.includes(zone);
  const names = isWhole && kinds.includes('name') ? config.redact.names : [];
  const settings = { kinds: isWhole ? kinds : [], countries, names };
  const redaction = {
    ...createRedactor(personalDataDetector(settings)),
    fingerprint: `masked-${sha256Hex(JSON.stringify(settings)).slice(0, 12)}`,
  };
  ofConfig.set(zone, redaction);
  return redaction;
}
