/** A mission in an installation: from its request to where its task ends or waits. */
import { expect } from 'vitest';
import type { SurfaceCommand } from '../../src/control/contract.ts';
import type { Mission } from '../../src/control/mission.ts';
import type { Task } from '../../src/control/task.ts';
import { CLEAR_REQUEST, type Installation } from './installation.ts';

type At = Pick<Installation, 'aedev' | 'send'>;
type Submit = Extract<SurfaceCommand, { type: 'mission.submit' }>;

export const missionOf = async ({ aedev }: At, id = 'm-test1'): Promise<Mission> =>
  (await aedev.store.state(`mission/${id}`))?.state as Mission;

export const taskOf = async (one: At, mission = 'm-test1', at = 0): Promise<Task> => {
  const id = (await missionOf(one, mission)).tasks[at]?.id;
  return (await one.aedev.store.state(`task/${id}`))?.state as Task;
};

/** Submits, and waits until the request is scored. */
export async function submit(one: At, more: Partial<Submit> = {}): Promise<Mission> {
  const mission = more.mission ?? 'm-test1';
  const order = { text: CLEAR_REQUEST, repos: ['shop'], coder: null, plan: null };
  const receipt = await one.send({ type: 'mission.submit', mission, ...order, ...more });
  expect(receipt).toMatchObject({ outcome: 'accepted' });
  await one.aedev.runner.idle();
  return missionOf(one, mission);
}

/** Submits and approves; the runner works on in the background. */
export async function begin(one: At, more: Partial<Submit> = {}): Promise<void> {
  await consent(one, await submit(one, more));
}

async function consent(one: At, { id, spec }: Mission): Promise<void> {
  const command = { type: 'mission.approve', mission: id, digest: spec?.digest ?? '' } as const;
  expect(await one.send(command)).toMatchObject({ outcome: 'accepted' });
}

/** Approves what {@link submit} gave, and waits until nothing moves. */
export async function approve(one: At, mission = 'm-test1'): Promise<Task> {
  await consent(one, await missionOf(one, mission));
  await one.aedev.runner.idle();
  return taskOf(one, mission);
}

/** The whole way: the task where it ended or waits. */
export async function deliver(one: At, more: Partial<Submit> = {}): Promise<Task> {
  const { id } = await submit(one, more);
  return approve(one, id);
}
