/** SIGKILL at every point between intent, effect and result, over the whole loop; then a second life. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projection } from '../../src/engine/dispatch.ts';
import { type CrashWorld, crashWorlds } from '../support/crash-world.ts';
import { plainGit } from '../support/installation.ts';

let worlds: Awaited<ReturnType<typeof crashWorlds>>;
beforeAll(async () => {
  worlds = await crashWorlds();
});
afterAll(() => worlds?.close());

/** What must be true at the end, however often the daemon died on the way. */
async function expectMergedOnce(at: CrashWorld): Promise<void> {
  await worlds.read(at, async (reader) => {
    expect(await reader.verify(projection)).toEqual([]);
    expect(await reader.openMoves()).toEqual([]);
    const types = (await reader.read({})).map((event) => event.type);
    const once = [
      'mission.submitted',
      'mission.approved',
      'mission.done',
      'task.created',
      'task.pushed',
      'task.pull-opened',
      'task.merged',
      'task.remembered',
    ];
    for (const type of once)
      expect([type, types.filter((one) => one === type).length]).toEqual([type, 1]);
    expect(plainGit(at.forge, 'rev-list', '--count', 'main')).toBe('2');
    expect(plainGit(at.forge, 'show', 'main:src/price.js')).toContain('a + b');
    expect(
      plainGit(at.forge, 'for-each-ref', '--format=%(refname)', 'refs/heads').split('\n'),
    ).toHaveLength(2);
    expect(
      plainGit(at.forge, 'for-each-ref', '--format=%(refname)', 'refs/pull').split('\n'),
    ).toHaveLength(1);
    const runs = (await reader.views('run')).map(
      ({ row }) => (row as { run: { status: string; outcome: string | null } }).run,
    );
    expect(runs.filter((run) => run.outcome === 'success')).toHaveLength(1);
    expect(runs.every((run) => run.outcome === 'success' || run.status === 'lost')).toBe(true);
  });
}

test('killed at any point, the next life ends in the same state with one branch, one pull request, one merge', {
  timeout: 600_000,
}, async () => {
  const whole = worlds.make();
  const points = await worlds.live(whole, 0).ended;
  await expectMergedOnce(whole);
  const count = points?.length ?? 0;
  for (const kind of ['queued', 'started', 'write', 'effect', 'settled'])
    expect(points?.some((point) => point.startsWith(kind))).toBe(true);
  expect(count).toBeGreaterThan(40);

  const failures: string[] = [];
  let killed = 0;
  const todo = Array.from({ length: count }, (_, index) => index + 1);
  const worker = async (): Promise<void> => {
    for (let at = todo.shift(); at !== undefined; at = todo.shift()) {
      const broken = worlds.make();
      try {
        if ((await worlds.live(broken, at).ended) === null) killed += 1;
        await worlds.live(broken, 0).ended;
        await expectMergedOnce(broken);
      } catch (error) {
        failures.push(
          `killed at ${at} (${points?.[at - 1]}): ${error instanceof Error ? error.message : error}`,
        );
      }
      rmSync(broken.dir, { recursive: true, force: true });
    }
  };
  await Promise.all([worker(), worker()]);
  expect(failures).toEqual([]);
  // The order of two judges may differ from run to run, the number of points may not by much.
  expect(killed).toBeGreaterThanOrEqual(count - 4);
});
