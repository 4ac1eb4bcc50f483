/**
 * One life of the daemon: what starts in which order, what is looked at again and again, and how
 * it ends. Everything it knows is in the log; a life that is cut off loses nothing of that.
 */
import type { Command } from '../control/commands.ts';
import type { Barred } from '../control/contract.ts';
import type { Policy } from '../control/policy.ts';
import type { Repo } from '../control/repo.ts';
import type { System } from '../control/system.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Clock } from './clock.ts';
import { type Dispatcher, projection } from './dispatch.ts';
import type { Repair } from './janitor.ts';
import type { PullWatch } from './pulls.ts';
import type { Runner } from './runner.ts';
import type { Timers } from './timers.ts';

/** The operator's policy as it stands in the files; a broken file keeps the last good one in force. */
export interface LivePolicy {
  current(): Policy;
  /** The effective policy as canonical text, for the log. */
  text(): string;
  /** Reads the files again when they changed; says what is wrong with them when they are broken. */
  refresh(): { changed: boolean; problems: string[] };
}

/** The kill switch's file: works while no daemon answers, and survives restarts. */
export interface HaltFile {
  read(): { reason: string } | null;
  write(reason: string): void;
  remove(): void;
}

export interface LifeDeps {
  store: EventStore;
  dispatcher: Dispatcher;
  runner: Runner;
  timers: Timers;
  pulls: PullWatch;
  sweep(): Promise<Repair[]>;
  /** Takes away a little of what is no longer needed. */
  tidy(): Promise<void>;
  /** Ends holds whose condition has come about. */
  conditions(): Promise<number>;
  policy: LivePolicy;
  haltFile: HaltFile;
  /** Is the file that the log is written to still the one at its path? */
  logPresent(): boolean;
  /** Ends the daemon: going on would be acknowledging what nobody will find again. */
  fatal(reason: string): void;
  clock: Clock;
  newId(prefix: string): string;
  boot: string;
  version: string;
  pid: number;
  log(level: 'info' | 'warn' | 'error', message: string, data?: Record<string, unknown>): void;
}

export interface Life {
  start(): Promise<void>;
  stop(reason: string): Promise<void>;
  /** The kill switch: true from the moment it is thrown, before the log knows it. */
  halted(): boolean;
  /**
   * Whether anything may start, go out or be taken away, by the files as they are at this moment.
   * Nobody knows what a broken policy file was meant to forbid: until it is mended nothing may.
   */
  barred(): Barred;
  /** What is wrong with the policy files now. */
  policyProblems(): string[];
  /** Reads policy and registry again now, e.g. after the CLI changed them. */
  refresh(): Promise<string[]>;
}

const HALT_LOOK_MS = 500;
const POLICY_LOOK_MS = 2000;
const PULLS_LOOK_MS = 10_000;
const SWEEP_MS = 30_000;
const CONDITIONS_LOOK_MS = 10_000;
const TIDY_MS = 5 * 60_000;

export function createLife(deps: LifeDeps): Life {
  const { store, dispatcher, policy, clock } = deps;
  let haltedInLog = false;
  let problems: string[] = [];
  /** Hash of the policy that the log knows. */
  let adopted: string | null = null;
  let open = false;
  const cancels = new Set<() => void>();
  const working = new Set<Promise<void>>();

  const halted = (): boolean => haltedInLog || deps.haltFile.read() !== null;
  /** Somebody was told no, and may wait to be told that it is over. */
  let saidNo = false;
  function broken(): boolean {
    try {
      return policy.refresh().problems.length > 0;
    } catch {
      // Not even to be looked at, e.g. by its folder's permissions; the next look logs why.
      return true;
    }
  }
  function barred(): Barred {
    const why = halted() ? 'halted' : broken() ? 'policy-broken' : null;
    if (why) saidNo = true;
    return why;
  }
  async function goOn(): Promise<void> {
    if (!saidNo || barred()) return;
    saidNo = false;
    await deps.runner.poke();
  }

  const send = (actor: string, command: Command) =>
    dispatcher.dispatch({ id: deps.newId('c'), actor, command });

  /** Policy and registry are the operator's files: a change of them is an event by the operator. */
  async function adoptPolicy(): Promise<void> {
    const { hash, policies, repos } = policy.current();
    // Told apart from "the files changed": the write gate reads them too, and an adoption may fail.
    adopted = null;
    const by = `operator:${policies.system.operator}`;
    await send(by, { type: 'system.adopt-policy', hash, text: policy.text(), by });
    for (const [repo, entry] of Object.entries(repos))
      await send(by, { type: 'repo.register', repo, entry });
    for (const { row } of await store.views('repo')) {
      const { id, registered } = row as Repo;
      if (registered && !repos[id]) await send(by, { type: 'repo.remove', repo: id });
    }
    adopted = hash;
  }

  async function refresh(): Promise<string[]> {
    const result = policy.refresh();
    if (result.problems.join('\n') !== problems.join('\n')) {
      problems = result.problems;
      await send('system:policy', { type: 'system.note-policy', problems });
      for (const problem of problems)
        deps.log('warn', 'the policy files are broken; the last good policy stays in force', {
          problem,
        });
    }
    if (policy.current().hash !== adopted) await adoptPolicy();
    await goOn();
    return problems;
  }

  async function lookAtHaltFile(): Promise<void> {
    const file = deps.haltFile.read();
    if (!file || haltedInLog) return await goOn();
    // The file takes effect at once; the log is told by whom and why.
    await deps.runner.interrupt();
    await send(`operator:${policy.current().policies.system.operator}`, {
      type: 'system.halt',
      reason: file.reason,
    });
  }

  /** Repeats a look; a look that fails is logged and tried again. `now`: the first at once. */
  function every(ms: number, what: string, look: () => Promise<unknown>, now = false): void {
    let cancel = (): void => {};
    const work = (): void => {
      cancels.delete(stop);
      const run = look()
        .catch((error) => deps.log('error', `${what} failed`, { error: String(error) }))
        .then(() => {
          working.delete(run);
          if (open) plan();
        });
      working.add(run);
    };
    const plan = (): void => {
      cancel = clock.at(clock.now() + ms, work);
      cancels.add(stop);
    };
    const stop = (): void => cancel();
    if (now) work();
    else plan();
  }

  return {
    halted,
    barred,
    policyProblems: () => problems,
    refresh,
    async start() {
      open = true;
      const system = (await store.state('system/main'))?.state as System | undefined;
      haltedInLog = Boolean(system?.halted);
      // Another version may derive other rows from the same events; the events are the truth.
      if (system && system.version !== deps.version) {
        const { rows } = await store.rebuild(projection);
        deps.log('info', 'derived rows made anew for this version', { rows, from: system.version });
      }
      store.onCommit((commit) => {
        for (const event of commit.events) {
          if (event.type === 'system.halted') {
            haltedInLog = true;
            deps.haltFile.write((event.data as { reason: string }).reason);
            void deps.runner.interrupt();
          } else if (event.type === 'system.unhalted') {
            haltedInLog = false;
            deps.haltFile.remove();
            void goOn();
          }
        }
      });
      await send('system:daemon', {
        type: 'system.start',
        boot: deps.boot,
        version: deps.version,
        pid: deps.pid,
      });
      await adoptPolicy();
      await lookAtHaltFile();
      await deps.runner.start();
      await deps.timers.start();
      const repairs = await deps.sweep();
      if (repairs.length > 0)
        deps.log('warn', 'the janitor mended what an earlier life left', { repairs });
      every(HALT_LOOK_MS, 'looking for the halt file', lookAtHaltFile);
      every(POLICY_LOOK_MS, 'reading the policy', refresh);
      every(POLICY_LOOK_MS, 'looking for the log', async () => {
        if (!deps.logPresent()) deps.fatal('its event log was removed from the disk');
      });
      every(PULLS_LOOK_MS, 'looking at pull requests', () => deps.pulls.look());
      every(CONDITIONS_LOOK_MS, 'looking at what holds wait for', deps.conditions, true);
      every(SWEEP_MS, 'the janitor', deps.sweep);
      // Whoever threw the switch wants to find everything as it is; and the policy says what is kept.
      every(TIDY_MS, 'pruning', async () => (barred() ? undefined : deps.tidy()));
    },
    async stop(reason) {
      open = false;
      for (const cancel of cancels) cancel();
      cancels.clear();
      deps.timers.stop();
      await Promise.all(working);
      await deps.runner.stop();
      await send('system:daemon', { type: 'system.stop', boot: deps.boot, reason });
    },
  };
}
