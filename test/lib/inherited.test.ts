/** What the starter of the daemon had open does not go on into the programs that it starts. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compile } from '../support/compile.ts';

it.skipIf(process.platform !== 'linux')('closes what was inherited, and nothing of its own', () => {
  const dir = mkdtempSync(join(tmpdir(), 'aedev-inherited-'));
  try {
    mkdirSync(join(dir, 'build'));
    compile(join(dir, 'build'), ['lib/inherited.ts']);
    writeFileSync(join(dir, 'secret'), 'secret');
    const program = join(dir, 'program.mjs');
    writeFileSync(
      program,
      `import { spawnSync } from 'node:child_process';
      import { closeInherited } from ${JSON.stringify(join(dir, 'build/lib/inherited.js'))};
      const seen = () => String(spawnSync('ls', ['-l', '/proc/self/fd']).stdout).includes('/secret');
      const before = seen();
      const closed = closeInherited();
      console.log(JSON.stringify({ before, closed: closed > 0, after: seen(), again: closeInherited() }));`,
    );
    const fd = openSync(join(dir, 'secret'), 'r');
    // Above the few that Node itself keeps back.
    const stdio = [...Array(3).fill('pipe'), ...Array(57).fill('ignore'), fd];
    const { stdout } = spawnSync(process.execPath, [program], { stdio, encoding: 'utf8' });
    closeSync(fd);
    expect(JSON.parse(stdout)).toEqual({ before: true, closed: true, after: false, again: 0 });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
