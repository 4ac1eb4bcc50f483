/**
 * The account that a coder's subscription belongs to, whatever repos its runs work in: the windows
 * that its CLI reported, and who may start a run now. After a limit one run goes first; the others
 * follow one by one, so that an opened window is not stormed.
 */
import type { Command, WantedRun } from './commands.ts';
import type { Context } from './context.ts';
import type { Refusal } from './contract.ts';
import type { Policies } from './policy.ts';
import {
  type Block,
  blockOf,
  mergeWindows,
  percent,
  type Refused,
  readWindows,
  type WindowSeen,
} from './windows.ts';

export interface Account {
  /** Family of the coder. */
  id: string;
  windows: WindowSeen[];
  /** Runs that were let in and are not over, and since when. */
  open: { [run: string]: string };
  /** When a limit was last met, or the account turned away; null once a later run was answered. */
  limitedAt: string | null;
  /** The provider turned the account away, and no run has been answered since. */
  refused: { code: Refused; since: string } | null;
  /** Until then nobody follows the run that was let in last. */
  nextAt: string | null;
  /** Tasks that were told to come later, and when. */
  turns: { [task: string]: string };
}

export type AccountEvent =
  | {
      type: 'account.run-admitted';
      /** `wish`: let in because the operator asked for it; `probe`: the first after a limit. */
      data: WantedRun & { id: string; probe: boolean; wish: boolean; nextAt: string };
    }
  | {
      type: 'account.run-turned-away';
      data: { id: string; run: string; task: string } & Block & { turn: boolean };
    }
  | {
      type: 'account.windows-noted';
      data: {
        id: string;
        run: string;
        windows: WindowSeen[];
        /** A limit keeps the next run from starting. */
        limited: boolean;
        answered: boolean;
        refused: Refused | null;
      };
    }
  /** News while a run is at work; it works on, and nobody starts beside it where the windows say so. */
  | { type: 'account.windows-heard'; data: { id: string; run: string; windows: WindowSeen[] } }
  | { type: 'account.turn-dropped'; data: { id: string; task: string } };

/** A turn that nobody took for so long is no longer waited for. */
const TURN_KEPT_MS = 86_400_000;

const fresh = (id: string): Account => ({
  id,
  windows: [],
  open: {},
  limitedAt: null,
  refused: null,
  nextAt: null,
  turns: {},
});

export function evolveAccount(state: Account | null, event: AccountEvent, at: string): Account {
  const before = state ?? fresh(event.data.id);
  switch (event.type) {
    case 'account.run-admitted': {
      const { run, task, nextAt } = event.data;
      const paced = before.limitedAt !== null || Object.keys(before.turns).length > 0;
      return {
        ...before,
        open: { ...before.open, [run]: at },
        nextAt: paced ? nextAt : null,
        turns: without(before.turns, task),
      };
    }
    case 'account.run-turned-away': {
      const { task, until, turn } = event.data;
      if (turn) return { ...before, turns: { ...before.turns, [task]: until } };
      return { ...before, limitedAt: before.limitedAt ?? at, turns: without(before.turns, task) };
    }
    case 'account.windows-noted': {
      const { run, windows, limited, answered, refused } = event.data;
      const open = without(before.open, run);
      const known = refused ? { code: refused, since: at } : before.refused;
      if (limited)
        return { ...before, windows, open, refused: known, limitedAt: at, nextAt: null, turns: {} };
      // A run that was at work before proves nothing about what came after.
      const proven = answered && (before.open[run] ?? '') > (before.limitedAt ?? '');
      return proven
        ? { ...before, windows, open, refused: null, limitedAt: null }
        : { ...before, windows, open };
    }
    case 'account.windows-heard':
      return { ...before, windows: event.data.windows };
    case 'account.turn-dropped':
      return { ...before, turns: without(before.turns, event.data.task) };
    default:
      return before;
  }
}

function without<T>(map: { [key: string]: T }, key: string): { [key: string]: T } {
  const { [key]: _, ...rest } = map;
  return rest;
}

type AccountCommand = Extract<Command, { type: `account.${string}` }>;

export function decideAccount(
  state: Account | null,
  command: AccountCommand,
  ctx: Context,
): AccountEvent[] | Refusal {
  const account = state ?? fresh(command.account);
  switch (command.type) {
    case 'account.admit':
      return [admit(account, command, ctx)];
    case 'account.note':
      return note(account, command, ctx);
    case 'account.hear':
      return hear(account, command, ctx);
    case 'account.leave':
      return Object.hasOwn(account.turns, command.task)
        ? [{ type: 'account.turn-dropped', data: { id: account.id, task: command.task } }]
        : [];
  }
}

function admit(
  account: Account,
  command: Extract<AccountCommand, { type: 'account.admit' }>,
  ctx: Context,
): AccountEvent {
  const { run, task, wish } = command;
  const { id } = account;
  const { limits } = ctx.policy.policies;
  const pause = limits.stagger_seconds * 1000;
  if (!wish) {
    const block = closed(account, ctx.policy.policies, ctx.now);
    if (block)
      return { type: 'account.run-turned-away', data: { id, run, task, ...block, turn: false } };
    const until = turnOf(account, task, ctx.now, pause);
    if (until) {
      const reason = `the window has opened again, and tasks start one after another: this one at ${until}`;
      const code = 'claude-window';
      return {
        type: 'account.run-turned-away',
        data: { id, run, task, code, reason, until, turn: true },
      };
    }
  }
  const nextAt = new Date(Date.parse(ctx.now) + pause).toISOString();
  const probe = account.limitedAt !== null;
  return {
    type: 'account.run-admitted',
    data: { id, ...wanted(command), probe, wish, nextAt },
  };
}

/** Why nobody may start; of two reasons the one that lasts longer. */
export function closed(account: Account, policies: Policies, now: string): Block | null {
  const limits = windowLimits(policies.limits);
  const block = blockOf(account.windows, limits, now);
  if (account.refused === null) return block;
  const { code, since } = account.refused;
  const until = new Date(Date.parse(since) + limits.lookAgainMs).toISOString();
  if (until <= now || (block && block.until >= until)) return block;
  const what = code === 'claude-auth' ? 'the login' : 'the account, for want of credit,';
  const reason = `${what} was refused at ${since}, to another task; one is tried again at ${until}`;
  return { code, reason, until };
}

/** The run itself, out of whatever carries it. */
export const wanted = (of: WantedRun): WantedRun => {
  const { run, task, repo, coder, lane, approved, amounts } = of;
  return { run, task, repo, coder, lane, approved, amounts };
};

const windowLimits = (limits: Policies['limits']) => ({
  operatorShare: limits.operator_share,
  lookAgainMs: limits.look_again_minutes * 60_000,
});

/** When this task may start its run; null: now. */
function turnOf(account: Account, task: string, now: string, pause: number): string | null {
  const at = Date.parse(now);
  const own = account.turns[task];
  const others = Object.entries(account.turns)
    .filter(([other, turn]) => other !== task && Date.parse(turn) > at - TURN_KEPT_MS)
    .map(([, turn]) => Date.parse(turn));
  const paced = account.limitedAt !== null || own !== undefined || others.length > 0;
  if (!paced) return null;
  const next = account.nextAt === null ? at : Date.parse(account.nextAt);
  // Timers ring a little late, which moves everyone behind; that must not cost the next one its turn.
  const onTime = own !== undefined && Date.parse(own) <= at;
  const free = at >= next - (onTime ? pause / 2 : 0);
  if (free && (onTime || others.length === 0)) return null;
  if (own !== undefined && !onTime) return own;
  // After a night of sleep all turns are past: then they are given out anew, each behind the last.
  const ahead = others.filter((turn) => turn > at).map((turn) => turn + pause);
  const until = Math.max(next, at + 1, ...ahead);
  return new Date(until).toISOString();
}

/** Of a run that is at work only, and nothing that is known already to the percent. */
function hear(
  account: Account,
  { run, windows: reports }: Extract<AccountCommand, { type: 'account.hear' }>,
  ctx: Context,
): AccountEvent[] {
  const began = account.open[run];
  if (began === undefined) return [];
  const told = readWindows(reports, ctx.now, run);
  const windows = mergeWindows(account.windows, told, { began, answered: false });
  const word = ({ kind, status, utilization, resetsAt }: WindowSeen): string =>
    [kind, status, utilization === null ? '' : percent(utilization), resetsAt].join(' ');
  const before = account.windows.map(word);
  if (windows.every((window) => before.includes(word(window)))) return [];
  return [{ type: 'account.windows-heard', data: { id: account.id, run, windows } }];
}

function note(
  account: Account,
  command: Extract<AccountCommand, { type: 'account.note' }>,
  ctx: Context,
): AccountEvent[] {
  const { run, answered, refused } = command;
  const began = account.open[run] ?? null;
  const told = readWindows(command.windows, ctx.now, run);
  if (began === null && told.length === 0 && refused === null) return [];
  const windows = mergeWindows(account.windows, told, { began, answered });
  const limits = windowLimits(ctx.policy.policies.limits);
  const limited = refused !== null || blockOf(windows, limits, ctx.now) !== null;
  return [
    {
      type: 'account.windows-noted',
      data: { id: account.id, run, windows, limited, answered, refused },
    },
  ];
}
