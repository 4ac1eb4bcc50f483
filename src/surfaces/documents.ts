/**
 * The JSON documents that every surface shows: the API answers with them, `--json` prints them, the
 * demo ends with them. Stable: fields are added, never renamed. Made from the log's read side alone,
 * so they are as true when the daemon hangs or is dead.
 */
import type { Hold } from '../control/contract.ts';
import { HOLD_CODES } from '../control/hold-codes.ts';
import { mergeDecision } from '../control/merge-policy.ts';
import type { Mission } from '../control/mission.ts';
import type { Repo } from '../control/repo.ts';
import { streamOf } from '../control/streams.ts';
import type { Run, Task } from '../control/task.ts';
import type { MissionRow, TaskRow } from '../control/views.ts';

import type { Reader } from './reader.ts';
import { type UsageDoc, usageDoc } from './usage-doc.ts';

/** Orders ISO times. Not localeCompare, which loads a language's rules for it: that takes milliseconds. */
const earlier = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export interface HoldDoc extends Hold {
  /** What the code means, in words. */
  meaning: string;
}
const holdDoc = (hold: Hold | null): HoldDoc | null =>
  hold && { ...hold, meaning: HOLD_CODES[hold.code] };

export interface TaskDoc {
  id: string;
  mission: string;
  repo: string;
  title: string;
  state: string;
  coder: string;
  branch: string;
  base: string | null;
  head: string | null;
  rounds: number;
  dependsOn: string[];
  risk: {
    score: number;
    band: string;
    reasons: { points: number; why: string }[];
    neverAutoMerge: string[];
  } | null;
  verdicts: {
    family: string;
    model: string;
    verdict: string;
    findings: { severity: string; file: string | null; line: number | null; sentence: string }[];
    reason: string | null;
  }[];
  verify: Task['evidence'] extends infer E
    ? E extends { verify: infer V }
      ? V | null
      : null
    : null;
  findings: { rule: string; kind: string; path: string; line: number | null; sentence: string }[];
  pull: { number: number; state: string; url: string } | null;
  merged: { commit: string; tree: string; by: string } | null;
  /** What `aedev task approve` would approve now. */
  approval: { digest: string; expires: string; head: string; base: string } | null;
  usage: UsageDoc;
  runs: Run[];
  hold: HoldDoc | null;
  /** What an open pull request waits for without being held, e.g. its checks. */
  waitsFor: string | null;
  evidence: { digest: string; verified: boolean | null } | null;
  end: string | null;
}

/** Checks a bundle by its digest; null when it cannot be checked here. */
export type EvidenceCheck = (digest: string) => Promise<boolean | null>;

export async function taskDoc(task: Task, check: EvidenceCheck): Promise<TaskDoc> {
  const { evidence, mergeRequest, pull, merged } = task;
  return {
    id: task.id,
    mission: task.mission,
    repo: task.repo,
    title: task.title,
    state: task.status,
    coder: task.coder,
    branch: task.branch,
    base: task.base,
    head: task.head,
    rounds: task.rounds,
    dependsOn: task.dependsOn,
    risk: task.risk && {
      score: task.risk.score,
      band: task.risk.band,
      reasons: task.risk.reasons,
      neverAutoMerge: task.risk.neverAutoMerge,
    },
    verdicts: task.verdicts.map(({ family, model, verdict, findings, reason }) => ({
      family,
      model,
      verdict,
      findings,
      reason,
    })),
    verify: evidence?.verify ?? null,
    findings: (evidence?.findings ?? []).map(({ rule, kind, path, line, sentence }) => ({
      rule,
      kind,
      path,
      line,
      sentence,
    })),
    pull: pull && { number: pull.number, state: merged ? 'merged' : pull.state, url: pull.url },
    merged,
    approval:
      task.hold?.code === 'awaiting-merge-approval' && mergeRequest
        ? {
            digest: mergeRequest.digest,
            expires: mergeRequest.expires,
            head: mergeRequest.head,
            base: mergeRequest.base,
          }
        : null,
    usage: usageDoc(task.runs),
    runs: task.runs,
    hold: holdDoc(task.hold),
    waitsFor: waitsFor(task),
    evidence: evidence && { digest: evidence.digest, verified: await check(evidence.digest) },
    end: task.end,
  };
}

function waitsFor(task: Task): string | null {
  if (task.status !== 'in-review' || task.hold || !task.pull) return null;
  const decision = mergeDecision(task, task.pull, '');
  return decision.do === 'wait' ? decision.why : null;
}

export interface MissionDoc {
  id: string;
  state: string;
  text: string;
  repos: string[];
  submittedAt: string;
  submittedBy: string;
  clarification: {
    score: number | null;
    before: number | null;
    /** Open now. */
    questions: { id: string; signal: string; text: string; options: string[] }[];
    /** Ever asked, answered or not. */
    asked: { id: string; signal: string; text: string }[];
    signals: Record<string, { score: number; because: { words: string; why: string }[] }> | null;
    answers: { question: string; text: string }[];
    waived: boolean;
    /** An answer or the request itself is being scored: score and questions are not yet those of now. */
    assessing: boolean;
  };
  specDigest: string | null;
  spec: string | null;
  /** Until when the spec can be approved. */
  expires: string | null;
  approval: { digest: string; by: string; at: string } | null;
  tasks: TaskDoc[];
  hold: HoldDoc | null;
  end: string | null;
}

export async function missionDoc(
  reader: Reader,
  id: string,
  check: EvidenceCheck,
): Promise<MissionDoc | null> {
  const mission = (await reader.state(streamOf.mission(id)))?.state as Mission | undefined;
  if (!mission) return null;
  const tasks: TaskDoc[] = [];
  for (const { id: taskId } of mission.tasks) {
    const task = (await reader.state(streamOf.task(taskId)))?.state as Task | undefined;
    if (task) tasks.push(await taskDoc(task, check));
  }
  const { assessment, spec } = mission;
  return {
    id,
    state: mission.status,
    text: mission.text,
    repos: mission.repos,
    submittedAt: mission.submittedAt,
    submittedBy: mission.submittedBy,
    clarification: {
      score: assessment?.score ?? null,
      before: mission.firstScore,
      // While answers are being read, the questions they answer are open no more.
      questions:
        mission.status === 'clarifying' && !mission.assessing ? (assessment?.questions ?? []) : [],
      asked: Object.entries(mission.asked).map(([question, { signal, text }]) => ({
        id: question,
        signal,
        text,
      })),
      signals: assessment?.signals ?? null,
      answers: mission.answers.map(({ question, text }) => ({ question, text })),
      waived: mission.waived,
      assessing: mission.assessing,
    },
    specDigest: spec?.digest ?? null,
    spec: spec?.text ?? null,
    expires: mission.status === 'awaiting-approval' && spec && !spec.void ? spec.expires : null,
    approval: mission.approval,
    tasks,
    hold: holdDoc(mission.hold),
    end: mission.end,
  };
}

export interface HeldDoc {
  id: string;
  title: string;
  hold: HoldDoc;
}

function pausedDoc({ id, queue, pausedAt }: Repo, reason: string): HeldDoc {
  const tasks = queue.length === 1 ? '1 task waits' : `${queue.length} tasks wait`;
  const hold = {
    code: 'repo-paused',
    reason,
    since: pausedAt ?? '',
    resumes: { by: 'operator' },
    remedy: `\`aedev hold resume ${id}\` when you have looked`,
  } satisfies Hold;
  return { id, title: `repo ${id}: ${tasks} for it`, hold: holdDoc(hold) as HoldDoc };
}

/** Every mission and task that is held, and every repo that is paused: oldest first. */
export async function holdsDoc(reader: Reader): Promise<HeldDoc[]> {
  const rows = [...(await reader.views('mission')), ...(await reader.views('task'))].map(
    ({ row }) => row as MissionRow | TaskRow,
  );
  const held = rows.flatMap(({ id, title, hold }) =>
    hold ? [{ id, title, hold: holdDoc(hold) as HoldDoc }] : [],
  );
  for (const { row } of await reader.views('repo')) {
    const repo = row as Repo;
    if (repo.registered && repo.paused !== null) held.push(pausedDoc(repo, repo.paused));
  }
  return held.sort((a, b) => earlier(a.hold.since, b.hold.since));
}

export interface WaitingApproval {
  kind: 'mission' | 'task';
  id: string;
  title: string;
  digest: string;
  expires: string;
  command: string;
}

export async function approvalsDoc(reader: Reader): Promise<WaitingApproval[]> {
  const waiting: WaitingApproval[] = [];
  for (const { row } of await reader.views('mission')) {
    const { id, title, status } = row as MissionRow;
    if (status !== 'awaiting-approval') continue;
    const mission = (await reader.state(streamOf.mission(id)))?.state as Mission | undefined;
    if (mission?.spec && !mission.spec.void) {
      waiting.push({
        kind: 'mission',
        id,
        title,
        digest: mission.spec.digest,
        expires: mission.spec.expires,
        command: `aedev mission approve ${id}`,
      });
    }
  }
  for (const { row } of await reader.views('task')) {
    const { id, title, hold } = row as TaskRow;
    if (hold?.code !== 'awaiting-merge-approval') continue;
    const task = (await reader.state(streamOf.task(id)))?.state as Task | undefined;
    const mergeRequest = task?.mergeRequest;
    if (mergeRequest)
      waiting.push({
        kind: 'task',
        id,
        title,
        digest: mergeRequest.digest,
        expires: mergeRequest.expires,
        command: `aedev task approve ${id}`,
      });
  }
  return waiting.sort((a, b) => earlier(a.expires, b.expires));
}
