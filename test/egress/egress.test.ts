import { describe, expect, it } from 'vitest';
import { configFrom } from '../../src/config.ts';
import { classifications, zones } from '../../src/core/zones.ts';
import { decideEgress, type EgressRules, mayReach } from '../../src/egress/egress.ts';
import { zoneOfAddress } from '../../src/egress/zone-of-address.ts';

const rules: EgressRules = configFrom('', null, '/').egress;

describe('mayReach, by default', () => {
  const allowed = new Set([
    'public local',
    'public private',
    'public external',
    'internal local',
    'internal private',
    'confidential local',
  ]);
  it.each(classifications.flatMap((classification) => zones.map((zone) => [classification, zone] as const)))(
    '%s content and the zone %s',
    (classification, zone) => {
      expect(mayReach(classification, zone, rules)).toBe(allowed.has(`${classification} ${zone}`));
    },
  );

  it.each(['', 'secret', 'Public', 'constructor', 'toString', '__proto__'])(
    'lets content of the unknown classification %j reach nothing',
    (classification) => {
      for (const zone of zones) expect(mayReach(classification, zone, rules)).toBe(false);
    },
  );

  it('follows a rule that lets content reach no zone at all', () => {
    for (const zone of zones) expect(mayReach('confidential', zone, { ...rules, confidential: [] })).toBe(false);
  });
});

describe('decideEgress', () => {
  const items = [
    { id: 1, classification: 'internal' },
    { id: 2, classification: 'public' },
    { id: 3, classification: 'confidential' },
    { id: 4, classification: 'internal' },
  ];

  it('keeps what may not go, in order, and says how to allow it', () => {
    const verdict = decideEgress(items, { id: 'main', zone: 'external' }, rules);
    expect(verdict.allowed.map(({ id }) => id)).toEqual([2]);
    expect(verdict.blocked.map(({ id }) => id)).toEqual([1, 3, 4]);
    expect(verdict.explanation).toBe(
      '3 of 4 (1 confidential, 2 internal) may not reach the model "main" in the zone external and stayed away from it; ' +
        'to allow it, add external to egress.confidential and egress.internal in persea.yaml.',
    );
  });

  it('has nothing to explain where all may go', () => {
    const verdict = decideEgress(items, { id: 'extractive', zone: 'local' }, rules);
    expect(verdict).toEqual({ allowed: items, blocked: [], explanation: null });
    expect(decideEgress([], { id: 'main', zone: 'external' }, rules).explanation).toBeNull();
  });
});

describe('zoneOfAddress', () => {
  it.each([
    ['http://localhost:11434/v1', 'local'],
    ['http://LOCALHOST./v1', 'local'],
    ['http://127.0.0.1:8080', 'local'],
    ['http://127.8.9.10', 'local'],
    // Other ways to write 127.0.0.1.
    ['http://2130706433/', 'local'],
    ['http://0x7f.1/', 'local'],
    ['http://[::1]:8080/v1', 'local'],
    ['http://[::ffff:127.0.0.1]/', 'local'],
    ['http://10.1.2.3', 'private'],
    ['http://172.16.0.1', 'private'],
    ['http://172.31.255.255', 'private'],
    ['http://192.168.1.20:1234', 'private'],
    ['http://[fd12:3456::1]/', 'private'],
    ['http://[fe80::1]/', 'private'],
    ['http://172.32.0.1', 'external'],
    ['http://11.0.0.1', 'external'],
    ['http://8.8.8.8', 'external'],
    ['http://[2001:db8::1]/', 'external'],
    ['https://models.example.com/v1', 'external'],
    // A name says nothing about where it leads.
    ['http://127.0.0.1.example.com/', 'external'],
    ['http://localhost.example.com/', 'external'],
    ['http://gpu-box:8000', 'external'],
  ] as const)('%s lies in the zone %s', (address, zone) => {
    expect(zoneOfAddress(new URL(address))).toBe(zone);
  });
});
