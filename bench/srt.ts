/** A run in the srt tier against bubblewrap alone, started by hand with a sandbox as anybody would type it. */
import { join } from 'node:path';
import { SrtSandbox } from '../src/execution/sandboxes/srt.ts';
import { overBare } from './sandboxes.ts';

/** What a coder's or a verify command's program is: one start of node. */
const PROGRAM = ['node', '-e', '0'];

/** The same for both sides: node reads more at its start when variables say so. */
const PATH = '/usr/local/bin:/usr/bin:/bin';

const BARE = [
  ...['--unshare-all', '--die-with-parent', '--new-session'],
  ...['--ro-bind', '/usr', '/usr', '--symlink', 'usr/bin', '/bin', '--symlink', 'usr/lib', '/lib'],
  ...['--symlink', 'usr/lib64', '/lib64', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
];

export const srt = overBare({
  name: 'srt run over bare bubblewrap',
  tier: 'srt',
  goal: 2,
  argv: PROGRAM,
  cpus: 64,
  note: 'starting node',
  make(dir) {
    const folders = { records: join(dir, 'records'), scratch: join(dir, 'scratch') };
    const plain = ['--bind', join(dir, 'plain'), '/workspace', '--chdir', '/workspace', '--'];
    return {
      sandbox: new SrtSandbox({
        ...folders,
        install: 'bench',
        path: PATH,
        read: [],
        hidden: [dir],
      }),
      bare: ['bwrap', ...BARE, ...plain, ...PROGRAM],
      env: { PATH },
    };
  },
});
