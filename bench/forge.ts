/** What watching open pull requests costs of GitHub's rate limit, against the double. */
import { createGitHubForge } from '../src/delivery/forges/github/github.ts';
import { type Bench, median } from './measure.ts';

const NAMES = [1, 50].map(
  (count) => `API calls per open pull request and hour, ${count} of them, nothing changes`,
);
const HOUR = 3_600_000;
/** The engine looks this often. */
const LOOK = 10_000;

/** In the second hour of watching. `free`: those that a 304 answered. */
export async function callsPerHour(count: number): Promise<{ calls: number; free: number }> {
  const { startGitHubDouble } = await import('../test/support/github/double.ts');
  const double = await startGitHubDouble();
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
    const watch = async (until: number) => {
      for (; now < until; now += LOOK) await forge.observe(numbers);
    };
    // The first hour holds the first reading and the quick looks after it.
    await watch(now + HOUR);
    const before = { ...forge.calls };
    await watch(now + HOUR);
    return {
      calls: (forge.calls.counted - before.counted) / count,
      free: (forge.calls.unchanged - before.unchanged) / count,
    };
  } finally {
    await double.close();
  }
}

export const forge: Bench = {
  names: NAMES,
  async run(rounds) {
    const ratios = [];
    for (const [at, count] of [1, 50].entries()) {
      // Nothing in it depends on the machine's speed: more than two rounds would show the same.
      const seen = [];
      for (let round = 0; round < Math.min(rounds, 2); round += 1)
        seen.push(await callsPerHour(count));
      const free = median(seen.map((one) => one.free)).toFixed(0);
      ratios.push({
        name: NAMES[at] ?? '',
        value: median(seen.map(({ calls }) => calls)),
        goal: 6,
        better: 'lower' as const,
        note: `and ${free} that a 304 answered for free`,
      });
    }
    return ratios;
  },
};
