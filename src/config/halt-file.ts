/** The kill switch as a file: anyone who can write the home can stop aedev, daemon or not. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HomePaths } from './home.ts';

export const haltPath = (paths: HomePaths): string => join(paths.home, 'HALT');

export function haltFile(paths: HomePaths) {
  const path = haltPath(paths);
  return {
    /** Whatever the file holds, and also when it cannot be read: its being there halts. */
    read(): { reason: string } | null {
      try {
        return { reason: readFileSync(path, 'utf8').trim().slice(0, 500) || 'halted' };
      } catch (error) {
        return (error as NodeJS.ErrnoException).code === 'ENOENT'
          ? null
          : { reason: `the halt file cannot be read` };
      }
    },
    write(reason: string): void {
      writeFileSync(path, `${reason}\n`, { mode: 0o600 });
    },
    remove(): void {
      rmSync(path, { force: true });
    },
  };
}
