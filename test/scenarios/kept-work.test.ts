/** What becomes of the work of runs that were not collected, as the hold, the log and pruning tell it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Task } from '../../src/control/task.ts';
import { inWords } from '../../src/surfaces/words.ts';
import { type Installation, install, plainGit } from '../support/installation.ts';
import { deliver } from '../support/mission.ts';

let one: Installation;
afterEach(() => one.end());

async function held(steps: object[]): Promise<{ task: Task; log: string }> {
  one = await install({ script: [{ steps }], policies: { rework: { max_attempts: 1 } } });
  const task = await deliver(one);
  const events = await one.aedev.store.read({ stream: `task/${task.id}` });
  const log = events.map((event) => inWords(event)).join('\n');
  return { task, log };
}

const sh = (script: string) => ({ run: ['sh', '-c', script] });
const gaveUp = { exit: 3 };

test('a tree that was swapped for a link: nothing is salvaged, and where it lies is said', async () => {
  const away = sh('echo precious > new.txt; cd ..; mv repo elsewhere; ln -s elsewhere repo');
  const { task, log } = await held([away]);
  const workspace = join(one.home, 'runs', task.runs[0]?.id ?? '', 'workspace');
  expect(task.hold?.code).toBe('refused-tree');
  expect(task.hold?.reason).toContain('could not be kept');
  expect(task.hold?.reason).toContain(workspace);
  expect(`${task.hold?.reason} ${task.hold?.remedy}`).not.toMatch(/salvage/);
  expect(log).toContain(`whatever it left lies in ${workspace}`);
  // Neither pruning nor the end of the task takes away what is kept nowhere else.
  await one.send({ type: 'task.cancel', task: task.id, reason: 'no more' });
  await one.aedev.runner.idle();
  const { left } = await one.aedev.pruner.prune({ dryRun: false });
  expect(left).toMatchObject([{ what: task.runs[0]?.id }]);
  expect(left[0]?.reason).toContain(workspace);
  expect(readFileSync(join(workspace, 'elsewhere', 'new.txt'), 'utf8')).toBe('precious\n');
});

test('work that is kept is named by its ref, and a run that changed nothing says so', async () => {
  const kept = await held([{ write: { path: 'half.txt', content: 'half' } }, gaveUp]);
  const ref = `refs/aedev/salvage/${kept.task.runs[0]?.id}`;
  expect(kept.task.hold?.reason).toContain(`kept at ${ref}`);
  expect(kept.log).toContain(`kept at ${ref}`);
  expect(plainGit(join(one.home, 'repos', 'shop.git'), 'show', `${ref}:half.txt`)).toBe('half');
  await one.end();
  const none = await held([gaveUp]);
  expect(none.task.hold?.reason).toContain('it had changed no file');
  expect(none.log).toContain('it had changed no file');
});
