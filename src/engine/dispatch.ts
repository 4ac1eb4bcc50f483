/**
 * The only way state changes: load → decide → append, project, enqueue, in one transaction,
 * idempotent by command id. A refusal changes nothing but is recorded with its reason.
 */
import { type Command, targetOf } from '../control/commands.ts';
import type { Context } from '../control/context.ts';
import { isRefusal, type Refusal, refuse, streamOf } from '../control/contract.ts';
import {
  decide,
  evolve,
  moveOf,
  reactionsTo,
  type State,
  stepsOf,
  timerOf,
} from '../control/core.ts';
import type { Policy } from '../control/policy.ts';
import { viewsOf } from '../control/views.ts';
import { canonicalJson } from '../lib/canonical.ts';
import type {
  EventMeta,
  EventStore,
  MoveDraft,
  Projection,
  Receipt,
  StoredEvent,
  StoreTx,
} from '../store/event-store.ts';

export interface Request {
  /**
   * The same id twice changes nothing the second time and gets the same receipt; with another
   * command it is refused as `id-reused`.
   */
  id: string;
  actor: string;
  command: Command;
}

export interface Dispatcher {
  dispatch(request: Request): Promise<Receipt>;
}

export interface DispatchDeps {
  store: EventStore;
  /** Milliseconds since the epoch. */
  now(): number;
  newId(prefix: string): string;
  sha256(text: string): string;
  policy(): Policy;
}

/** How the control plane's states, rows and timers follow from events; also used to rebuild and verify. */
export const projection: Projection = {
  evolve: (stream, state, event) => evolve(stream, state as State, event, event.time),
  views: (stream, state) => viewsOf(stream, state),
  timer: (stream, state) => timerOf(stream, state),
};

interface Loaded {
  version: number;
  before: State;
  state: State;
}

export function createDispatcher(deps: DispatchDeps): Dispatcher {
  return {
    dispatch: (request) => deps.store.transact((tx) => inTransaction(tx, request, deps)),
  };
}

async function inTransaction(tx: StoreTx, request: Request, deps: DispatchDeps): Promise<Receipt> {
  const digest = digestOf(request, deps);
  const known = await tx.receipt(request.id);
  if (known && (known.digest ?? digest) === digest) return known;
  const policy = deps.policy();
  const now = new Date(deps.now()).toISOString();
  const ctx: Context = { now, actor: request.actor, policy, id: deps.newId, sha256: deps.sha256 };
  const work = new Work(tx, { time: now, actor: request.actor, causation: request.id }, policy);

  if (known) {
    const reused = refuse(
      'id-reused',
      `Command id ${request.id} was used for another command; use a new id.`,
    );
    const seqs = await work.recordRefusal(request.command, reused);
    await work.finish(request.command);
    const { code, sentence } = reused;
    return { ...known, outcome: 'refused', code, sentence, seqs, data: null };
  }
  const refusal = await work.decide(request.command, ctx);
  if (refusal) {
    const seqs = await work.recordRefusal(request.command, refusal);
    const receipt: Receipt = {
      command: request.id,
      digest,
      outcome: 'refused',
      code: refusal.code,
      sentence: refusal.sentence,
      seqs,
      data: null,
    };
    await work.finish(request.command);
    await tx.putReceipt(receipt);
    return receipt;
  }
  // What one aggregate tells another is the system's doing, whoever began it.
  const inner: Context = { ...ctx, actor: 'system:reactions' };
  for (let command = work.next(); command; command = work.next()) {
    const denied = await work.decide(command, inner);
    if (denied) await work.recordRefusal(command, denied);
  }
  await work.finish(request.command);
  const receipt: Receipt = {
    command: request.id,
    digest,
    outcome: 'accepted',
    code: null,
    sentence: null,
    seqs: work.seqs,
    data: null,
  };
  await tx.putReceipt(receipt);
  return receipt;
}

/** What a caller's id stands for; null for the system's own, whose ids name one settlement each. */
const digestOf = ({ actor, command }: Request, deps: DispatchDeps): string | null =>
  actor.startsWith('system:') ? null : deps.sha256(canonicalJson(command));

/** One command's transaction: the streams it touched and the commands that still follow. */
class Work {
  readonly seqs: number[] = [];
  readonly #loaded = new Map<string, Loaded>();
  readonly #queue: Command[] = [];
  readonly #tx: StoreTx;
  readonly #meta: EventMeta;
  readonly #policy: Policy;

  constructor(tx: StoreTx, meta: EventMeta, policy: Policy) {
    this.#tx = tx;
    this.#meta = meta;
    this.#policy = policy;
  }

  next(): Command | undefined {
    return this.#queue.shift();
  }

  async decide(command: Command, ctx: Context): Promise<Refusal | null> {
    const stream = targetOf(command);
    const loaded = await this.#load(stream);
    const decision = decide(stream, loaded.state, command, ctx);
    if (isRefusal(decision)) return decision;
    await this.#append(stream, loaded, decision);
    return null;
  }

  async recordRefusal(command: Command, refusal: Refusal): Promise<number[]> {
    const loaded = await this.#load(streamOf.refusals);
    const data = {
      command: command.type,
      target: targetOf(command),
      code: refusal.code,
      sentence: refusal.sentence,
    };
    const stored = await this.#append(streamOf.refusals, loaded, [
      { type: 'command.refused', data },
    ]);
    return stored.map((event) => event.seq);
  }

  async #load(stream: string): Promise<Loaded> {
    const known = this.#loaded.get(stream);
    if (known) return known;
    const row = await this.#tx.state(stream);
    const state = (row?.state ?? null) as State;
    const loaded = { version: row?.version ?? 0, before: state, state };
    this.#loaded.set(stream, loaded);
    return loaded;
  }

  async #append(
    stream: string,
    loaded: Loaded,
    drafts: { type: string; data: unknown }[],
  ): Promise<StoredEvent[]> {
    if (drafts.length === 0) return [];
    const events = drafts.map(({ type, data }) => ({ stream, type, schema: 1, data }));
    const stored = await this.#tx.append(loaded.version, events, this.#meta);
    for (const event of stored) {
      const before = loaded.state;
      loaded.state = evolve(stream, before, event, event.time);
      loaded.version = event.version;
      this.#queue.push(...reactionsTo(stream, event, before, loaded.state, this.#policy));
      this.seqs.push(event.seq);
    }
    return stored;
  }

  /** Writes what is derived: states, rows, timers, and the queue made equal to the moves wanted. */
  async finish(root: Command): Promise<void> {
    const settled = 'key' in root ? root.key : null;
    for (const [stream, { version, before, state }] of this.#loaded) {
      if (version === 0) continue;
      await this.#tx.putState({ stream, version, state });
      for (const row of viewsOf(stream, state)) await this.#tx.putView(row);
      await this.#tx.putTimer(stream, timerOf(stream, state));
      const was = stepsOf(stream, before);
      const wants = stepsOf(stream, state);
      for (const { key } of was) {
        if (!wants.some((step) => step.key === key))
          await this.#tx.endMove(key, key === settled ? 'done' : 'cancelled');
      }
      for (const step of wants) {
        if (!was.some(({ key }) => key === step.key))
          await this.#tx.enqueue(draftOf(stream, state, step, this.#policy, this.#meta.time));
      }
    }
  }
}

/** The durable intent of a wanted step. */
export function draftOf(
  stream: string,
  state: State,
  step: ReturnType<typeof stepsOf>[number],
  policy: Policy,
  now: string,
): MoveDraft {
  const { key, kind, partition, recovery, input, deadlineMs, notBefore } = moveOf(
    stream,
    state,
    step,
    policy,
  );
  return { key, stream, kind, partition, recovery, input, deadlineMs, notBefore: notBefore ?? now };
}
