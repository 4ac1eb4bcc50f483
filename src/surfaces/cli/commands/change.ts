/** Commands that change the course of a mission or task by a word. */
import type { SurfaceCommand } from '../../../control/contract.ts';
import type { Client } from '../../api/client.ts';
import { CliError } from '../exit-codes.ts';
import {
  after,
  missionSettled,
  type Settled,
  taskSettled,
  untilMission,
  untilTask,
} from '../follow.ts';
import type { Host } from '../host.ts';
import { idOf, send, withClient } from '../open.ts';
import { safe, say, sayJson } from '../output.ts';

interface ChangeOptions {
  wait?: boolean;
  json?: boolean;
}
type Ended = Promise<Settled | undefined>;

const spoken = (reason: string[]): string => reason.join(' ').trim();

export const rejectMission = (host: Host, options: ChangeOptions, id: string, reason: string[]) =>
  change(host, options, idOf('mission', id), 'rejected', {
    type: 'mission.reject',
    mission: id,
    reason: spoken(reason),
  });

export const cancelMission = (host: Host, options: ChangeOptions, id: string, reason: string[]) =>
  change(host, options, idOf('mission', id), 'cancelled', {
    type: 'mission.cancel',
    mission: id,
    reason: spoken(reason),
  });

export const resumeMission = (host: Host, options: ChangeOptions, id: string) =>
  change(host, options, idOf('mission', id), 'resumed', { type: 'mission.resume', mission: id });

export const retryTask = (host: Host, options: ChangeOptions, id: string) =>
  change(host, options, idOf('task', id), 'to be tried again', { type: 'task.retry', task: id });

export interface ResumeOptions extends ChangeOptions {
  /** US dollars for one run in the paid lane. */
  paidUsd?: string;
}

export function resumeTask(host: Host, options: ResumeOptions, id: string) {
  const task = idOf('task', id);
  if (options.paidUsd === undefined)
    return change(host, options, task, 'resumed', { type: 'task.resume', task });
  const usd = Number(options.paidUsd);
  if (!(usd > 0 && usd <= 1000))
    throw new CliError(
      'usage',
      '--paid-usd is an amount of US dollars, above 0 and up to 1000.',
      'Say what this one run may cost at most, e.g. --paid-usd 3.',
    );
  const became = `resumed with one run in the paid lane, up to $${usd}`;
  return change(host, options, task, became, { type: 'task.approve-paid-run', task, usd });
}

export const cancelTask = (host: Host, options: ChangeOptions, id: string, reason: string[]) =>
  change(host, options, idOf('task', id), 'being cancelled', {
    type: 'task.cancel',
    task: id,
    reason: spoken(reason),
  });

/** Sends it, says so, and follows when asked to. */
export function change(
  host: Host,
  options: ChangeOptions,
  id: string,
  became: string,
  command: SurfaceCommand,
): Ended {
  return withClient(host, async (client) => {
    const receipt = await send(client, command);
    if (options.json && !options.wait)
      sayJson(host, { id, command: command.type, seqs: receipt.seqs });
    else if (!options.json) say(host, `${safe(id)} is ${became}.`);
    return options.wait ? followed(host, options, client, id, receipt) : undefined;
  });
}

/** Follows a mission or task from what a command did to it, and says how that went. */
export async function followed(
  host: Host,
  options: ChangeOptions,
  client: Client,
  id: string,
  receipt: { seqs: number[] },
): Ended {
  const from = after(receipt);
  if (id.startsWith('m-')) {
    const doc = await untilMission(host, client, id, { from });
    tell(host, options, doc);
    return missionSettled(doc) ?? undefined;
  }
  const doc = await untilTask(host, client, id, from);
  tell(host, options, doc);
  return taskSettled(doc) ?? undefined;
}

function tell(
  host: Host,
  options: ChangeOptions,
  doc: { id: string; state: string; end: string | null },
): void {
  if (options.json) sayJson(host, doc);
  else say(host, `${safe(doc.id)} is ${safe(doc.state)}${doc.end ? `: ${safe(doc.end)}` : '.'}`);
}
