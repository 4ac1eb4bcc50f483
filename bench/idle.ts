/** What a daemon costs that has nothing to do, against a bare node that has nothing to do. Linux. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { homePaths } from '../src/config/home.ts';
import { initHome } from '../src/config/init.ts';
import { type Daemon, environment, freePort, startDaemon } from './daemon.ts';
import { type Bench, median, type Ratio } from './measure.ts';

const MEMORY = 'idle memory of the daemon over bare node';
const CPU = 'idle CPU of the daemon, % of a core';
/** V8 tidies up after the start within ten seconds; that belongs to the start. */
const SETTLE_MS = 12_000;
const WATCH_MS = 25_000;

const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** Time on a core of all its threads, in milliseconds: first number of schedstat, see proc(5). */
function cpuMs(pid: number): number {
  let total = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8');
    total += Number(text.split(' ')[0]) / 1e6;
  }
  return total;
}

export const idle: Bench = {
  names: [MEMORY, CPU],
  async run(rounds) {
    if (process.platform !== 'linux') return [];
    const dir = mkdtempSync(join(tmpdir(), 'aedev-bench-'));
    const daemons: Daemon[] = [];
    const bare: ReturnType<typeof spawn>[] = [];
    try {
      // Pairs that are idle do not disturb one another, so all of them are watched at once.
      for (let round = 0; round < rounds; round += 1) {
        const home = join(dir, `home-${round}`);
        initHome(homePaths({ AEDEV_HOME: home }, dir), { operator: 'bench' });
        daemons.push(await startDaemon(home, await freePort()));
        const waiting = ['-e', 'setInterval(() => {}, 1 << 30)'];
        bare.push(spawn(process.execPath, waiting, { env: environment(home) }));
      }
      await sleep(SETTLE_MS);
      const memory = daemons.map(({ pid }, at) => ({
        ours: residentMb(pid),
        node: residentMb(bare[at]?.pid as number),
      }));
      const before = daemons.map(({ pid }) => cpuMs(pid));
      const begun = performance.now();
      await sleep(WATCH_MS);
      const passed = performance.now() - begun;
      const shares = daemons.map(({ pid }, at) => (cpuMs(pid) - (before[at] ?? 0)) / passed);
      const mb = (which: 'ours' | 'node') => median(memory.map((one) => one[which])).toFixed(0);
      const results: Ratio[] = [
        {
          name: MEMORY,
          value: median(memory.map(({ ours, node }) => ours / node)),
          goal: 2,
          better: 'lower',
          note: `${mb('ours')} MB over ${mb('node')} MB`,
        },
        {
          name: CPU,
          value: 100 * median(shares),
          goal: 0.2,
          better: 'lower',
          note: `over ${(passed / 1000).toFixed(0)} s, absolute`,
        },
      ];
      return results;
    } finally {
      for (const child of bare) child.kill();
      await Promise.all(daemons.map((daemon) => daemon.stop()));
      rmSync(dir, { recursive: true, force: true });
    }
  },
};
