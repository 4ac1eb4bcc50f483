// Tricks on the proxy's socket. Only allowed.test:443 is on the list, and no name server knows it.
import net from 'node:net';
import { held, reached, targets } from './tools.mjs';

/** Bytes to the proxy's own socket; the answer, or the error. */
const say = (bytes, more = null) =>
  new Promise((done) => {
    let text = '';
    const socket = net.connect('/run/aedev/egress.sock');
    socket.setTimeout(3000, () => socket.destroy());
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (more !== null) {
        const next = more;
        more = null;
        socket.write(next);
      }
    });
    socket.on('error', (error) => done(text || error.code));
    socket.on('close', () => done(text));
    socket.write(Buffer.from(bytes, 'latin1'));
  });
const proxied = (bytes, more) => async () => {
  const answer = await say(bytes, more);
  const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map((found) => found[1]);
  if (
    /HTTP\/1\.1 [23]/.test(answer) ||
    (statuses.length === 0 && !/^E[A-Z]+$/.test(answer) && answer !== '')
  )
    return reached(answer.slice(0, 100));
  return held([statuses.join(' '), /this out: ([a-z-]+)/.exec(answer)?.[1] ?? 'no reason']);
};
const CONNECT = (target, host = target) => `CONNECT ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
/** Each of them, one after the other: the first that got through. */
const connects =
  (...list) =>
  async () => {
    const reasons = [];
    for (const target of list) {
      const came = await proxied(CONNECT(target))();
      if (came.startsWith('REACHED')) return `${came} by ${target}`;
      reasons.push(came.replace('held: ', ''));
    }
    return held(reasons);
  };

export const PROXY = {
  'proxy-addresses': connects(
    '127.0.0.1:443',
    '0.0.0.0:443',
    '169.254.169.254:80',
    '10.0.0.1:443',
    '93.184.216.34:443',
  ),
  'proxy-odd-addresses': connects(
    '0x7f000001:443',
    '2130706433:443',
    '0177.0.0.1:443',
    '127.1:443',
    '127.0.0.0x1:443',
    '0x7f.1:443',
    '①②⑦.0.0.1:443',
  ),
  'proxy-v6-addresses': connects(
    '[::1]:443',
    '[::ffff:127.0.0.1]:443',
    '[::ffff:7f00:1]:443',
    '[fe80::1%25eth0]:443',
    '[64:ff9b::7f00:1]:443',
    '::1:443',
  ),
  'proxy-names-of-the-host': connects(
    'localhost:443',
    'localhost.localdomain:443',
    'host.docker.internal:443',
    'metadata.google.internal:80',
    `${targets.hostname}:443`,
  ),
  'proxy-user-info': connects(
    'allowed.test@evil.test:443',
    'allowed.test:443@evil.test:443',
    'user:pass@allowed.test:443',
  ),
  'proxy-line-breaks': connects(
    'allowed.test:443 HTTP/1.1\r\nHost: x\r\n\r\nCONNECT evil.test:443',
    'evil.test:443\r\nX: allowed.test',
    'evil.test:443\nX: y',
  ),
  'proxy-null-bytes': connects(
    'evil.test\0.allowed.test:443',
    'evil.test%00.allowed.test:443',
    'evil.test:443\0allowed.test:443',
  ),
  'proxy-dots': connects(
    'evil.test.:443',
    'allowed.test.:443',
    '.allowed.test:443',
    'allowed..test:443',
  ),
  'proxy-mixed-scripts': connects(
    'аllоwed.test:443',
    'xn--llwed-6ve5a.test:443',
    'allowed。test:443',
    'allowed.test\u200b:443',
  ),
  'proxy-look-alikes': connects(
    'notallowed.test:443',
    'allowed.test.evil.test:443',
    'sub.allowed.test:443',
    'allowed-test:443',
    'allowed.tes:443',
  ),
  'proxy-other-ports': connects(
    'allowed.test:80',
    'allowed.test:22',
    'allowed.test:0443',
    'allowed.test:65979',
    'allowed.test:-1',
    'allowed.test:',
  ),
  'proxy-absolute-form': proxied(
    `GET http://127.0.0.1:${targets.ports.any}/ HTTP/1.1\r\nHost: allowed.test\r\n\r\n`,
  ),
  'proxy-origin-form': proxied(
    `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${targets.ports.any}\r\nContent-Length: 2\r\n\r\n{}`,
  ),
  'proxy-pipelining': proxied(
    `${CONNECT('evil.test:443')}${CONNECT('127.0.0.1:443')}GET http://127.0.0.1:${targets.ports.any}/ HTTP/1.1\r\nHost: x\r\n\r\n`,
  ),
  'proxy-second-try': proxied(CONNECT('evil.test:443'), CONNECT(`127.0.0.1:${targets.ports.any}`)),
  'proxy-other-host-header': proxied(CONNECT('evil.test:443', 'allowed.test:443')),
  'proxy-forwarding-headers': proxied(
    `CONNECT evil.test:443 HTTP/1.1\r\nHost: allowed.test:443\r\nX-Forwarded-Host: allowed.test\r\nForwarded: host=allowed.test\r\nProxy-Authorization: Basic eDp5\r\n\r\n`,
  ),
  'proxy-smuggling': proxied(
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${CONNECT(`127.0.0.1:${targets.ports.any}`)}`,
  ),
  'proxy-folded-headers': proxied(
    `CONNECT evil.test:443 HTTP/1.1\r\nHost: x\r\n allowed.test\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n`,
  ),
  'proxy-upgrade': proxied(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGVzdA==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  ),
  'proxy-other-protocols': async () => {
    const came = [];
    for (const bytes of [
      '\x05\x01\x00',
      '\x04\x01\x01\xbb\x7f\x00\x00\x01x\0',
      '\x16\x03\x01\x00\x05hello',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'TRACE / HTTP/1.1\r\nHost: x\r\n\r\n',
    ])
      came.push(await proxied(bytes)());
    return (
      came.find((one) => one.startsWith('REACHED')) ??
      held(came.map((one) => one.replace('held: ', '')))
    );
  },
  'proxy-huge-head': proxied(
    `CONNECT allowed.test:443 HTTP/1.1\r\nX: ${'a'.repeat(200_000)}\r\n\r\n`,
  ),
  'proxy-flood': async () => {
    const sockets = Array.from({ length: 300 }, () =>
      net.connect('/run/aedev/egress.sock').on('error', () => {}),
    );
    await new Promise((done) => setImmediate(done));
    for (const socket of sockets) socket.destroy();
    // Afterwards it answers as before.
    for (let tries = 0; tries < 50; tries += 1) {
      const came = await proxied(CONNECT('evil.test:443'))();
      if (came.includes('not-on-the-list')) return held('it answers on');
    }
    return reached('a proxy that no longer answers');
  },
};
