/** The zone that an address lies in when nobody has said so: what cannot be shown to be near counts as external. */
import { BlockList, isIP } from 'node:net';
import type { Zone } from '../core/zones.ts';

const thisHost = new BlockList();
thisHost.addSubnet('127.0.0.0', 8, 'ipv4');
thisHost.addAddress('0.0.0.0', 'ipv4');
thisHost.addAddress('::1', 'ipv6');

const ownNetwork = new BlockList();
ownNetwork.addSubnet('10.0.0.0', 8, 'ipv4');
ownNetwork.addSubnet('172.16.0.0', 12, 'ipv4');
ownNetwork.addSubnet('192.168.0.0', 16, 'ipv4');
ownNetwork.addSubnet('169.254.0.0', 16, 'ipv4');
ownNetwork.addSubnet('fc00::', 7, 'ipv6');
ownNetwork.addSubnet('fe80::', 10, 'ipv6');

/** By the address itself; names are not resolved, because what they resolve to can change. */
export function zoneOfAddress(url: URL): Zone {
  const host = url.hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  if (host === 'localhost' || host.endsWith('.localhost')) return 'local';
  const version = isIP(host);
  if (version === 0) return 'external';
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (thisHost.check(host, family)) return 'local';
  return ownNetwork.check(host, family) ? 'private' : 'external';
}
