/** What must hold after every command, whoever sent it. Each check throws with what it found. */
import { type Account, closed } from '../../src/control/account.ts';
import type { Budget } from '../../src/control/budget.ts';
import type { Amounts, Hold } from '../../src/control/contract.ts';
import { stepsOf, timerOf } from '../../src/control/core.ts';
import { allows, type Machine } from '../../src/control/machine.ts';
import { MISSION, type Mission } from '../../src/control/mission.ts';
import { repoBudget } from '../../src/control/policy.ts';
import type { Repo } from '../../src/control/repo.ts';
import { TASK, type Task } from '../../src/control/task.ts';
import type { History, Sent } from './hostile-world.ts';
import { Ledger } from './ledger.ts';
import { Merges } from './merges.ts';
import { must } from './must.ts';
import type { Recorded } from './world.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export class Invariants {
  readonly seen = new Set<string>();
  readonly #history: History;
  readonly #ledger = new Ledger();
  readonly #merges = new Merges(this.seen);
  #checked = 0;

  constructor(history: History) {
    this.#history = history;
    this.#events();
  }

  after(sent: Sent): void {
    const { answer, command, actor } = sent;
    this.seen.add(answer.refusal ? `refused ${answer.refusal.code}` : `accepted ${command.type}`);
    if (answer.refusal)
      must(
        'a refusal changes nothing',
        answer.events.every((one) => one.stream === 'refusals/all'),
        answer.events,
      );
    const operator = actor.startsWith('operator:');
    if (
      /\.(approve|approve-paid-run|reject|resume|retry|answer)$|unhalt|system.halt/.test(
        command.type,
      ) &&
      !operator
    )
      must('only an operator decides', answer.refusal !== null, sent);
    if ('key' in command && !answer.refusal)
      must(
        'a settled move is not wanted again',
        !this.#history.world.moves.has(command.key),
        command,
      );
    for (const event of answer.events) {
      if (event.type === 'task.rework-requested') {
        const [was, is] = [event.before as Task, event.after as Task];
        must('only an operator gives rounds back', is.rounds > was.rounds || operator, sent);
      }
      if (event.type === 'mission.approved' || event.type === 'task.merge-approved') {
        must('approved by the operator who sent it', operator, sent);
        const { digest, by } = event.data as { digest: string; by: string };
        must(
          'what was approved is what was shown',
          (command as { digest?: string }).digest === digest && by === actor,
          sent,
        );
      }
    }
    this.#events();
    this.#states();
  }

  #events(): void {
    const { events } = this.#history.world;
    for (; this.#checked < events.length; this.#checked++)
      this.#event(events[this.#checked] as Recorded);
  }

  #event(event: Recorded): void {
    const [aggregate] = event.stream.split('/');
    if (aggregate === 'mission') legal(MISSION, event);
    if (aggregate === 'task') {
      legal(TASK, event);
      const { before, after } = event as { before: Task | null; after: Task };
      this.seen.add(`task ${before?.status ?? '(new)'} ${event.type}`);
      if (after.hold) this.seen.add(`hold ${after.hold.code}`);
      const merging = after.status === 'merging' && before?.status !== 'merging';
      if (event.type === 'task.merge-started' || merging)
        this.#merges.mayBegin(before as Task, after, event);
      if (event.type === 'task.evidence-sealed') {
        const { evidence, policy } = after;
        must(
          'evidence is of this head, this base and this policy',
          evidence?.head === before?.head &&
            evidence?.base === before?.base &&
            evidence?.policyHash === policy?.hash,
          after,
        );
      }
      if (event.type === 'task.created')
        must('a task comes of an approved mission', this.#missionOf(after).approval !== null);
    }
    if (aggregate === 'mission')
      this.seen.add(`mission ${(event.before as Mission | null)?.status ?? '(new)'} ${event.type}`);
    if (event.type === 'budget.reserved') this.#mayRun(event);
    if (event.type === 'budget.settled') {
      const { run, actual } = event.data as { run: string; actual: Amounts };
      this.#ledger.settle(run, actual);
    }
    if (event.type === 'account.run-admitted') this.#letIn(event);
    if (event.type === 'task.run-started') this.#lane(event);
    if (event.type === 'repo.slot-granted') {
      const { slots, entry, paused } = event.after as Repo;
      must(
        'no more slots than parallel',
        slots.length <= entry.parallel && paused === null,
        event.after,
      );
    }
    const hold = (event.after as { hold?: Hold } | null)?.hold;
    if (hold && 'at' in hold.resumes) must('a time is a time', TIME.test(hold.resumes.at), hold);
  }

  /** Nothing starts in a window that is known to be used up, unless the operator wished this very run. */
  #letIn({ data, before, time }: Recorded): void {
    const { policy, events } = this.#history.world;
    const account = before as Account | null;
    const block = account && closed(account, policy.policies, time);
    const { task, wish, probe } = data as { task: string; wish: boolean; probe: boolean };
    must('no run in a window that is used up', block === null || wish, [block, wish]);
    const resumed = events.findLast(
      ({ stream, type }) => stream === `task/${task}` && type === 'task.resumed',
    );
    const by = (resumed?.data as { by?: string } | undefined)?.by;
    must('only the operator wishes', !wish || by?.startsWith('operator:') === true, by);
    this.seen.add(block === null ? 'let in' : 'let in by wish');
    if (probe) this.seen.add('let in as a probe');
  }

  /** A paid lane is one that policy names, or that the operator approved for this run. */
  #lane({ data, before, after }: Recorded): void {
    const { policiesUsed } = this.#history;
    const run = (after as Task).runs.find(({ id }) => id === (data as { run: string }).run);
    const named = policiesUsed.some(({ policies }) => policies.coders.claude.lane === 'api');
    const approved = (before as Task).paid?.by.startsWith('operator:') === true;
    must('paid only as approved', run?.lane !== 'api' || named || approved, run);
    if (run?.lane === 'api') this.seen.add('ran in the paid lane');
  }

  #mayRun({ data, after }: Recorded): void {
    const { day, run, repo, amounts } = data as {
      day: string;
      run: string;
      repo: string;
      amounts: Amounts;
    };
    must('no day is given twice', day >= this.#ledger.day, [day, this.#ledger.day]);
    this.#ledger.reserve(day, run, repo, amounts);
    const { policy } = this.#history.world;
    for (const [of, limits] of [
      [null, policy.policies.budgets.global],
      [repo, repoBudget(policy, repo)],
    ] as const) {
      const told = (after as Budget).spent[of ?? ''] as Amounts;
      for (const unit of ['runs', 'tokens', 'costUsd', 'wallMs'] as const)
        must(
          'the budget counts what the events say',
          Math.abs(told[unit] - this.#ledger.sum(of, unit)) < 1e-6,
          [unit, told, this.#ledger.sum(of, unit)],
        );
      const { runs_per_day, tokens_per_day, cost_usd_per_day, wall_minutes_per_day } = limits;
      must(
        'spent and reserved stay within the budget',
        told.runs <= (runs_per_day ?? told.runs) &&
          told.tokens <= (tokens_per_day ?? told.tokens) &&
          told.costUsd <= (cost_usd_per_day ?? told.costUsd) + 1e-6 &&
          told.wallMs <= (wall_minutes_per_day ?? told.wallMs) * 60_000 + 1e-6,
        [told, limits],
      );
    }
  }

  #missionOf = (task: Task): Mission => this.#history.world.mission(task.mission);

  #states(): void {
    const { world } = this.#history;
    for (const [stream, state] of world.states) {
      if (stream.startsWith('task/')) this.#task(state as Task);
      else if (stream.startsWith('mission/')) this.#mission(state as Mission);
      else if (stream.startsWith('repo/')) this.#repo(state as Repo);
    }
  }

  #task(task: Task): void {
    const { world, policiesUsed } = this.#history;
    const stream = `task/${task.id}`;
    const steps = stepsOf(stream, task);
    const terminal = TASK.terminal.includes(task.status);
    if (terminal || (task.hold && task.closing === null))
      must('held or ended, it wants nothing', steps.length === 0, steps);
    const open = task.runs.filter((run) => run.status === 'requested' || run.status === 'running');
    must(
      'one open run, and it is the current one',
      open.length <= 1 && (open[0]?.id ?? null) === task.run,
      task.runs,
    );
    const budget = world.states.get('budget/all') as Budget | undefined;
    if (task.run) must('a run has its reservation', budget?.open[task.run]?.task === task.id, task);
    const repo = world.states.get(`repo/${task.repo}`) as Repo;
    must('a slot is the same on both sides', repo.slots.includes(task.id) === task.slot, [
      repo,
      task.slot,
    ]);
    if (steps.some(({ kind }) => ['prepare', 'run-coder', 'verify', 'judge'].includes(kind)))
      must('work needs a slot', task.slot, task);
    const max = Math.max(...policiesUsed.map((policy) => policy.policies.rework.max_rounds));
    must('rounds are bounded', task.rounds <= max, task.rounds);
    const mission = this.#missionOf(task);
    if (mission.status === 'cancelled')
      must(
        'a cancelled mission lets nothing go on',
        terminal || task.closing !== null || ['merging', 'merged'].includes(task.status),
        task.status,
      );
    if (terminal) return;
    const at = timerOf(stream, task);
    if (at !== null) must('a timer is a time', TIME.test(at), at);
    if (task.hold && 'at' in task.hold.resumes)
      must('a hold that ends by time has its timer', at !== null);
    const queued = repo.queue.includes(task.id);
    if (queued)
      must(
        'who queues is neither held nor at work',
        !task.hold && !task.slot && steps.length === 0,
        task,
      );
    if (queued && !repo.paused)
      must('no one queues beside a free slot', repo.slots.length >= repo.entry.parallel, repo);
    const waiting =
      task.status === 'waiting' &&
      task.dependsOn.some((id) => world.task(id).status !== 'remembered');
    const moving =
      steps.length > 0 || queued || waiting || task.hold !== null || task.status === 'in-review';
    must('nothing stands still in silence', moving, task);
  }

  #mission(mission: Mission): void {
    const { world } = this.#history;
    const stream = `mission/${mission.id}`;
    const steps = stepsOf(stream, mission);
    const terminal = MISSION.terminal.includes(mission.status);
    if (terminal || mission.hold)
      must('held or ended, it wants nothing', steps.length === 0, steps);
    for (const task of mission.tasks)
      if (!terminal)
        must('a mission knows its tasks', world.task(task.id).status === task.status, task);
    if (terminal) {
      const all = mission.tasks.map((task) => world.task(task.id).status);
      if (mission.status === 'done')
        must(
          'done is all merged',
          all.every((status) => status === 'remembered'),
          all,
        );
      if (mission.status === 'failed')
        must(
          'failed after all ended',
          all.every((status) => TASK.terminal.includes(status)),
          all,
        );
      return;
    }
    const asked = mission.status === 'awaiting-approval' && timerOf(stream, mission) !== null;
    const works = mission.tasks.some((task) => !TASK.terminal.includes(task.status as never));
    must(
      'nothing stands still in silence',
      steps.length > 0 || mission.hold !== null || asked || works,
      mission,
    );
    if (mission.tasks.length > 0) must('tasks come of an approval', mission.approval !== null);
  }

  #repo(repo: Repo): void {
    const all = [...repo.slots, ...repo.queue];
    must('nobody is in a repo twice', new Set(all).size === all.length, repo);
  }
}

function legal<S extends string>(machine: Machine<S>, event: Recorded): void {
  const before = event.before as { status: S } | null;
  if (before && machine.terminal.includes(before.status))
    must('an end is final', event.after === event.before, event);
  const moves = machine.transitions.some((one) => one.on === event.type);
  // Asked and answered again, a mission stays where it is.
  const stays = before?.status === 'clarifying' && /^mission.(assessed|answered)$/.test(event.type);
  if (moves && before && !stays)
    must(
      `${event.type} is allowed in ${before.status}`,
      allows(machine, before.status, event.type),
    );
}
