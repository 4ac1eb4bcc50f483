import { chmodSync, lchownSync, lstatSync, readdirSync } from 'node:fs';
import { breather, bytes, child, rawPath } from '../workspace/paths.ts';

/**
 * Who the program is inside. As root aedev gives the workspace to a user that exists nowhere else
 * on the host; otherwise it cannot give files away, and the program runs under aedev's own number:
 * then the container alone, not the user, keeps it apart.
 */
const RUNNER_ID = 10001;
export interface Runner {
  uid: number;
  gid: number;
}

export function runner(): Runner {
  const uid = process.getuid?.() ?? RUNNER_ID;
  const gid = process.getgid?.() ?? RUNNER_ID;
  return uid === 0 ? { uid: RUNNER_ID, gid: RUNNER_ID } : { uid, gid };
}

/**
 * Lets the runner write the workspace. By lchown, never following a link: an earlier run of the
 * same task may have left some. Only root can and needs to.
 */
export async function giveTo(folder: string, { uid, gid }: Runner): Promise<void> {
  if (process.getuid?.() !== 0) return;
  lchownSync(folder, uid, gid);
  chmodSync(folder, 0o700);
  // Synchronous calls: on many small files several times faster than awaited ones.
  const breathe = breather();
  const stack = [rawPath(folder)];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const name of readdirSync(bytes(at), { encoding: 'latin1' })) {
      await breathe();
      const path = child(at, name);
      lchownSync(bytes(path), uid, gid);
      if (lstatSync(bytes(path)).isDirectory()) stack.push(path);
    }
  }
}
