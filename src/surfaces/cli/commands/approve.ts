/** Approvals: what is sent is always the digest of exactly what was shown. */
import type { SurfaceCommand } from '../../../control/contract.ts';
import type { Client } from '../../api/client.ts';
import type { MissionDoc, TaskDoc } from '../../documents.ts';
import { CliError } from '../exit-codes.ts';
import type { Settled } from '../follow.ts';
import type { Host } from '../host.ts';
import { idOf, send, withClient } from '../open.ts';
import { inkFor, safe, safeLines, say, sayJson, shortDigest } from '../output.ts';
import { taskLines } from '../task-text.ts';
import { followed } from './change.ts';

interface ApproveOptions {
  digest?: string;
  yes?: boolean;
  wait?: boolean;
  json?: boolean;
}

interface Request {
  what: string;
  id: string;
  digest: string | null;
  /** Why there is nothing to approve. */
  nothing: string;
  show(): void;
}

export async function approveMission(
  host: Host,
  options: ApproveOptions,
  word: string,
): Promise<Settled | undefined> {
  const id = idOf('mission', word);
  return withClient(host, async (client) => {
    const mission = await client.get<MissionDoc>(`/v1/missions/${id}`);
    const digest = await decide(host, options, {
      what: 'spec',
      id,
      digest: mission.expires === null ? null : mission.specDigest,
      nothing: mission.approval
        ? `Mission ${id} was approved by ${safe(mission.approval.by)} at ${safe(mission.approval.at)}.`
        : `Mission ${id} is ${safe(mission.state)}: there is nothing to approve.`,
      show: () => host.out(`${safeLines(mission.spec ?? '')}\n`),
    });
    return submit(host, options, client, id, { type: 'mission.approve', mission: id, digest });
  });
}

export async function approveTask(
  host: Host,
  options: ApproveOptions,
  word: string,
): Promise<Settled | undefined> {
  const id = idOf('task', word);
  return withClient(host, async (client) => {
    const task = await client.get<TaskDoc>(`/v1/tasks/${id}`);
    const digest = await decide(host, options, {
      what: 'merge',
      id,
      digest: task.approval?.digest ?? null,
      nothing: `Task ${id} is ${safe(task.state)}${task.hold ? `, held (${safe(task.hold.code)})` : ''}: there is no merge to approve.`,
      show: () => {
        for (const line of taskLines(inkFor(host), task, Date.now())) say(host, line);
        say(host, `The change: aedev evidence show ${id} --diff`);
      },
    });
    return submit(host, options, client, id, { type: 'task.approve', task: id, digest });
  });
}

/** The digest that the operator approves, one way or another. */
async function decide(host: Host, options: ApproveOptions, request: Request): Promise<string> {
  const { what, id, digest, nothing } = request;
  if (options.digest !== undefined) {
    if (/^[0-9a-f]{64}$/.test(options.digest)) return options.digest;
    throw new CliError(
      'usage',
      '--digest is not a whole sha256: it has 64 digits from 0 to f.',
      'Copy all of it; a shortened one could mean something else.',
    );
  }
  if (digest === null) throw new CliError('refused', nothing, '', 'not-awaiting-approval');
  if (!options.json) request.show();
  if (options.yes) return digest;
  if (options.json || !host.interactive || host.columns === null)
    throw new CliError(
      'usage',
      `Approving ${id} needs a terminal to ask, or the words for it.`,
      `Read it, then add --digest ${digest}, or --yes.`,
    );
  const question = `Approve this ${what} (${shortDigest(digest)}) of ${id}?`;
  if (await (await host.prompts()).confirm(question)) return digest;
  throw new CliError('refused', `Nothing was approved.`, '', 'not-approved');
}

async function submit(
  host: Host,
  options: ApproveOptions,
  client: Client,
  id: string,
  command: Extract<SurfaceCommand, { digest: string }>,
): Promise<Settled | undefined> {
  const receipt = await send(client, command);
  if (!options.json) say(host, `${inkFor(host).green('Approved')} ${id}: ${command.digest}`);
  else if (!options.wait)
    sayJson(host, { approved: id, digest: command.digest, seqs: receipt.seqs });
  return options.wait ? followed(host, options, client, id, receipt) : undefined;
}
