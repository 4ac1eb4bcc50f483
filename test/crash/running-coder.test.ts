/** The daemon dies while a coder works: what became of the run is told, and no two runs share a workspace. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Task } from '../../src/control/task.ts';
import { crashWorlds } from '../support/crash-world.ts';
import { plainGit } from '../support/installation.ts';
import { until } from '../support/until.ts';

let worlds: Awaited<ReturnType<typeof crashWorlds>>;
beforeAll(async () => {
  worlds = await crashWorlds();
});
afterAll(() => worlds?.close());

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};

test('a run whose daemon was killed is ended, its work kept, and a new run starts elsewhere', {
  timeout: 60_000,
}, async () => {
  // Hangs in its first run, with a child that leads a session of its own; works in its second.
  const coder = [
    'if [ -e ../../../.again ]; then sed -i.old "s/a - b/a + b/" src/price.js && rm src/price.js.old; exit; fi',
    'touch ../../../.again',
    'echo half > half.txt',
    'setsid sleep 600 & echo $! > ../../../child.pid',
    'echo $$ > ../../../coder.pid.new && mv ../../../coder.pid.new ../../../coder.pid',
    'sleep 600',
  ].join('\n');
  const at = worlds.make(coder);
  const runs = join(at.home, 'runs');
  const first = worlds.live(at, 0);
  await until(
    'the coder to be at work',
    () => existsSync(join(runs, 'coder.pid')) || existsSync(join(at.home, 'coder.pid')),
  );
  const at2 = existsSync(join(runs, 'coder.pid')) ? runs : at.home;
  const pids = ['coder.pid', 'child.pid'].map((file) =>
    Number(readFileSync(join(at2, file), 'utf8')),
  );
  expect(pids.map(alive)).toEqual([true, true]);
  first.child.kill('SIGKILL');
  expect(await first.ended).toBeNull();
  expect(pids.map(alive)).toEqual([true, true]);

  await worlds.live(at, 0).ended;
  expect(pids.map(alive)).toEqual([false, false]);
  await worlds.read(at, async (reader) => {
    const [row] = await reader.views('task');
    const task = (await reader.state(`task/${row?.key}`))?.state as Task;
    expect(task.status).toBe('remembered');
    expect(task.runs.map((run) => run.status)).toEqual(['lost', 'ended']);
    const [lost, ended] = task.runs;
    expect(lost?.reason).toMatch(/ended.*what it had done is kept at refs\/aedev\/salvage\//s);
    const mirror = join(at.home, 'repos', 'shop.git');
    expect(plainGit(mirror, 'show', `refs/aedev/salvage/${lost?.id}:half.txt`)).toBe('half');
    expect(plainGit(mirror, 'rev-parse', `refs/aedev/salvage/${lost?.id}`)).toBe(lost?.salvaged);
    // The second run began from the base, in a folder of its own.
    expect(lost?.id).not.toBe(ended?.id);
    expect(readdirSync(runs).filter((name) => name.startsWith('r-'))).toHaveLength(2);
    expect(plainGit(at.forge, 'ls-tree', '-r', '--name-only', 'main')).not.toContain('half.txt');
  });
});
