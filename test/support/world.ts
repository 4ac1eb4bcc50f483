/**
 * The control plane alone: the transaction loop of `engine/dispatch.ts` over plain maps, fast enough
 * for ten thousand random histories. `test/control/world.test.ts` holds it equal to the real one.
 */
import { hash } from 'node:crypto';
import { type Command, targetOf } from '../../src/control/commands.ts';
import type { Context } from '../../src/control/context.ts';
import { isRefusal, type Refusal, streamOf } from '../../src/control/contract.ts';
import {
  decide,
  evolve,
  moveOf,
  reactionsTo,
  type State,
  stepsOf,
  timerOf,
} from '../../src/control/core.ts';
import type { Mission } from '../../src/control/mission.ts';
import { type Policy, policiesFile } from '../../src/control/policy.ts';
import { repoEntry } from '../../src/control/policy-repo.ts';
import type { Move } from '../../src/control/steps.ts';
import type { Task } from '../../src/control/task.ts';

export const OPERATOR = 'operator:tester';
export const START = Date.parse('2026-03-02T10:00:00.000Z');
export const sha256 = (text: string): string => hash('sha256', text, 'hex');

/** A policy from what the files would say. Two families and a scripted coder unless told otherwise. */
export function policyOf(
  policies: Record<string, unknown> = {},
  repos: Record<string, unknown>[] = [{ id: 'shop' }],
): Policy {
  const parsed = policiesFile.parse({
    coders: { default: 'scripted', scripted: { script: 'script.json' } },
    judges: { families: ['openai', 'gemini'].map(family) },
    ...policies,
  });
  const entries = repos.map((repo) => repoEntry.parse({ source: '/src', ...repo }));
  return {
    hash: sha256(JSON.stringify([parsed, entries])),
    policies: parsed,
    repos: Object.fromEntries(entries.map((entry) => [entry.id, entry])),
  };
}

export const family = (name: string) => ({ family: name, protocol: 'openai', model: 'double' });

export interface Recorded {
  stream: string;
  type: string;
  data: unknown;
  time: string;
  actor: string;
  /** State of the stream before and after it. */
  before: State;
  after: State;
}

export interface Answer {
  refusal: Refusal | null;
  events: Recorded[];
  /** Keys of the moves that became wanted, and that no longer are. */
  enqueued: string[];
  ended: string[];
}

export class World {
  readonly states = new Map<string, State>();
  readonly events: Recorded[] = [];
  /** Moves that are wanted now. */
  readonly moves = new Map<string, Move>();
  /** Every key that was ever wanted. */
  readonly keys = new Set<string>();
  readonly #receipts = new Map<string, Answer>();
  policy: Policy;
  now: number;
  #ids = 0;
  /** Ids handed out; whoever reads them may clear them. */
  readonly made: string[] = [];

  constructor(policy: Policy, now = START) {
    this.policy = policy;
    this.now = now;
    for (const [repo, entry] of Object.entries(policy.repos))
      this.send({ type: 'repo.register', repo, entry });
  }

  get time(): string {
    return new Date(this.now).toISOString();
  }
  readonly id = (prefix: string): string => {
    this.#ids += 1;
    const id = `${prefix}-${String(this.#ids).padStart(6, '0')}`;
    this.made.push(id);
    return id;
  };
  mission = (id: string): Mission => this.states.get(`mission/${id}`) as Mission;
  task = (id: string): Task => this.states.get(`task/${id}`) as Task;
  timers(): { stream: string; at: string }[] {
    return [...this.states].flatMap(([stream, state]) => {
      const at = timerOf(stream, state);
      return at === null ? [] : [{ stream, at }];
    });
  }

  send(command: Command, actor = OPERATOR, id = this.id('c')): Answer {
    const known = this.#receipts.get(id);
    if (known) return { ...known, events: [], enqueued: [], ended: [] };
    const work = new Work(this, actor);
    const refusal = work.run(command, actor);
    const answer: Answer = { refusal, events: work.recorded, ...work.finish() };
    this.#receipts.set(id, answer);
    return answer;
  }
}

class Work {
  readonly recorded: Recorded[] = [];
  readonly #first = new Map<string, State>();
  readonly #queue: Command[] = [];
  readonly #world: World;
  readonly #actor: string;

  constructor(world: World, actor: string) {
    this.#world = world;
    this.#actor = actor;
  }

  run(root: Command, actor: string): Refusal | null {
    const refusal = this.#decide(root, this.#context(actor));
    if (refusal) {
      this.#refused(root, refusal);
      return refusal;
    }
    const inner = this.#context('system:reactions');
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      const denied = this.#decide(next, inner);
      if (denied) this.#refused(next, denied);
    }
    return null;
  }

  #context(actor: string): Context {
    const { time: now, policy, id } = this.#world;
    return { now, actor, policy, id, sha256 };
  }

  #decide(command: Command, ctx: Context): Refusal | null {
    const stream = targetOf(command);
    const decision = decide(stream, this.#world.states.get(stream) ?? null, command, ctx);
    if (isRefusal(decision)) return decision;
    this.#append(stream, decision);
    return null;
  }

  #refused(command: Command, { code, sentence }: Refusal): void {
    const data = { command: command.type, target: targetOf(command), code, sentence };
    this.#append(streamOf.refusals, [{ type: 'command.refused', data }]);
  }

  #append(stream: string, drafts: { type: string; data: unknown }[]): void {
    const { states, events, time, policy } = this.#world;
    for (const draft of drafts) {
      const before = states.get(stream) ?? null;
      if (!this.#first.has(stream)) this.#first.set(stream, before);
      const after = evolve(stream, before, draft, time);
      states.set(stream, after);
      const event = { stream, ...draft, time, actor: this.#actor, before, after };
      events.push(event);
      this.recorded.push(event);
      this.#queue.push(...reactionsTo(stream, draft, before, after, policy));
    }
  }

  finish(): { enqueued: string[]; ended: string[] } {
    const { states, moves, keys, policy } = this.#world;
    const enqueued: string[] = [];
    const ended: string[] = [];
    for (const [stream, before] of this.#first) {
      const state = states.get(stream) ?? null;
      const wants = stepsOf(stream, state);
      for (const { key } of stepsOf(stream, before)) {
        if (wants.some((step) => step.key === key)) continue;
        ended.push(key);
        moves.delete(key);
      }
      for (const step of wants) {
        if (moves.has(step.key)) continue;
        // As the store does: a key names one move for ever.
        if (keys.has(step.key)) throw new Error(`the move ${step.key} was wanted before`);
        keys.add(step.key);
        enqueued.push(step.key);
        moves.set(step.key, moveOf(stream, state, step, policy));
      }
    }
    return { enqueued, ended };
  }
}
