/** Takes one mission from the request to where it ends or waits, as the operator at the API would. */

import type { SurfaceCommand } from '../control/contract.ts';
import { newId } from '../lib/new-id.ts';
import type { Client } from '../surfaces/api/client.ts';
import { CliError } from '../surfaces/cli/exit-codes.ts';
import type { MissionDoc } from '../surfaces/documents.ts';
import type { StatusDoc } from '../surfaces/status-doc.ts';
import type { Screen } from './screen.ts';
import type { DemoMission } from './shop.ts';
import { REPO } from './stage.ts';
import { type missionTeller, tellQuestions, tellSpec } from './tell.ts';
import type { Watch } from './watch.ts';

export interface Scene {
  client: Client;
  watch: Watch;
  screen: Screen;
  teller: ReturnType<typeof missionTeller>;
}

export interface Played {
  doc: MissionDoc;
  /** As the gate first saw the request. */
  first: MissionDoc['clarification'];
  /** Runs that had begun when the operator approved; the gate promises none. */
  runsBeforeApproval: number;
}

/** More rounds of questions than this, and the texts of the demo do not fit the gate any more. */
const ROUNDS = 3;

export async function play(
  scene: Scene,
  mission: DemoMission,
  coder: 'scripted' | 'claude',
): Promise<Played> {
  const { screen, teller } = scene;
  const id = newId('m');
  teller.follow(id);
  screen.line(`  "${mission.text}"`);
  await send(scene, {
    type: 'mission.submit',
    mission: id,
    text: mission.text,
    repos: [REPO],
    coder,
    plan: null,
  });
  const settled = () =>
    reached(scene, id, (doc) => doc.hold !== null || !CLARIFYING.includes(doc.state));
  let doc = await settled();
  const first = doc.clarification;
  for (let round = 0; doc.hold?.code === 'needs-answers' && round < ROUNDS; round += 1) {
    tellQuestions(screen, doc);
    const given = mission.answers;
    if (given === null) break;
    const answers = doc.clarification.questions.map(({ id: question, signal }) => ({
      question,
      text: given[signal as keyof typeof given],
    }));
    await send(scene, { type: 'mission.answer', mission: id, answers, waive: false });
    answers.forEach(({ text }, at) => {
      screen.more(`${screen.paint.bold(`answer ${at + 1}:`)} ${text}`);
    });
    doc = await settled();
  }
  const runsBeforeApproval = doc.tasks.reduce((sum, task) => sum + task.runs.length, 0);
  if (doc.state !== 'awaiting-approval' || doc.specDigest === null)
    return { doc, first, runsBeforeApproval };
  tellSpec(screen, doc);
  await send(scene, { type: 'mission.approve', mission: id, digest: doc.specDigest });
  doc = await reached(
    scene,
    id,
    (now) =>
      ENDED.includes(now.state) ||
      now.tasks.some((task) => task.hold !== null && !('at' in task.hold.resumes)),
  );
  return { doc, first, runsBeforeApproval };
}

const CLARIFYING = ['submitted', 'clarifying'];
const ENDED = ['done', 'failed', 'cancelled'];

/** The mission when it got there, or as it stands when it does not in good time. */
async function reached(
  { client, watch }: Scene,
  id: string,
  there: (doc: MissionDoc) => boolean,
): Promise<MissionDoc> {
  let doc = await client.get<MissionDoc>(`/v1/missions/${id}`);
  await watch.until(async () => {
    doc = await client.get<MissionDoc>(`/v1/missions/${id}`);
    return there(doc) ? doc : null;
  });
  // The screen tells all that led there before the demo goes on.
  const { events } = await client.get<StatusDoc>('/v1/status');
  await watch.until(async () => (watch.events.length >= events ? true : null));
  return doc;
}

async function send({ client }: Scene, command: SurfaceCommand): Promise<void> {
  const receipt = await client.command(command);
  if (receipt.outcome !== 'accepted')
    throw new CliError('refused', receipt.sentence ?? `The daemon refused ${command.type}.`);
}
