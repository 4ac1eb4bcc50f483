// Runs inside the container, which has no network: listens on the container's own loopback and pipes
// every connection to the mounted socket of the host's allow-list proxy. Decides nothing.
import { connect, createServer } from 'node:net';

/**
 * @param {number} port on 127.0.0.1
 * @param {string} socket path of the mounted unix socket
 * @returns {Promise<import('node:net').Server>} listening; it does not keep the process alive
 */
export function startForwarder(port, socket) {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const host = connect({ path: socket, allowHalfOpen: true });
    const end = () => {
      client.destroy();
      host.destroy();
    };
    for (const one of [client, host]) {
      one.on('error', end);
      one.on('close', end);
    }
    client.pipe(host);
    host.pipe(client);
  });
  server.unref();
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => done(server));
  });
}
