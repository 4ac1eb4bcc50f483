/** Where an address leads: this machine, a private network, or anywhere. Told from its text alone. */
import { isIPv4, isIPv6 } from 'node:net';

export type Reach = 'loopback' | 'private' | 'public';

/** `hostname` as `URL.hostname` gives it: lower case, IPv6 in brackets. */
export function reachOf(hostname: string): Reach {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIPv4(host)) return reachOfIPv4(host);
  if (isIPv6(host)) {
    if (host === '::1') return 'loopback';
    return /^f[cd]|^fe[89ab]/.test(host) ? 'private' : 'public';
  }
  if (host === 'localhost' || host.endsWith('.localhost')) return 'loopback';
  // Names that the public DNS does not hand out, and the tailnet's own.
  if (!host.includes('.') || /\.(local|lan|internal|home\.arpa|ts\.net)$/.test(host))
    return 'private';
  return 'public';
}

function reachOfIPv4(host: string): Reach {
  const [a = 0, b = 0] = host.split('.').map(Number);
  if (a === 127) return 'loopback';
  const isPrivate =
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    // Carrier-grade addresses, which tailnets use.
    (a === 100 && b >= 64 && b < 128);
  return isPrivate ? 'private' : 'public';
}
