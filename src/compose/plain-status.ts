/**
 * `aedev status --plain` by the shortest way. Prompts and status bars ask for this line all the
 * time, so that it pays neither for the parser of the command line nor for anything else. The build
 * makes one file of this and what it imports (scripts/bundle.mjs); that is why nothing here is
 * imported dynamically.
 */
import { existsSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import { homePaths } from '../config/home.ts';
import { lookAt } from '../store/sqlite/reads.ts';
import { fullStatus, mayAllowProcess, plainStatus } from '../surfaces/cli/status-line.ts';

const STDOUT = 1;

/**
 * Prints the line. False when it takes more than this, and nothing was printed: then the whole
 * program does it all again, and says properly what is wrong if something is.
 */
export async function sayPlainStatus(
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  let said = false;
  try {
    const paths = homePaths(env, homedir());
    if (!existsSync(paths.keys) || mayAllowProcess(paths)) return false;
    const log = lookAt(paths.database);
    try {
      const line = plainStatus(await fullStatus(log, paths, false));
      // Past process.stdout, which takes longer to make than the line to write. A line of this
      // size is written whole or not at all.
      writeSync(STDOUT, `${line}\n`);
      said = true;
    } finally {
      log.close();
    }
  } catch {
    // Nothing is lost: whoever gets false meets the same again, and tells of it.
  }
  return said;
}
