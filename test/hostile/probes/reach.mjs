// Reaching what listens.
import dgram from 'node:dgram';
import dns from 'node:dns/promises';
import os from 'node:os';
import { anyOf, held, reached, read, targets, under } from './tools.mjs';

export const REACH = {
  'ports-of-the-host': () =>
    anyOf([
      ...['127.0.0.1', '0.0.0.0', 'localhost', ...targets.addresses].map((host) => ({
        host,
        port: targets.ports.any,
      })),
      ...(targets.ports.v6 ? [{ host: '::1', port: targets.ports.v6 }] : []),
      { host: '::ffff:127.0.0.1', port: targets.ports.any },
    ]),
  'sockets-of-the-host': () =>
    anyOf([{ path: targets.sockets.path }, { path: targets.sockets.abstract }]),
  'engine-sockets': () =>
    anyOf(
      [
        '/var/run/docker.sock',
        '/run/docker.sock',
        '/run/containerd/containerd.sock',
        '/run/podman/podman.sock',
        '/run/systemd/private',
        '/run/dbus/system_bus_socket',
      ].map((path) => ({ path })),
    ),
  'agents-and-buses': async () => {
    const named = [
      'SSH_AUTH_SOCK',
      'GPG_AGENT_INFO',
      'DBUS_SESSION_BUS_ADDRESS',
      'DISPLAY',
      'WAYLAND_DISPLAY',
    ].find((name) => process.env[name]);
    if (named) return reached(named);
    const sockets = ['/run', '/tmp', '/var', '/home']
      .flatMap((dir) => [...under(dir)])
      .filter(({ path, entry }) => entry.isSocket() && path !== '/run/aedev/egress.sock');
    return sockets.length === 0
      ? held('no socket anywhere')
      : anyOf(sockets.map(({ path }) => ({ path })));
  },
  'metadata-service': () =>
    anyOf([
      { host: '169.254.169.254', port: 80 },
      { host: 'fd00:ec2::254', port: 80 },
    ]),
  'name-service': async () => {
    const said = await Promise.all([
      dns.lookup('example.com').then(
        () => null,
        (error) => error.code,
      ),
      dns.resolveTxt(`${'x'.repeat(30)}.example.com`).then(
        () => null,
        (error) => error.code,
      ),
      new Promise((done) => {
        const socket = dgram.createSocket('udp4');
        socket.on('error', (error) => done(error.code));
        socket.send('x', 53, '192.0.2.53', (error) => {
          socket.close();
          done(error?.code ?? null);
        });
      }),
    ]);
    return said.includes(null) ? reached('a name server') : held(said);
  },
  'interfaces-and-routes': () => {
    const names = Object.keys(os.networkInterfaces()).filter((name) => name !== 'lo');
    const routes = String(read('/proc/net/route')).trim().split('\n').length - 1;
    return names.length > 0 || routes > 0 ? reached(names.join()) : held('loopback only');
  },
};
