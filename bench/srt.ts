/** A run in the srt tier against bubblewrap alone, started by hand with a sandbox as anybody would type it. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxSpec } from '../src/execution/sandboxes/sandbox.ts';
import { SrtSandbox } from '../src/execution/sandboxes/srt.ts';
import { type Bench, inTurn, ms, timed } from './measure.ts';

const NAME = 'srt run over bare bubblewrap';
const WARM = 2;
/** What a coder's or a verify command's program is: one start of node. */
const PROGRAM = ['node', '-e', '0'];

/** The same for both sides: node reads more at its start when variables say so. */
const PATH = '/usr/local/bin:/usr/bin:/bin';

const BARE = [
  ...['--unshare-all', '--die-with-parent', '--new-session'],
  ...['--ro-bind', '/usr', '/usr', '--symlink', 'usr/bin', '/bin', '--symlink', 'usr/lib', '/lib'],
  ...['--symlink', 'usr/lib64', '/lib64', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
];

function bare(workspace: string): Promise<number> {
  const args = [...BARE, '--bind', workspace, '/workspace', '--chdir', '/workspace', '--'];
  return timed(
    () =>
      new Promise<void>((done, failed) => {
        const child = spawn('bwrap', [...args, ...PROGRAM], { stdio: 'ignore', env: { PATH } });
        child.once('error', failed);
        child.once('exit', (code) =>
          code === 0 ? done() : failed(new Error(`bare bubblewrap ended with ${code}`)),
        );
      }),
  );
}

export const srt: Bench = {
  names: [NAME],
  async run(rounds) {
    const dir = mkdtempSync(join(tmpdir(), 'aedev-bench-srt-'));
    try {
      const at = (name: string) => join(dir, name);
      const folders = { records: at('records'), scratch: at('scratch') };
      const sandbox = new SrtSandbox({
        ...folders,
        install: 'bench',
        path: PATH,
        read: [],
        hidden: [dir],
      });
      const [problem] = await sandbox.check();
      if (problem) throw new Error(problem.sentence);
      // One each: as root aedev gives its workspace to the run's own user.
      const [workspace, plain] = [at('workspace'), at('plain')] as const;
      for (const folder of [workspace, plain]) mkdirSync(folder);
      const spec: SandboxSpec = {
        run: 'bench',
        task: 'bench',
        argv: PROGRAM,
        workspace,
        cwd: '.',
        readOnly: [],
        env: {},
        secretEnv: [],
        stdin: null,
        stdout: at('stdout'),
        stderr: at('stderr'),
        maxOutputBytes: 1 << 20,
        network: 'none',
        limits: { wallMs: 60_000, idleMs: 60_000, memoryMb: 1024, cpus: 64, pids: 128 },
      };
      const ours = () =>
        timed(async () => {
          const exit = await sandbox.run(spec, new AbortController().signal);
          if (exit.code !== 0) throw new Error(`the srt run ended with ${exit.code}`);
        });
      const other = () => bare(plain);
      for (let round = 0; round < WARM; round += 1) await inTurn(1, ours, other);
      const seen = await inTurn(Math.max(rounds, 7), ours, other);
      const note = `${ms(seen.ours)} over ${ms(seen.other)}, starting node`;
      return [{ name: NAME, value: seen.ratio, goal: 2, better: 'lower', note }];
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};
