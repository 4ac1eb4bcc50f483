/** What watching open pull requests costs of GitHub's rate limit, against the double. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createGitHubForge } from '../src/delivery/forges/github/github.ts';
import type { Bench, Ratio } from './measure.ts';

const NAMES = [1, 50].map(
  (count) => `API calls per open pull request and hour, ${count} of them, nothing changes`,
);
const HOUR = 3_600_000;
/** The engine looks more often; but in a quiet hour nothing is asked in between. */
const LOOK = 30_000;

/** What of the double is used here; see `test/support/github/double.ts`. */
interface Double {
  url: string;
  limits: { limit: number };
  hub: { now(): number };
  createRepo(name: string, more: { people: Record<string, 'write'> }): Promise<Repo>;
  token(): string;
  gitUrl(repo: Repo): string;
  close(): Promise<void>;
}
interface Repo {
  push(branch: string, change: { files: Record<string, string>; by: string }): Promise<string>;
  check(check: {
    sha: string;
    name: string;
    status: 'completed';
    conclusion: 'success';
  }): Promise<number>;
  open(pull: { head: string; by: string; draft: boolean }): Promise<number>;
  knowMergeability(): Promise<void>;
}
type StartDouble = () => Promise<Double>;

/** In the second hour of watching. `free`: those that a 304 answered. */
export async function callsPerHour(
  start: StartDouble,
  count: number,
): Promise<{ calls: number; free: number }> {
  const double = await start();
  try {
    const there = await double.createRepo('acme/shop', { people: { 'aedev-bot': 'write' } });
    double.limits.limit = 1_000_000;
    const numbers: number[] = [];
    for (let at = 1; at <= count; at += 1) {
      const head = `aedev/t-${at}`;
      const sha = await there.push(head, { files: { [`f${at}.txt`]: 'x' }, by: 'aedev-bot' });
      await there.check({ sha, name: 'ci', status: 'completed', conclusion: 'success' });
      numbers.push(await there.open({ head, by: 'aedev-bot', draft: true }));
    }
    await there.knowMergeability();
    let now = double.hub.now();
    const forge = createGitHubForge({
      ...{ repo: 'acme/shop', gitUrl: double.gitUrl(there), apiUrl: double.url },
      ...{ tokenEnv: null, app: null, labels: [], env: { AEDEV_GITHUB_TOKEN: double.token() } },
      gate: { assertAllowed() {} },
      now: () => now,
      paced: false,
    });
    const watch = async (until: number, step: number) => {
      for (; now < until; now += step) await forge.observe(numbers);
    };
    // The first hour holds the first reading and the quick looks after it.
    await watch(now + HOUR, HOUR / 6);
    const before = { ...forge.calls };
    await watch(now + HOUR, LOOK);
    return {
      calls: (forge.calls.counted - before.counted) / count,
      free: (forge.calls.unchanged - before.unchanged) / count,
    };
  } finally {
    await double.close();
  }
}

/** The double is written for tests, so it is loaded as they are, and is no part of the bench's build. */
async function withDouble<T>(work: (start: StartDouble) => Promise<T>): Promise<T> {
  const { createViteServer } = await import('vitest/node');
  const here = new URL('..', import.meta.url);
  const isSource = existsSync(new URL('test/support/github/double.ts', here));
  const server = await createViteServer({
    root: fileURLToPath(isSource ? here : new URL('..', here)),
    configFile: false,
    appType: 'custom',
    logLevel: 'error',
    server: { middlewareMode: true, watch: null, ws: false },
    optimizeDeps: { noDiscovery: true },
  });
  try {
    const loaded = await server.ssrLoadModule('/test/support/github/double.ts');
    return await work(loaded['startGitHubDouble'] as StartDouble);
  } finally {
    await server.close();
  }
}

export const forge: Bench = {
  names: NAMES,
  // Nothing in it depends on the machine's speed: every round would show the same.
  run: () =>
    withDouble(async (start) => {
      const ratios: Ratio[] = [];
      for (const [at, count] of [1, 50].entries()) {
        const { calls, free } = await callsPerHour(start, count);
        const note = `and ${free.toFixed(0)} that a 304 answered for free`;
        ratios.push({ name: NAMES[at] ?? '', value: calls, goal: 6, better: 'lower', note });
      }
      return ratios;
    }),
};
