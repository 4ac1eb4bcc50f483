import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTarget } from '../../../src/control/egress.ts';

describe('the name of a target', () => {
  it.each([
    ['registry.test:443', 'registry.test', 443],
    ['ReGiStRy.TEST:8443', 'registry.test', 8443],
    ['a-1.b2.c3d:1', 'a-1.b2.c3d', 1],
    ['0a.1b.c:65535', '0a.1b.c', 65535],
  ])('reads %s', (text, host, port) => {
    expect(parseTarget(text)).toEqual({ host, port });
  });

  it('takes the default port only where there is one', () => {
    expect(parseTarget('a.test', 443)).toEqual({ host: 'a.test', port: 443 });
    expect(parseTarget('a.test')).toEqual({ problem: 'port' });
  });

  it.each([
    // Every spelling of an address.
    ['127.0.0.1:443', 'ip-literal'],
    ['0177.0.0.1:443', 'ip-literal'],
    ['0x7f.0.0.1:443', 'ip-literal'],
    ['127.0.0.0x1:443', 'ip-literal'],
    ['0x7f000001:443', 'ip-literal'],
    ['0x:443', 'ip-literal'],
    ['2130706433:443', 'ip-literal'],
    ['017700000001:443', 'ip-literal'],
    ['127.1:443', 'ip-literal'],
    ['a.1:443', 'ip-literal'],
    ['[::1]:443', 'ip-literal'],
    ['[::ffff:127.0.0.1]:443', 'ip-literal'],
    ['[fe80::1%25eth0]:443', 'ip-literal'],
    ['::1:443', 'ip-literal'],
    ['fe80::1%eth0', 'ip-literal'],
    ['a%2etest:443', 'ip-literal'],
    // Names that two programs read differently.
    ['ok.test\0.evil.test:443', 'control-character'],
    ['ok.test\r\nHost: evil.test:443', 'control-character'],
    ['ok.test\n:443', 'control-character'],
    ['ok .test:443', 'control-character'],
    ['ok.test\x7f:443', 'control-character'],
    ['user@ok.test:443', 'user-info'],
    ['ok.test:443@evil.test:443', 'user-info'],
    ['ok.test.:443', 'trailing-dot'],
    ['127.0.0.1.:443', 'trailing-dot'],
    ['оk.test:443', 'not-ascii'],
    ['ok。test:443', 'not-ascii'],
    ['ok.test\u200b:443', 'not-ascii'],
    ['xn--k-tjb.test:443', 'not-a-host-name'],
    ['ok.xn--p1ai:443', 'not-a-host-name'],
    ['localhost:443', 'not-a-host-name'],
    ['.ok.test:443', 'not-a-host-name'],
    ['ok..test:443', 'not-a-host-name'],
    ['-ok.test:443', 'not-a-host-name'],
    ['ok-.test:443', 'not-a-host-name'],
    ['o_k.test:443', 'not-a-host-name'],
    ['*.test:443', 'not-a-host-name'],
    ['http://ok.test', 'port'],
    ['http://ok.test:443', 'ip-literal'],
    ['ok.test/path:443', 'not-a-host-name'],
    ['ok.test\\:443', 'not-a-host-name'],
    ['', 'port'],
    [':443', 'not-a-host-name'],
    // Ports.
    ['ok.test:', 'port'],
    ['ok.test:0', 'port'],
    ['ok.test:0443', 'port'],
    ['ok.test:+443', 'port'],
    ['ok.test:443.0', 'port'],
    ['ok.test:0x1bb', 'port'],
    ['ok.test:65536', 'port'],
    ['ok.test:100000', 'port'],
    // Lengths.
    [`${'a'.repeat(64)}.test:443`, 'not-a-host-name'],
    [`${'a.'.repeat(130)}test:443`, 'too-long'],
    [`${'a.'.repeat(125)}test:443`, 'too-long'],
    ['a'.repeat(1_000_000), 'too-long'],
  ])('refuses %j', (text, problem) => {
    expect(parseTarget(text)).toEqual({ problem });
  });

  it('reads nothing that is not exactly a lower-case name of letters, digits and dashes', () => {
    const odd = fc.string({ unit: 'binary', maxLength: 60 });
    const near = fc
      .array(
        fc.constantFrom('a', '1', '-', '.', ':', '4', '0x', '@', '%', '[', ']', '\0', '\r\n', 'é'),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(odd, near), (text) => {
        const read = parseTarget(text);
        if ('problem' in read) return;
        expect(text.toLowerCase()).toBe(`${read.host}:${read.port}`);
        expect(read.host).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/);
        // The reader of URLs finds the same name and takes it for no address.
        expect(new URL(`https://${text}`).hostname).toBe(read.host);
      }),
      { numRuns: 2000 },
    );
  });
});
