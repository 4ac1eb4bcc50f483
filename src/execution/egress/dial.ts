import { lookup as systemLookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import type { Target } from '../../control/egress.ts';
import { addressProblem, isOwnAddress } from './address.ts';

export type Resolve = (host: string) => Promise<readonly string[]>;

export interface DialOptions {
  resolve?: Resolve;
  connectMs: number;
  /** Tests only: exact `host:port` that may resolve to loopback. No policy leads here. */
  loopback?: readonly string[];
}

export class DialError extends Error {
  readonly tag: 'unresolved' | 'forbidden-address' | 'unreachable';
  constructor(tag: DialError['tag']) {
    super(tag);
    this.name = 'DialError';
    this.tag = tag;
  }
}

const bySystem: Resolve = async (host) =>
  (await systemLookup(host, { all: true, verbatim: true })).map(({ address }) => address);

/**
 * Resolves the name once and dials what was found, so that a second answer of the same name server
 * cannot lead elsewhere. One forbidden address among several refuses the name as a whole.
 * @throws DialError
 */
export async function dial(target: Target, options: DialOptions): Promise<Socket> {
  const addresses = await (options.resolve ?? bySystem)(target.host).catch(() => []);
  if (addresses.length === 0) throw new DialError('unresolved');
  const mayLoop = options.loopback?.includes(`${target.host}:${target.port}`) === true;
  const isFine = (address: string): boolean =>
    (mayLoop && (address === '127.0.0.1' || address === '::1')) ||
    (addressProblem(address) === null && !isOwnAddress(address));
  if (!addresses.every(isFine)) throw new DialError('forbidden-address');
  for (const address of addresses.slice(0, 4)) {
    const socket = await reach(address, target.port, options.connectMs);
    if (socket !== null) return socket;
  }
  throw new DialError('unreachable');
}

function reach(address: string, port: number, connectMs: number): Promise<Socket | null> {
  return new Promise((done) => {
    // `family` with an address given: nothing is left to look up.
    // Without waiting to fill packets: what the run wrote together has come together already.
    const socket = connect({
      host: address,
      port,
      family: isIP(address),
      allowHalfOpen: true,
      noDelay: true,
    });
    const fail = () => {
      socket.destroy();
      done(null);
    };
    socket.setTimeout(connectMs, fail);
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.off('error', fail);
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      done(socket);
    });
  });
}
