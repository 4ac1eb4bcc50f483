import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { SandboxError } from '../sandboxes/sandbox.ts';

const PREFIX = 'aedev-egress-';
const SOCKET = 's';
/** A daemon binds its socket at once; in a younger folder it may just be about to. */
const STALE_MS = 60_000;
/** `sun_path` has 108 bytes on Linux and 104 on macOS. */
const MAX_SOCKET_PATH = 100;

/**
 * Makes a folder of an unguessable name that only this account can enter, and takes away what
 * killed daemons of this account left beside it.
 * @returns the folder and the path that a socket may have in it
 * @throws SandboxError `io` when that path would be cut
 */
export async function socketFolder(root: string): Promise<{ folder: string; socket: string }> {
  await sweep(root);
  const folder = await mkdtemp(join(root, PREFIX));
  const socket = join(folder, SOCKET);
  if (Buffer.byteLength(socket) > MAX_SOCKET_PATH) {
    await rm(folder, { recursive: true, force: true });
    throw new SandboxError(
      'io',
      'The temporary folder has too long a path for a socket.',
      'Start aedev with a shorter TMPDIR.',
    );
  }
  return { folder, socket };
}

/**
 * Binds the socket. Anyone may write to it: the container's user has another number, and the way
 * to it on the host is closed by the folder.
 */
export async function listenOn(server: Server, socket: string): Promise<void> {
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(socket, () => {
      server.off('error', failed);
      done();
    });
  });
  await chmod(socket, 0o666);
}

async function sweep(root: string): Promise<void> {
  const names = await readdir(root).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(PREFIX))) {
    const folder = join(root, name);
    const found = await stat(folder).catch(() => null);
    const mine = found?.uid === process.getuid?.();
    if (found === null || !mine || Date.now() - found.mtimeMs < STALE_MS) continue;
    if (await isDead(join(folder, SOCKET))) await rm(folder, { recursive: true, force: true });
  }
}

/** Nobody listens there any more: the system refuses for a process that is gone, however it ended. */
function isDead(socket: string): Promise<boolean> {
  return new Promise((done) => {
    const asking = connect(socket);
    asking.once('connect', () => {
      asking.destroy();
      done(false);
    });
    asking.once('error', (error: NodeJS.ErrnoException) =>
      done(error.code === 'ECONNREFUSED' || error.code === 'ENOENT'),
    );
  });
}
