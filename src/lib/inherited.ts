/** What whoever started this process left open for it, and no program that it starts may get. */
import { closeSync, readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC in the octal flags of fdinfo; see proc(5) and the kernel's fcntl.h. */
const CLOSE_ON_EXEC = 0o2000000;

/**
 * Closes every descriptor above the three standard ones that would go on into programs started from
 * here: Node marks its own, and of inherited ones the lowest only. Linux; elsewhere nothing is done.
 * @returns how many were closed
 */
export function closeInherited(): number {
  let closed = 0;
  for (const name of namesOf('/proc/self/fdinfo')) {
    const fd = Number(name);
    if (fd <= 2) continue;
    try {
      const flags = /^flags:\s+([0-7]+)$/m.exec(
        readFileSync(`/proc/self/fdinfo/${name}`, 'latin1'),
      );
      if (flags?.[1] === undefined || Number.parseInt(flags[1], 8) & CLOSE_ON_EXEC) continue;
      closeSync(fd);
      closed += 1;
    } catch {
      // The one that listed the folder is gone by now.
    }
  }
  return closed;
}

function namesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
