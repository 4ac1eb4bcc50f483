/** Given what happened, when a command comes, then these events: a small language over {@link World}. */
import { expect } from 'vitest';
import type { Command } from '../../src/control/commands.ts';
import type { Outcome, PlanTask } from '../../src/control/contract.ts';
import type { Mission } from '../../src/control/mission.ts';
import type { Policy } from '../../src/control/policy.ts';
import type { Move } from '../../src/control/steps.ts';
import type { PullSeen, Task, TaskStatus } from '../../src/control/task.ts';
import { oid, pull, success } from './outcomes.ts';
import { type Answer, OPERATOR, policyOf, World } from './world.ts';

export const MISSION_ID = 'm-test1';
export const TIP = oid('tip');

export class Given {
  readonly world: World;
  tip = TIP;
  /** What the last command led to. */
  last: Answer = { refusal: null, events: [], enqueued: [], ended: [] };

  constructor(policy: Policy = policyOf()) {
    this.world = new World(policy);
  }

  get mission(): Mission {
    return this.world.mission(MISSION_ID);
  }
  taskAt = (index: number): Task => this.world.task(this.mission.tasks[index]?.id ?? '');
  get task(): Task {
    return this.taskAt(0);
  }

  when(command: Command, actor = OPERATOR): this {
    this.last = this.world.send(command, actor);
    return this;
  }
  submit(
    more: { text?: string; repos?: string[]; plan?: PlanTask[]; coder?: 'claude' } = {},
  ): this {
    const { text = 'Make total([1, 2, 3]) return 6.', repos = ['shop'], plan = null } = more;
    const { coder = null } = more;
    return this.when({ type: 'mission.submit', mission: MISSION_ID, text, repos, coder, plan });
  }
  approve(actor = OPERATOR, digest = this.mission.spec?.digest ?? ''): this {
    return this.when({ type: 'mission.approve', mission: MISSION_ID, digest }, actor);
  }
  approveMerge(actor = OPERATOR, digest = this.task.mergeRequest?.digest ?? ''): this {
    return this.when({ type: 'task.approve', task: this.task.id, digest }, actor);
  }
  resume(actor = OPERATOR): this {
    return this.when({ type: 'task.resume', task: this.task.id }, actor);
  }
  retry(actor = OPERATOR): this {
    return this.when({ type: 'task.retry', task: this.task.id }, actor);
  }
  cancel(actor = OPERATOR): this {
    return this.when({ type: 'task.cancel', task: this.task.id, reason: 'not needed' }, actor);
  }
  see(more: Partial<PullSeen> = {}): this {
    const { id, head, base } = this.task;
    const seen = pull(head ?? '', base ?? '', more);
    return this.when({ type: 'task.note-pull', task: id, seen }, 'system:pulls');
  }
  /** Moves the clock and wakes what is due, as the timers do. */
  later(ms: number): this {
    this.world.now += ms;
    for (const { stream, at } of this.world.timers()) {
      if (at > this.world.time) continue;
      const [aggregate, id = ''] = stream.split('/');
      this.when(
        aggregate === 'mission'
          ? { type: 'mission.wake', mission: id }
          : { type: 'task.wake', task: id },
        'system:timers',
      );
    }
    return this;
  }

  move(kind: string, which: string | null = null, of?: string): Move {
    const found = [...this.world.moves.values()].find(
      (one) =>
        one.kind === kind &&
        (which === null || one.which === which) &&
        (of === undefined || one.stream === `task/${of}`),
    );
    if (!found)
      throw new Error(`${kind} is not wanted; wanted: ${this.wanted().join(', ') || 'none'}`);
    return found;
  }
  wanted(): string[] {
    return [...this.world.moves.values()].map(({ kind, which }) =>
      which ? `${kind} ${which}` : kind,
    );
  }
  /** Settles a wanted move; well, unless told otherwise. */
  settle(
    kind: string,
    outcome?: Outcome | ((move: Move) => Outcome),
    which: string | null = null,
  ): this {
    return this.settleMove(this.move(kind, which), outcome);
  }
  settleMove(move: Move, outcome?: Outcome | ((move: Move) => Outcome)): this {
    const told =
      typeof outcome === 'function'
        ? outcome(move)
        : (outcome ?? success(move, this.world.policy.hash, this.tip));
    const { key, kind, which } = move;
    const [aggregate, id = ''] = move.stream.split('/');
    return this.when(
      aggregate === 'mission'
        ? { type: 'mission.settle', mission: id, key, kind, outcome: told }
        : { type: 'task.settle', task: id, key, kind, which, outcome: told },
      'system:runner',
    );
  }
  /** Settles wanted moves, well or as `odd` says, until the first task is in this state or nothing is wanted. */
  until(status: TaskStatus | null, odd: Record<string, (move: Move) => Outcome> = {}): this {
    for (let turn = 0; turn < 100; turn++) {
      if (status !== null && this.mission?.tasks.length && this.task.status === status) return this;
      const [move] = this.world.moves.values();
      if (!move) break;
      this.settleMove(move, odd[move.kind]);
    }
    if (status !== null && this.task?.status !== status)
      throw new Error(`the task is ${this.task?.status}, held: ${JSON.stringify(this.task?.hold)}`);
    return this;
  }
  /** A task in this state, with nothing out of the ordinary on the way. */
  at(status: TaskStatus, odd: Record<string, (move: Move) => Outcome> = {}): this {
    this.submit().settle('assess').approve();
    return this.until(status, odd);
  }

  brings(...types: string[]): this {
    expect(this.last.refusal).toBeNull();
    expect(this.last.events.map((event) => event.type)).toEqual(types);
    return this;
  }
  /** These events among others, in this order. */
  including(...types: string[]): this {
    expect(this.last.refusal).toBeNull();
    const seen = this.last.events.map((event) => event.type);
    expect(seen.filter((type) => types.includes(type))).toEqual(types);
    return this;
  }
  refused(code: string): this {
    expect(this.last.refusal).toMatchObject({
      code,
      sentence: expect.stringMatching(/\w.*[.\w`]$/s),
    });
    // Nothing changes but the record of the refusal.
    expect(this.last.events.map((event) => event.stream)).toEqual(['refusals/all']);
    return this;
  }
  held(code: string | null): this {
    expect(this.task.hold?.code ?? null).toBe(code);
    return this;
  }
  is(state: Partial<Task>): this {
    expect(this.task).toMatchObject(state);
    return this;
  }
}

export const given = (policy?: Policy): Given => new Given(policy);
