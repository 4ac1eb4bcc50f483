import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressProblem, isOwnAddress } from '../../../src/execution/egress/address.ts';

const PUBLIC = `
  1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 93.184.216.34 100.63.255.255 100.128.0.0 104.16.0.1
  126.255.255.255 128.0.0.0 140.82.112.3 151.101.0.223 168.63.129.15 168.63.129.17 169.253.255.255
  169.255.0.0 172.15.255.255 172.32.0.0 185.199.108.133 191.255.255.255 192.0.1.0 192.0.3.0
  192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255
  198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255
  2000:: 2001:200:: 2001:4860:4860::8888 2001:db7:ffff::1 2001:db9:: 2003::1 2400:cb00::1
  2606:4700::6810:84e5 2a00:1450:4001::200e 2a04:4e42::223 3fff:1000::1 3ffe:ffff::1
  2606:4700:0:0:0:0:104.16.132.229
`;
const CLOSED = `
  0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.100.100.200 100.127.255.255
  127.0.0.1 127.255.255.255 168.63.129.16 169.254.0.0 169.254.169.254 169.254.170.2
  169.254.255.255 172.16.0.0 172.17.0.1 172.31.255.255 192.0.0.0 192.0.0.192 192.0.0.255 192.0.2.1
  192.88.99.1 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.7 203.0.113.9
  224.0.0.0 224.0.0.251 239.255.255.255 240.0.0.1 255.255.255.255
  :: ::1 ::2 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:8.8.8.8 ::ffff:808:808
  ::ffff:0:8.8.8.8 64:ff9b::8.8.8.8 64:ff9b::10.0.0.1 64:ff9b:1::1 100::1 2001::1
  2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:1ff:ffff::1
  2001:db8::1 2001:DB8:ffff::1 2002:7f00:1::1 2002:808:808::1 3fff::1 3fff:fff:ffff::1 4000::1
  5f00::1 fc00::1 fd00:ec2::254 fdff::1 fe80::1 febf::1 fec0::1 ff02::1 ff0e::1 1fff::1
`;
const NO_ADDRESS = [
  '',
  'localhost',
  '127.1',
  '0177.0.0.1',
  '0x7f.1',
  '2130706433',
  '1.2.3',
  '1.2.3.4.5',
];
const MORE = [
  '1.2.3.256',
  ' 8.8.8.8',
  '8.8.8.8\0',
  'fe80::1%eth0',
  '2000::1%1',
  '[2000::1]',
  '2000:::1',
  '٨.8.8.8',
];

const words = (text: string) => text.trim().split(/\s+/);

describe('the address check', () => {
  it.each(words(PUBLIC))('lets %s be dialled', (address) => {
    expect(addressProblem(address)).toBeNull();
  });
  it.each(words(CLOSED))('refuses %s', (address) => {
    expect(addressProblem(address)).toBe('not-public');
  });
  it.each([...NO_ADDRESS, ...MORE])('does not take %j for an address', (address) => {
    expect(addressProblem(address)).toBe('not-an-address');
  });

  it('refuses every IPv4 address that is carried inside an IPv6 one', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const prefix = fc.constantFrom('::', '::ffff:', '::ffff:0:', '64:ff9b::');
    fc.assert(
      fc.property(prefix, byte, byte, byte, byte, (before, a, b, c, d) => {
        expect(addressProblem(`${before}${a}.${b}.${c}.${d}`)).toBe('not-public');
      }),
    );
  });

  it('says the same of every spelling of one IPv6 address', () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const hex = groups.map((one) => one.toString(16));
        const long = hex.map((one) => one.padStart(4, '0').toUpperCase()).join(':');
        const short = new URL(`http://[${hex.join(':')}]`).hostname.slice(1, -1);
        expect(addressProblem(long)).toBe(addressProblem(short));
      }),
    );
  });

  it('knows the addresses of this machine in any spelling', () => {
    const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    for (const { address } of own) expect(isOwnAddress(address)).toBe(true);
    expect(isOwnAddress('8.8.8.8')).toBe(false);
    if (own.some(({ address }) => address === '::1')) {
      expect(isOwnAddress('0:0:0:0:0:0:0:1')).toBe(true);
    }
  });
});
