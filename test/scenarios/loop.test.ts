import { afterEach, describe, expect, test } from 'vitest';
import type { Mission } from '../../src/control/mission.ts';
import type { Task } from '../../src/control/task.ts';
import { CLEAR_REQUEST, type Installation, install, plainGit } from '../support/installation.ts';

let installation: Installation | null = null;
afterEach(async () => {
  await installation?.end();
  installation = null;
});

async function submit(one: Installation, text = CLEAR_REQUEST): Promise<Mission> {
  const receipt = await one.send({
    type: 'mission.submit',
    mission: 'm-test1',
    text,
    repos: ['shop'],
    coder: null,
    plan: null,
  });
  expect(receipt).toMatchObject({ outcome: 'accepted' });
  await one.aedev.runner.idle();
  return mission(one);
}
const mission = async (one: Installation) =>
  (await one.aedev.store.state('mission/m-test1'))?.state as Mission;
const task = async (one: Installation, at = 0) =>
  (await one.aedev.store.state(`task/${(await mission(one)).tasks[at]?.id}`))?.state as Task;

async function approve(one: Installation): Promise<Task> {
  const { spec } = await mission(one);
  expect(
    await one.send({ type: 'mission.approve', mission: 'm-test1', digest: spec?.digest ?? '' }),
  ).toMatchObject({ outcome: 'accepted' });
  await one.aedev.runner.idle();
  return task(one);
}

describe('the loop', () => {
  test('a clear request is approved, fixed, proven, judged, merged and remembered', async () => {
    installation = await install();
    const before = await submit(installation);
    expect(before.status).toBe('awaiting-approval');
    const done = await approve(installation);
    expect(done).toMatchObject({ status: 'remembered', hold: null, risk: { band: 'low' } });
    expect((await mission(installation)).status).toBe('done');
    const forge = `${installation.home}/forge/shop.git`;
    expect(plainGit(forge, 'show', 'main:src/price.js')).toContain('a + b');
    expect(await installation.aedev.store.verify()).toEqual([]);
  });
});
