/** The installation itself: its policy, the daemon's lives, the kill switch, and repairs by the janitor. */
import type { Command } from './commands.ts';
import { type Context, onlyOperator } from './context.ts';
import { type Refusal, refuse } from './contract.ts';

export type SystemEvent =
  /** The operator's files cannot be read as a policy; none: they can again. */
  | { type: 'system.policy-noted'; data: { problems: string[] } }
  | { type: 'system.policy-adopted'; data: { hash: string; text: string; by: string } }
  | {
      type: 'system.started';
      data: { boot: string; version: string; pid: number; crashed: string | null };
    }
  | { type: 'system.stopped'; data: { boot: string; reason: string } }
  | { type: 'system.halted'; data: { reason: string; by: string } }
  | { type: 'system.unhalted'; data: { by: string } }
  | { type: 'system.repaired'; data: { what: string; detail: string } };

export interface System {
  policyHash: string | null;
  /** Boot id of the daemon's life that is open in the log. */
  boot: string | null;
  version: string | null;
  pid: number | null;
  startedAt: string | null;
  halted: { reason: string; by: string; since: string } | null;
  repairs: number;
  /** What is wrong with the policy files; while anything is, nothing new starts. */
  policyProblems: string[];
}

const NEW: System = {
  policyHash: null,
  boot: null,
  version: null,
  pid: null,
  startedAt: null,
  halted: null,
  repairs: 0,
  policyProblems: [],
};

export function evolveSystem(state: System | null, event: SystemEvent, at: string): System | null {
  const before = state ?? NEW;
  switch (event.type) {
    case 'system.policy-adopted':
      return { ...before, policyHash: event.data.hash };
    case 'system.started':
      return {
        ...before,
        boot: event.data.boot,
        version: event.data.version,
        pid: event.data.pid,
        startedAt: at,
      };
    case 'system.stopped':
      return { ...before, boot: null, pid: null };
    case 'system.halted':
      return { ...before, halted: { ...event.data, since: at } };
    case 'system.unhalted':
      return { ...before, halted: null };
    case 'system.policy-noted':
      return { ...before, policyProblems: event.data.problems };
    case 'system.repaired':
      return { ...before, repairs: before.repairs + 1 };
    default:
      return state;
  }
}

type SystemCommand = Extract<Command, { type: `system.${string}` }>;

export function decideSystem(
  state: System | null,
  command: SystemCommand,
  ctx: Context,
): SystemEvent[] | Refusal {
  switch (command.type) {
    case 'system.adopt-policy':
      return state?.policyHash === command.hash
        ? []
        : [
            {
              type: 'system.policy-adopted',
              data: { hash: command.hash, text: command.text, by: command.by },
            },
          ];
    case 'system.note-policy':
      return [{ type: 'system.policy-noted', data: { problems: command.problems.slice(0, 20) } }];
    case 'system.start':
      return [
        {
          type: 'system.started',
          data: {
            boot: command.boot,
            version: command.version,
            pid: command.pid,
            crashed: state?.boot ?? null,
          },
        },
      ];
    case 'system.stop':
      return state?.boot === command.boot
        ? [{ type: 'system.stopped', data: { boot: command.boot, reason: command.reason } }]
        : [];
    case 'system.halt':
      if (state?.halted)
        return refuse('halted', `aedev is halted already, since ${state.halted.since}.`);
      return (
        onlyOperator(ctx, 'halt') ?? [
          { type: 'system.halted', data: { reason: command.reason, by: ctx.actor } },
        ]
      );
    case 'system.unhalt':
      if (!state?.halted) return refuse('not-halted', 'aedev is not halted.');
      return (
        onlyOperator(ctx, 'end a halt') ?? [{ type: 'system.unhalted', data: { by: ctx.actor } }]
      );
    case 'system.repair':
      return [{ type: 'system.repaired', data: { what: command.what, detail: command.detail } }];
  }
}
