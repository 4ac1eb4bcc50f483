/** A hardened container against a bare one: from nothing, to its end, until it is gone. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DockerSandbox } from '../src/execution/sandboxes/docker.ts';
import type { SandboxSpec } from '../src/execution/sandboxes/sandbox.ts';
import { type Bench, inTurn, ms, timed } from './measure.ts';

const NAME = 'hardened container over a bare docker run';
const WARM = 2;
/** Nothing but the start and the end of a container is measured. */
const PROGRAM = ['true'];
/** Seen from bench/ and from build/bench/. */
const [SCRIPT = ''] = ['..', '../..']
  .map((up) => fileURLToPath(new URL(`${up}/scripts/make-test-image.sh`, import.meta.url)))
  .filter((path) => existsSync(path));

/** As anybody would type it. Without a network, too: the setting up of one would be in our favour. */
const bare = (image: string): Promise<number> =>
  timed(
    () =>
      new Promise<void>((done, failed) => {
        const args = ['run', '--rm', '--network=none', image, ...PROGRAM];
        const child = spawn('docker', args, { stdio: 'ignore' });
        child.once('error', failed);
        child.once('exit', (code) =>
          code === 0 ? done() : failed(new Error(`docker run ended with ${code}`)),
        );
      }),
  );

export const container: Bench = {
  names: [NAME],
  async run(rounds) {
    const dir = mkdtempSync(join(tmpdir(), 'aedev-bench-docker-'));
    try {
      const at = (name: string) => join(dir, name);
      const image = execFileSync('sh', [SCRIPT], { encoding: 'utf8' }).trim();
      const sandbox = new DockerSandbox({
        image: { name: 'aedev-test-image', digest: image },
        scratch: at('scratch'),
        install: 'bench',
      });
      const [problem] = await sandbox.check();
      if (problem) throw new Error(problem.sentence);
      mkdirSync(at('workspace'));
      const spec: SandboxSpec = {
        run: 'bench',
        task: 'bench',
        argv: PROGRAM,
        workspace: at('workspace'),
        cwd: '.',
        readOnly: [],
        env: { LANG: 'C' },
        secretEnv: [],
        stdin: null,
        stdout: at('stdout'),
        stderr: at('stderr'),
        maxOutputBytes: 1 << 20,
        network: 'none',
        limits: { wallMs: 60_000, idleMs: 60_000, memoryMb: 1024, cpus: 2, pids: 128 },
      };
      const ours = () =>
        timed(async () => {
          const exit = await sandbox.run(spec, new AbortController().signal);
          if (exit.code !== 0) throw new Error(`the run ended with ${exit.code}`);
        });
      const other = () => bare(image);
      for (let round = 0; round < WARM; round += 1) await inTurn(1, ours, other);
      const seen = await inTurn(Math.max(rounds, 7), ours, other);
      const note = `${ms(seen.ours)} over ${ms(seen.other)}, running true`;
      return [{ name: NAME, value: seen.ratio, goal: 1.1, better: 'lower', note }];
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};
