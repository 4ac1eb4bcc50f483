import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EgressBed, egressBed, openTunnel } from './bed.ts';

let bed: EgressBed;
beforeEach(() => {
  bed = egressBed();
});
afterEach(() => bed.end());

const CONNECT = (target: string) => `CONNECT ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;
const once = (
  socket: { once(event: string, then: (data: Buffer) => void): unknown },
  what: string,
) => new Promise<Buffer>((done) => socket.once(what, done));

describe('a tunnel', () => {
  it('joins the run with a target on the list, and counts what moved', async () => {
    const { port, seen } = await bed.echo();
    const target = `ok.test:${port}`;
    const egress = await bed.start({ allow: [target], loopback: [target] });
    const socket = await openTunnel(egress, `OK.Test:${port}`);
    socket.write('hello');
    expect((await once(socket, 'data')).toString()).toBe('echo:hello');
    socket.destroy();
    expect(seen).toEqual(['hello']);
    expect(egress.records()).toEqual([{ host: 'ok.test', port, allowed: true, bytes: 15 }]);
    expect(bed.log()).toEqual([
      { at: '2026-11-22T15:00:00.000Z', kind: 'connect', asked: `OK.Test:${port}`, allowed: true },
    ]);
  });

  it('passes on what came together with the request', async () => {
    const { port, seen } = await bed.echo();
    const target = `ok.test:${port}`;
    const egress = await bed.start({ allow: [target], loopback: [target] });
    const socket = connect(egress.socket);
    socket.write(`${CONNECT(target)}early`);
    let text = '';
    await new Promise<void>((done) => {
      socket.on('data', (data) => {
        text += data;
        if (text.includes('echo:early')) done();
      });
    });
    socket.destroy();
    expect(seen).toEqual(['early']);
    expect(egress.records()[0]?.bytes).toBe(15);
  });

  it('is dialled to the address that was checked: the name is asked for once', async () => {
    const { port } = await bed.echo();
    const target = `ok.test:${port}`;
    let asked = 0;
    const resolve = async () => (asked++ === 0 ? ['127.0.0.1'] : ['127.0.0.2']);
    const egress = await bed.start({ allow: [target], loopback: [target], resolve });
    (await openTunnel(egress, target)).destroy();
    expect(asked).toBe(1);
  });

  it.each([
    ['another host', 'evil.test:443', 'not-on-the-list'],
    ['another port', 'ok.test:22', 'not-on-the-list'],
    ['a name that ends like an allowed one', 'notok.test:443', 'not-on-the-list'],
    ['a name that begins like an allowed one', 'ok.test.evil.test:443', 'not-on-the-list'],
    ['a part of an allowed name', 'a.ok.test:443', 'not-on-the-list'],
    ['an address', '127.0.0.1:443', 'ip-literal'],
    ['a user', 'ok.test@evil.test:443', 'user-info'],
    ['a dot at the end', 'ok.test.:443', 'trailing-dot'],
    ['no port', 'ok.test', 'port'],
  ])('is refused to %s', async (_what, target, reason) => {
    const egress = await bed.start({ allow: ['ok.test'] });
    const answer = await bed.say(egress, CONNECT(target));
    expect(answer).toMatch(/^HTTP\/1\.1 40[03] /);
    expect(answer).toContain(`aedev does not let this out: ${reason}\n`);
    expect(bed.log()).toMatchObject([{ asked: target, allowed: false, reason }]);
    expect(egress.records()).toMatchObject([{ allowed: false, bytes: 0 }]);
  });

  it.each([
    [['127.0.0.1'], 'forbidden-address'],
    [['169.254.169.254'], 'forbidden-address'],
    [['::ffff:10.0.0.1'], 'forbidden-address'],
    [['93.184.216.34', '10.0.0.1'], 'forbidden-address'],
    [['not an address'], 'forbidden-address'],
    [[], 'unresolved'],
  ])('is refused when the name resolves to %j', async (addresses, reason) => {
    const egress = await bed.start({ allow: ['ok.test'], resolve: async () => addresses });
    expect(await bed.say(egress, CONNECT('ok.test:443'))).toContain(reason);
    expect(egress.records()).toEqual([{ host: 'ok.test', port: 443, allowed: false, bytes: 0 }]);
  });

  it('may lead to loopback only for exactly the host and port that a test named', async () => {
    const { port } = await bed.echo();
    const egress = await bed.start({
      allow: [`ok.test:${port}`, `other.test:${port}`],
      loopback: [`ok.test:${port}`],
      resolve: async (host) => (host === 'ok.test' ? ['10.0.0.1'] : ['127.0.0.1']),
    });
    expect(await bed.say(egress, CONNECT(`other.test:${port}`))).toContain('forbidden-address');
    // Loopback is named there, not the rest of the private world.
    expect(await bed.say(egress, CONNECT(`ok.test:${port}`))).toContain('forbidden-address');
  });

  it('says when nothing answers there', async () => {
    const target = 'ok.test:1';
    const egress = await bed.start({ allow: [target], loopback: [target] });
    expect(await bed.say(egress, CONNECT(target))).toMatch(/^HTTP\/1\.1 502 [\s\S]*unreachable/);
  });
});

describe('what is no CONNECT', () => {
  it.each([
    ['a forward request', 'GET http://ok.test/ HTTP/1.1\r\nHost: ok.test\r\n\r\n', 405],
    ['a POST', 'POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n', 405],
    ['a NUL', 'CONNECT ok.test\0.evil.test:443 HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a bare CR', 'CONNECT ok.test:443\rX: y HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a NUL in a header', 'CONNECT ok.test:443 HTTP/1.1\r\nHost: x\0y\r\n\r\n', 400],
    ['a TLS hello', '\x16\x03\x01\x00\x05hello', 400],
    ['a SOCKS greeting', '\x05\x01\x00', 400],
    ['an endless head', `CONNECT ok.test:443 HTTP/1.1\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 400],
  ])('is refused: %s', async (_what, bytes, status) => {
    const egress = await bed.start({ allow: ['ok.test'] });
    expect(await bed.say(egress, bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(egress.records().every(({ allowed }) => !allowed)).toBe(true);
  });

  it('never lets any bytes through, whatever they are', async () => {
    const dialled: string[] = [];
    const resolve = async (host: string) => {
      dialled.push(host);
      return ['127.0.0.1'];
    };
    const egress = await bed.start({ allow: ['ok.test'], resolve, limits: { headersMs: 300 } });
    const part = fc.constantFrom(
      'CONNECT',
      ' ',
      'ok.test',
      ':443',
      ':',
      '\0',
      '\r',
      '\n',
      '\r\n',
      '@',
      'evil.test',
      'HTTP/1.1',
      'Host: ok.test',
      '%00',
      '.',
      '[::1]',
      'GET http://',
      'Content-Length: 5',
      'é',
    );
    const bytes = fc.oneof(
      fc.array(part, { maxLength: 12 }).map((parts) => Buffer.from(`${parts.join('')}\r\n\r\n`)),
      fc
        .tuple(part, part, part)
        .map(([a, b, c]) => Buffer.from(CONNECT(`ok.test${a}${b}${c}:443`))),
      fc
        .uint8Array({ minLength: 1, maxLength: 80 })
        .map((raw) => Buffer.from([...raw, 13, 10, 13, 10])),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (raw) => {
        const answer = await bed.say(egress, raw).catch(() => '');
        expect(answer).not.toContain(' 200 ');
      }),
      { numRuns: 300 },
    );
    // Only ever exactly the allowed name was looked up; it resolves to where nobody may dial.
    expect(dialled.filter((host) => host !== 'ok.test')).toEqual([]);
    expect(egress.records().filter(({ allowed }) => allowed)).toEqual([]);
  });
});

describe('the limits', () => {
  it('end a connection that says too little, too slowly', async () => {
    const egress = await bed.start({ allow: ['ok.test'], limits: { headersMs: 200 } });
    const silent = connect(egress.socket);
    const slow = connect(egress.socket);
    slow.write('CONNECT ok.test:443 HTTP/1.1\r\nX-Slow: ');
    const drip = setInterval(() => slow.write('a'), 20);
    silent.resume();
    slow.resume();
    await Promise.all([once(silent, 'close'), once(slow, 'close')]);
    clearInterval(drip);
    expect(bed.log().map(({ reason }) => reason)).toEqual(['too-slow', 'too-slow']);
  });

  it('end a tunnel on which nothing moves', async () => {
    const { port } = await bed.echo();
    const target = `ok.test:${port}`;
    const egress = await bed.start({
      allow: [target],
      loopback: [target],
      limits: { idleMs: 100 },
    });
    const socket = await openTunnel(egress, target);
    await once(socket, 'close');
  });

  it('hold the number of connections', async () => {
    const egress = await bed.start({ allow: ['ok.test'], limits: { connections: 2 } });
    const held = [connect(egress.socket), connect(egress.socket)];
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    const third = connect(egress.socket);
    third.on('error', () => {});
    await once(third, 'close');
    for (const socket of held) socket.destroy();
    await Promise.all(held.map((socket) => once(socket, 'close')));
  });

  it('hold the bytes in all: then everything ends, and nothing new is let through', async () => {
    const { port, seen } = await bed.echo();
    const target = `ok.test:${port}`;
    const egress = await bed.start({
      allow: [target],
      loopback: [target],
      limits: { bytes: 1000 },
    });
    const [first, second] = [await openTunnel(egress, target), await openTunnel(egress, target)];
    const ended = Promise.all([once(first, 'close'), once(second, 'close')]);
    first.on('error', () => {});
    second.on('error', () => {});
    first.write('x'.repeat(2000));
    await ended;
    expect(await bed.say(egress, CONNECT(target))).toContain('byte-limit');
    expect(seen.join('').length).toBeLessThanOrEqual(2000);
  });
});

describe('the socket', () => {
  it('lies in a folder of an unguessable name that nobody else can enter', async () => {
    const [one, two] = [await bed.start(), await bed.start()];
    expect(statSync(dirname(one.socket)).mode & 0o777).toBe(0o700);
    expect(statSync(one.socket).isSocket()).toBe(true);
    expect(dirname(one.socket)).not.toBe(dirname(two.socket));
  });

  it('is gone at the end of the run, with whatever was open', async () => {
    const { port } = await bed.echo();
    const target = `ok.test:${port}`;
    const egress = await bed.start({ allow: [target], loopback: [target] });
    const socket = await openTunnel(egress, target);
    const closed = once(socket, 'close');
    await egress.close();
    await closed;
    expect(existsSync(dirname(egress.socket))).toBe(false);
    await egress.close();
  });

  it('takes away what a killed daemon left, and only that', async () => {
    const old = join(bed.dir, 'aedev-egress-old123');
    const fresh = join(bed.dir, 'aedev-egress-new123');
    const dead = join(bed.dir, 'aedev-egress-dead12');
    await Promise.all([old, fresh, dead].map((folder) => mkdir(folder)));
    // As a killed process leaves it: bound once, and nobody there any more.
    const bind = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', bind, join(dead, 's')]);
    expect(existsSync(join(dead, 's'))).toBe(true);
    const living = await bed.start();
    for (const folder of [old, dead, dirname(living.socket)]) utimesSync(folder, 1, 1);
    await bed.start();
    expect([old, dead, fresh, living.socket].map((path) => existsSync(path))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(living.records()).toEqual([]);
  });

  it('is not made where its path would be cut', async () => {
    const root = join(bed.dir, 'd'.repeat(100));
    await mkdir(root);
    await expect(bed.start({ root })).rejects.toThrow('too long a path');
    expect(readdirSync(root)).toEqual([]);
  });

  it.each(['127.0.0.1:443', 'a.test:0', 'https://a.test', '*.test', ''])(
    'is not made for a list with %j',
    async (entry) => {
      await expect(bed.start({ allow: [entry] })).rejects.toThrow('no host:port');
    },
  );
});

describe('the decision log', () => {
  it('escapes what the coder wrote and keeps each line short', async () => {
    const egress = await bed.start();
    const asked = `a"b\\${'é\u202e'.repeat(3)}${'x'.repeat(3000)}:443`;
    await bed.say(egress, Buffer.from(CONNECT(asked), 'latin1'));
    const text = readFileSync(bed.logFile, 'utf8');
    expect(text).toMatch(/^[\x20-\x7e…\u00a1-\u00ff]+\n$/);
    expect(text.length).toBeLessThan(600);
    // Its own words do not become evidence.
    expect(egress.records()).toEqual([
      { host: '(unreadable)', port: null, allowed: false, bytes: 0 },
    ]);
  });

  it('has an end, and so has the evidence', async () => {
    const egress = await bed.start();
    const ask = (from: number) =>
      Promise.all(
        Array.from({ length: 50 }, (_, n) => bed.say(egress, CONNECT(`h${from + n}.test:443`))),
      );
    for (let from = 0; from < 2100; from += 50) await ask(from);
    const lines = bed.log();
    expect(lines).toHaveLength(2001);
    expect(lines.at(-1)).toEqual({ more: 'further decisions are not in this log' });
    expect(egress.records()).toHaveLength(101);
    expect(egress.records().at(-1)).toMatchObject({ host: '(others)', port: null, allowed: false });
  });
});
