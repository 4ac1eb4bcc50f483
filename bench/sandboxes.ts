/** A run in a sandbox of aedev's against the same program under the bare tool, started by hand. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sandbox } from '../src/execution/sandboxes/sandbox.ts';
import { type Bench, inTurn, ms, timed } from './measure.ts';

const WARM = 2;

/** `make` gets a new folder. `bare` is the command line that the run is held against. */
export const overBare = (of: {
  name: string;
  tier: string;
  goal: number;
  argv: string[];
  cpus: number;
  note: string;
  make(dir: string): { sandbox: Sandbox; bare: [string, ...string[]]; env?: NodeJS.ProcessEnv };
}): Bench => ({
  names: [of.name],
  async run(rounds) {
    const dir = mkdtempSync(join(tmpdir(), `aedev-bench-${of.tier}-`));
    try {
      const at = (name: string) => join(dir, name);
      // One each: as root aedev gives its workspace to the run's own user.
      for (const folder of ['workspace', 'plain']) mkdirSync(at(folder));
      const { sandbox, bare, env } = of.make(dir);
      const [problem] = await sandbox.check();
      if (problem) throw new Error(problem.sentence);
      const spec = {
        ...{ run: 'bench', task: 'bench', argv: of.argv, workspace: at('workspace'), cwd: '.' },
        ...{ readOnly: [], env: {}, secretEnv: [], stdin: null },
        ...{ stdout: at('stdout'), stderr: at('stderr'), maxOutputBytes: 1 << 20 },
        network: 'none' as const,
        limits: { wallMs: 60_000, idleMs: 60_000, memoryMb: 1024, cpus: of.cpus, pids: 128 },
      };
      const ours = () =>
        timed(async () => {
          const { code } = await sandbox.run(spec, new AbortController().signal);
          if (code !== 0) throw new Error(`the run ended with ${code}`);
        });
      const other = () => timed(() => ended(bare, env));
      for (let round = 0; round < WARM; round += 1) await inTurn(1, ours, other);
      const seen = await inTurn(Math.max(rounds, 7), ours, other);
      const note = `${ms(seen.ours)} over ${ms(seen.other)}, ${of.note}`;
      return [{ name: of.name, value: seen.ratio, goal: of.goal, better: 'lower', note }];
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
});

const ended = ([command, ...args]: [string, ...string[]], env = process.env): Promise<void> =>
  new Promise((done, failed) => {
    const child = spawn(command, args, { stdio: 'ignore', env });
    child.once('error', failed);
    child.once('exit', (code) =>
      code === 0 ? done() : failed(new Error(`${command} ended with ${code}`)),
    );
  });
