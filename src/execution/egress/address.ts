/**
 * Which addresses the host may dial for a run: public unicast only. Ranges by the IANA registries
 * of special-purpose addresses (IPv4 and IPv6), and the metadata services of clouds outside them.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

export type AddressProblem = 'not-an-address' | 'not-public' | 'own-address';

/** Not public, IPv4: base and prefix length. */
const CLOSED4: readonly [base: string, bits: number][] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT; Alibaba's metadata lies here
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // Azure's host services
  ['169.254.0.0', 16], // link-local; most clouds' metadata
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments; Oracle's metadata
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
];

/** Inside 2000::/3, which is all of IPv6 that is public: first two groups, prefix length up to 32. */
const CLOSED6: readonly [high: number, bits: number][] = [
  [0x2001_0000, 23], // protocol assignments: Teredo, ORCHID, benchmarks
  [0x2001_0db8, 32], // documentation
  [0x2002_0000, 16], // 6to4: carries an IPv4 address
  [0x3fff_0000, 20], // documentation
];

/** null when the host may dial it. Mapped, translated and tunnelled IPv4 inside IPv6 is refused. */
export function addressProblem(address: string): AddressProblem | null {
  if (isIPv4(address)) {
    const number = number4(address);
    const closed = CLOSED4.some(([base, bits]) => within(number, number4(base), bits));
    return closed ? 'not-public' : null;
  }
  // A zone (`%eth0`) only makes sense for addresses that are not public.
  if (!isIPv6(address) || address.includes('%')) return 'not-an-address';
  const groups = groups6(address);
  const high = (groups[0] ?? 0) * 0x10000 + (groups[1] ?? 0);
  if (!within(high, 0x2000_0000, 3)) return 'not-public';
  return CLOSED6.some(([base, bits]) => within(high, base, bits)) ? 'not-public' : null;
}

/** A public address of this very machine leads to its services from behind its firewall. */
export function isOwnAddress(address: string): boolean {
  const canonical = canonicalOf(address);
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .some((own) => canonicalOf(own.address) === canonical);
}

const canonicalOf = (address: string): string =>
  isIPv6(address) ? groups6(address.replace(/%.*$/, '')).join(':') : address;

const number4 = (address: string): number =>
  address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

/** Do the first `bits` of two 32-bit numbers agree? By division: shifts would make them signed. */
const within = (number: number, base: number, bits: number): boolean =>
  Math.floor(number / 2 ** (32 - bits)) === Math.floor(base / 2 ** (32 - bits));

/** The eight groups of a valid IPv6 address. */
function groups6(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const left = groupsOf(head);
  if (tail === undefined) return left;
  const right = groupsOf(tail);
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)];
    const number = number4(part);
    return [Math.floor(number / 0x10000), number % 0x10000];
  });
}
