import { statfs } from 'node:fs/promises';
import { docker } from '../../lib/docker-cli.ts';
import { SandboxError } from './sandbox.ts';

/** Less than this and an engine can make no container: its files alone are some hundred kilobytes. */
const LEAST_BYTES = 16 << 20;

/** The engine's own disk is full, when it is one of this machine; null when it has room or nobody knows. */
export async function engineDiskFull(): Promise<SandboxError | null> {
  const { stdout } = await docker(['info', '--format', '{{.DockerRootDir}}'], 10_000);
  const root = stdout.trim();
  const free = await statfs(root).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => null,
  );
  if (free === null || free >= LEAST_BYTES) return null;
  return new SandboxError(
    'no-space',
    `The disk of the container engine (${root}) is full.`,
    'Free some space there, e.g. with `docker system prune`',
  );
}

/** A full disk, said by the host's own file system. */
export const isNoSpace = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException | null)?.code ?? '');
