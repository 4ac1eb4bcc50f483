import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SECCOMP_PROFILE } from './docker-seccomp.ts';

/** Also what the janitor and the doctor take for left over. */
const PREFIX = 'env-';
/** Longer than any container is being made, so nothing that old is still in use. */
const STALE_MS = 5 * 60_000;
const LOOK_MS = 20;

export interface RunScratch {
  /** For the container's id. Does not exist: the engine's command makes it, and refuses otherwise. */
  cidFile: string;
  /** For the filter of system calls, which only the engine's command reads. */
  profileFile: string;
  /**
   * An open file with this text and without a name: nobody can find it, and it is gone with the last
   * who has it open. What is in it may be a secret, which on argv everybody could see.
   */
  hidden(text: string): number;
  /** The container's id, once it is made; null when `ended` settles first and none was. */
  id(ended: Promise<unknown>): Promise<string | null>;
  remove(): Promise<void>;
}

/** What the making of one container needs on the disk. */
export async function runScratch(scratch: string): Promise<RunScratch> {
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(scratch, PREFIX));
  const path = join(folder, 'cid');
  const profileFile = join(folder, 'seccomp.json');
  await writeFile(profileFile, SECCOMP_PROFILE, { mode: 0o600 });
  // Written whole, but after it was made: a part of an id is none.
  const read = async () => {
    const text = await readFile(path, 'utf8').catch(() => '');
    return /^[0-9a-f]{64}$/.test(text.trim()) ? text.trim() : null;
  };
  return {
    cidFile: path,
    profileFile,
    hidden(text) {
      const named = join(folder, 'env');
      const file = openSync(named, 'wx+', 0o600);
      try {
        unlinkSync(named);
        // At a position, so that whoever gets the file begins to read at its start.
        writeSync(file, text, 0);
        return file;
      } catch (error) {
        closeSync(file);
        throw error;
      }
    },
    async id(ended) {
      let over = false;
      const end = () => {
        over = true;
      };
      ended.then(end, end);
      for (;;) {
        // Before the look: an id that came with the end is still seen.
        const last = over;
        const id = await read();
        if (id !== null || last) return id;
        await new Promise((done) => setTimeout(done, LOOK_MS));
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Takes away what an aedev that was killed in between has left. */
export async function sweepScratch(scratch: string): Promise<void> {
  const names = await readdir(scratch).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(PREFIX))) {
    const folder = join(scratch, name);
    const age = Date.now() - ((await stat(folder).catch(() => null))?.mtimeMs ?? Date.now());
    if (age > STALE_MS) await rm(folder, { recursive: true, force: true });
  }
}
