/** The real dispatcher, runner and timers over a store in memory, a clock of the test's own and fake executors. */
import type { Command } from '../../src/control/commands.ts';
import type { Outcome } from '../../src/control/contract.ts';
import type { MoveExecutor, MoveOrder } from '../../src/control/executor.ts';
import type { Mission } from '../../src/control/mission.ts';
import type { Policy } from '../../src/control/policy.ts';
import type { Move } from '../../src/control/steps.ts';
import type { Task } from '../../src/control/task.ts';
import { createDispatcher, type Dispatcher } from '../../src/engine/dispatch.ts';
import { createRunner, type Runner } from '../../src/engine/runner.ts';
import type { EventStore } from '../../src/store/event-store.ts';
import { type FakeClock, fakeClock, settled } from './clock.ts';
import { MemoryEventStore } from './memory-store.ts';
import { oid, success } from './outcomes.ts';
import { OPERATOR, policyOf, sha256 } from './world.ts';

export const KINDS = [
  'assess',
  'write-spec',
  'prepare',
  'run-coder',
  'verify',
  'judge',
  'push',
  'open-pull',
  'merge',
  'close-pull',
  'cleanup',
];

/** The mission of most tests. */
export const SUBMIT = {
  type: 'mission.submit' as const,
  mission: 'm-test1',
  text: 'x',
  repos: ['shop'],
  coder: null,
  plan: null,
} satisfies Command;

type Does = (
  move: MoveOrder,
  signal: AbortSignal,
) => Promise<Outcome | 'absent'> | Outcome | 'absent';

export interface Engine {
  store: EventStore;
  clock: FakeClock;
  dispatcher: Dispatcher;
  runner: Runner;
  policy: Policy;
  halted: boolean;
  maxParallel: number;
  /** What the executors were asked to do, e.g. `perform m-test1/assess/1/1`. */
  calls: string[];
  logs: string[];
  /** What executors do instead of succeeding at once, by `perform push`, `adopt push`, `lost run-coder`. */
  on: Map<string, Does>;
  send(command: Command, actor?: string, id?: string): ReturnType<Dispatcher['dispatch']>;
  mission(): Promise<Mission>;
  task(): Promise<Task>;
  types(): Promise<string[]>;
  /** Submits, and approves once it is assessed. */
  approved(): Promise<void>;
  open(): Promise<string[]>;
}

export function engine(
  options: { policy?: Policy; store?: EventStore; clock?: FakeClock } = {},
): Engine {
  const clock = options.clock ?? fakeClock();
  const store = options.store ?? new MemoryEventStore();
  let ids = 0;
  const newId = (prefix: string) => `${prefix}-${String(++ids).padStart(6, '0')}`;
  const calls: string[] = [];
  const logs: string[] = [];
  const on = new Map<string, Does>();
  const executors = KINDS.map((kind): MoveExecutor => {
    const does = async (what: string, move: MoveOrder, signal: AbortSignal, otherwise: Does) => {
      calls.push(`${what} ${move.key}`);
      return await (on.get(`${what} ${kind}`) ?? otherwise)(move, signal);
    };
    const good = (move: MoveOrder) =>
      success(move as unknown as Move, self.policy.hash, oid('tip'));
    const executor: MoveExecutor = {
      kind,
      perform: async (move, signal) => (await does('perform', move, signal, good)) as Outcome,
      adopt: (move, signal) => does('adopt', move, signal, () => 'absent'),
    };
    const lost = {
      ok: false,
      code: 'lost',
      reason: 'gone',
      remedy: '',
      retryable: true,
      retryAt: null,
    } as const;
    if (kind === 'run-coder')
      executor.lost = async (move) =>
        (await does('lost', move, new AbortController().signal, () => lost)) as Outcome;
    return executor;
  });
  const self = {
    store,
    clock,
    policy: options.policy ?? policyOf({ merge: { auto_merge: true } }),
    halted: false,
    maxParallel: 4,
    calls,
    logs,
    on,
    send: (command: Command, actor = OPERATOR, id = newId('c')) =>
      self.dispatcher.dispatch({ id, actor, command }),
    mission: async () => (await store.state('mission/m-test1'))?.state as Mission,
    task: async () =>
      (await store.state(`task/${(await self.mission()).tasks[0]?.id}`))?.state as Task,
    types: async () => (await store.read({})).map((event) => event.type),
    async approved() {
      for (const [repo, entry] of Object.entries(self.policy.repos))
        await self.send({ type: 'repo.register', repo, entry });
      await self.send(SUBMIT);
      await settled();
      const digest = (await self.mission()).spec?.digest ?? '';
      await self.send({ type: 'mission.approve', mission: 'm-test1', digest });
      await settled();
    },
    open: async () => (await store.openMoves()).map(({ key, status }) => `${status} ${key}`),
  } as Engine;
  self.dispatcher = createDispatcher({
    store,
    now: clock.now,
    newId,
    sha256,
    policy: () => self.policy,
  });
  self.runner = createRunner({
    store,
    dispatcher: { dispatch: (request) => self.dispatcher.dispatch(request) },
    executors,
    clock,
    boot: 'b-1',
    maxParallel: () => self.maxParallel,
    barred: () => self.halted,
    log: (level, message, data) => logs.push(`${level} ${message} ${JSON.stringify(data ?? {})}`),
  });
  return self;
}

/** A promise that the test settles. */
export function gate<T = void>(): { opened: Promise<T>; open(value: T): void } {
  let open: (value: T) => void = () => {};
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Work that never ends until it is aborted. */
export const hangs = (_: MoveOrder, signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) reject(new Error('aborted'));
    signal.addEventListener('abort', () => reject(new Error('aborted')));
  });
