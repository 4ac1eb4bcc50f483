import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const PREFIX = 'env-';
/** Longer than any `docker create` may take, so nothing that old is still being read. */
const STALE_MS = 5 * 60_000;

/**
 * Gives the environment to `use` as a file only this account can read, and takes it away at once:
 * the engine has read it when `docker create` returns, and on argv everybody could see it.
 */
export async function withEnvFile<T>(
  scratch: string,
  text: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(scratch, PREFIX));
  try {
    const path = join(folder, 'env');
    await writeFile(path, text, { mode: 0o600, flag: 'wx' });
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Takes away what an aedev that was killed in between has left: an environment may hold a token. */
export async function sweepEnvFiles(scratch: string): Promise<void> {
  const names = await readdir(scratch).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(PREFIX))) {
    const folder = join(scratch, name);
    const age = Date.now() - ((await stat(folder).catch(() => null))?.mtimeMs ?? Date.now());
    if (age > STALE_MS) await rm(folder, { recursive: true, force: true });
  }
}
