import { chmod, lchown, readdir } from 'node:fs/promises';

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
  await lchown(folder, uid, gid);
  await chmod(folder, 0o700);
  // Names as bytes: a name that is no UTF-8 would come back as another one.
  const walk = async (path: Buffer): Promise<void> => {
    for (const entry of await readdir(path, { withFileTypes: true, encoding: 'buffer' })) {
      const child = Buffer.concat([path, Buffer.from('/'), entry.name as unknown as Buffer]);
      await lchown(child, uid, gid);
      if (entry.isDirectory()) await walk(child);
    }
  };
  await walk(Buffer.from(folder));
}
