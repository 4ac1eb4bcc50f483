/**
 * One random history: every number names a command, well-meant or hostile, aimed at what is there.
 * Small numbers are the well-meant ones, so that a shrunk history is a plain one.
 */
import type { Command } from '../../src/control/commands.ts';
import { CONDITIONS, type Outcome, type PlanTask } from '../../src/control/contract.ts';
import type { Mission } from '../../src/control/mission.ts';
import type { Policy } from '../../src/control/policy.ts';
import type { Move } from '../../src/control/steps.ts';
import type { PullSeen, Task } from '../../src/control/task.ts';
import { type Now, oddOutcome, oddPulls, pick } from './hostile-outcomes.ts';
import { policies, REPOS } from './hostile-policies.ts';
import { oid, success } from './outcomes.ts';
import { type Answer, OPERATOR, World } from './world.ts';

const ACTORS = ['agent:coder', 'agent:mcp', 'system:runner', 'system:timers'];
const HOUR = 3_600_000;

export interface Sent {
  command: Command;
  actor: string;
  answer: Answer;
  id: string;
  /** Ids that were handed out while it was decided. */
  made: string[];
}

export class History {
  readonly world: World;
  readonly policiesUsed: Policy[];
  /** Base branches move on, now and then. */
  readonly #tips = new Map(REPOS.map((repo) => [repo, 0]));
  readonly #old: { command: Command; actor: string; id: string }[] = [];
  #missions = 0;

  constructor(variant: number) {
    const policy = policies(variant);
    this.policiesUsed = [policy];
    this.world = new World(policy);
  }

  tip = (repo: string): string => oid('tip', repo, this.#tips.get(repo));
  #now = (repo: string): Now => ({
    tip: this.tip(repo),
    hash: this.world.policy.hash,
    time: this.world.now,
  });

  play(number: number): Sent[] {
    const { world } = this;
    const kind = WEIGHTED[number % WEIGHTED.length] as Kind;
    const a = Math.floor(number / WEIGHTED.length) % 997;
    const b = Math.floor(number / WEIGHTED.length / 997) % 1009;
    const move = pick([...world.moves.values()], a);
    const mission = pick(missions(world), a);
    const task = pick(tasks(world), a);
    switch (kind) {
      case 'go':
        return move
          ? [this.#settle(move, success(move, world.policy.hash, this.tip(move.partition)))]
          : this.play(3);
      case 'approve':
        return this.#approve(mission, b);
      case 'merge-approve':
        return this.#approveMerge(
          pick(
            tasks(world).filter((one) => one.mergeRequest),
            a,
          ),
          b,
        );
      case 'submit':
        return this.#submit(a, b);
      case 'odd':
        return move ? [this.#settle(move, oddOutcome(move, b, this.#now(move.partition)))] : [];
      case 'see':
        return this.#see(
          pick(
            tasks(world).filter((one) => one.pull),
            a,
          ),
          b,
        );
      case 'resume':
        return this.#about(
          pick(
            tasks(world).filter((one) => one.hold),
            a,
          ),
          b,
          b % 7 === 3 ? 'task.approve-paid-run' : 'task.resume',
        );
      case 'retry':
        return this.#about(task, b, 'task.retry');
      case 'cancel':
        return this.#about(task, b, 'task.cancel');
      case 'mission':
        return mission ? [this.#aboutMission(mission, b)] : [];
      case 'late': {
        const old = pick(this.#old, a);
        return old ? [this.#send(old.command, old.actor, b % 2 ? old.id : world.id('c'))] : [];
      }
      case 'clock':
        world.now += [60_000, HOUR, 13 * HOUR, 25 * HOUR, -HOUR, -26 * HOUR][b % 6] as number;
        return this.#wakeDue();
      case 'wake':
        return task
          ? [
              this.#send({ type: 'task.wake', task: task.id }, 'system:timers'),
              this.#send(
                { type: 'task.wake', task: task.id, met: CONDITIONS.sandboxReady },
                'system:conditions',
              ),
            ]
          : [];
      case 'policy':
        return this.#adopt(policies(b));
      case 'base':
        for (const repo of REPOS) this.#tips.set(repo, (this.#tips.get(repo) ?? 0) + 1);
        return [];
      case 'repo': {
        const repo = REPOS[a % 2] as string;
        return [this.#send({ type: 'repo.resume', repo }, b % 3 ? OPERATOR : who(b))];
      }
      case 'halt':
        return [
          this.#send(
            b % 2 ? { type: 'system.halt', reason: 'stop' } : { type: 'system.unhalt' },
            b % 3 ? OPERATOR : who(b),
          ),
        ];
    }
  }

  #send(command: Command, actor: string, id = this.world.id('c')): Sent {
    this.world.made.length = 0;
    const answer = this.world.send(command, actor, id);
    return { command, actor, answer, id, made: [...this.world.made] };
  }

  #settle(move: Move, outcome: Outcome): Sent {
    const { key, kind, which } = move;
    const [aggregate, id = ''] = move.stream.split('/');
    const command: Command =
      aggregate === 'mission'
        ? { type: 'mission.settle', mission: id, key, kind, outcome }
        : { type: 'task.settle', task: id, key, kind, which, outcome };
    const receipt = `settle:${key}`;
    this.#old.push({ command, actor: 'system:runner', id: receipt });
    return this.#send(command, 'system:runner', receipt);
  }

  /** What is due by time, as the timers wake it. */
  #wakeDue(): Sent[] {
    const { world } = this;
    return world
      .timers()
      .filter(({ at }) => at <= world.time)
      .map(({ stream }) => {
        const [aggregate, id = ''] = stream.split('/');
        return this.#send(
          aggregate === 'mission'
            ? { type: 'mission.wake', mission: id }
            : { type: 'task.wake', task: id },
          'system:timers',
        );
      });
  }

  #adopt(policy: Policy): Sent[] {
    this.policiesUsed.push(policy);
    this.world.policy = policy;
    return Object.entries(policy.repos).map(([repo, entry]) =>
      this.#send({ type: 'repo.register', repo, entry }, OPERATOR),
    );
  }

  #submit(a: number, b: number): Sent[] {
    if (this.#missions >= 3) return [];
    this.#missions += 1;
    const repos = b % 11 === 10 ? ['nowhere'] : a % 3 === 0 ? REPOS : [REPOS[a % 2] as string];
    const step = (key: string, at: number, depends_on: string[]): PlanTask => ({
      key,
      title: `do ${key}`,
      repo: repos[at % repos.length] as string,
      acceptance: [],
      allowed_paths: [],
      depends_on,
    });
    const plan =
      a % 4 === 3
        ? [step('one', 0, []), step('two', 1, ['one']), step('three', 0, ['one', 'two'])]
        : null;
    const mission = `m-${String(this.#missions).padStart(4, '0')}`;
    return [
      this.#send(
        { type: 'mission.submit', mission, text: 'Make it so.', repos, coder: null, plan },
        b % 2 ? OPERATOR : 'agent:mcp',
      ),
    ];
  }

  #approve(mission: Mission | undefined, b: number): Sent[] {
    if (!mission) return this.play(3);
    const right = mission.spec?.digest ?? oid('nothing').repeat(2).slice(0, 64);
    const digest = b % 5 === 4 ? 'f'.repeat(64) : right;
    const actor = b % 4 === 3 ? who(b) : OPERATOR;
    const command: Command = { type: 'mission.approve', mission: mission.id, digest };
    this.#old.push({ command, actor, id: this.world.id('c') });
    return [this.#send(command, actor)];
  }

  #approveMerge(task: Task | undefined, b: number): Sent[] {
    if (!task?.mergeRequest) return this.play(0);
    const digest = b % 5 === 4 ? 'f'.repeat(64) : task.mergeRequest.digest;
    const actor = b % 4 === 3 ? who(b) : OPERATOR;
    const command: Command = { type: 'task.approve', task: task.id, digest };
    this.#old.push({ command, actor, id: this.world.id('c') });
    return [this.#send(command, actor)];
  }

  #about(
    task: Task | undefined,
    b: number,
    type: 'task.resume' | 'task.retry' | 'task.cancel' | 'task.approve-paid-run',
  ): Sent[] {
    if (!task) return this.play(0);
    const actor = b % 5 === 4 ? who(b) : OPERATOR;
    return [
      this.#send(
        type === 'task.cancel'
          ? { type, task: task.id, reason: 'no' }
          : type === 'task.approve-paid-run'
            ? { type, task: task.id, usd: 3 }
            : { type, task: task.id },
        actor,
      ),
    ];
  }

  #aboutMission({ id: mission, asked, spec }: Mission, b: number): Sent {
    const actor = b % 5 === 4 ? who(b) : OPERATOR;
    const known = Object.keys(asked)[0] ?? 'q-none';
    const all: Command[] = [
      {
        type: 'mission.answer',
        mission,
        answers: [{ question: known, text: 'six' }],
        waive: false,
      },
      { type: 'mission.answer', mission, answers: [], waive: true },
      { type: 'mission.resume', mission },
      { type: 'mission.reject', mission, reason: 'no' },
      { type: 'mission.cancel', mission, reason: 'no' },
      { type: 'mission.wake', mission },
      {
        type: 'mission.answer',
        mission,
        answers: [{ question: 'q-other', text: '' }],
        waive: false,
      },
      { type: 'mission.approve', mission, digest: spec?.digest ?? '' },
      { type: 'mission.note-task', mission, task: 't-none', status: 'remembered' },
    ];
    return this.#send(pick(all, b) as Command, actor);
  }

  #see(task: Task | undefined, b: number): Sent[] {
    if (!task?.pull) return this.play(0);
    const all = oddPulls(task.head ?? '', task.base ?? '', this.tip(task.repo));
    const command: Command = {
      type: 'task.note-pull',
      task: task.id,
      seen: pick(all, b) as PullSeen,
    };
    this.#old.push({ command, actor: 'system:pulls', id: this.world.id('c') });
    return [this.#send(command, 'system:pulls')];
  }
}

const who = (b: number): string => ACTORS[b % ACTORS.length] as string;
const missions = (world: World): Mission[] =>
  [...world.states].flatMap(([stream, state]) =>
    stream.startsWith('mission/') ? [state as Mission] : [],
  );
const tasks = (world: World): Task[] =>
  [...world.states].flatMap(([stream, state]) =>
    stream.startsWith('task/') ? [state as Task] : [],
  );

const WEIGHTS = {
  go: 26,
  approve: 2,
  'merge-approve': 3,
  submit: 3,
  odd: 9,
  see: 4,
  resume: 3,
  retry: 1,
  cancel: 1,
  mission: 2,
  late: 2,
  clock: 2,
  wake: 1,
  policy: 1,
  base: 1,
  repo: 1,
  halt: 1,
};
type Kind = keyof typeof WEIGHTS;
/** The first entries stand alone: `play(0)` goes on, `play(3)` submits. */
const WEIGHTED: Kind[] = [
  ...(Object.keys(WEIGHTS) as Kind[]),
  ...(Object.keys(WEIGHTS) as Kind[]).flatMap((kind) => Array(WEIGHTS[kind] - 1).fill(kind)),
];
