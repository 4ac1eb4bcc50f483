/**
 * What can go wrong between a client and GitHub, by matcher and count. The first armed fault that
 * matches a request is used up by it.
 */
import type { Entry } from './journal.ts';
import type { World } from './world.ts';

export interface Match {
  method?: string;
  /** The path without query, or a part of it as a RegExp. */
  path?: string | RegExp;
  surface?: Entry['surface'];
  kind?: Entry['kind'];
  /** A field of the GraphQL operation, or a ref of the push. */
  operation?: string;
  /** Anything else; the query is in `path`. */
  when?: (entry: Entry) => boolean;
}

export type Fault =
  /** Answers with a status. `after`: the effect happens first, so the reply is what is lost. */
  | {
      kind: 'status';
      status: number;
      after?: boolean;
      body?: unknown;
      headers?: Record<string, string>;
    }
  /** Cuts the connection before or after the effect. */
  | { kind: 'reset'; after?: boolean }
  /** Waits for {@link Armed.release} before or after the effect. */
  | { kind: 'hold'; after?: boolean }
  /** Performs the request twice, as a retrying proxy does; the second answer is sent. */
  | { kind: 'repeat' }
  /** Nothing left until `resetIn` milliseconds from now, from this request on. */
  | { kind: 'primary-limit'; resetIn: number; status?: 403 | 429 }
  | { kind: 'secondary-limit'; status?: 403 | 429; retryAfter?: number }
  /** Answers a read from what was true when the fault was armed. */
  | { kind: 'stale' }
  /** Broken bodies of an answer whose effect happened. */
  | { kind: 'malformed' }
  | { kind: 'truncated' }
  | { kind: 'html'; status?: number }
  /** Runs something before the effect, or between the effect and the answer. */
  | { kind: 'call'; after?: boolean; run: () => void | Promise<void> }
  /** A push of which only the first half of the pack arrives. */
  | { kind: 'cut' };

export interface Armed {
  /** Resolves when a request first meets the fault (at a hold: when it waits there). */
  readonly met: Promise<Entry>;
  /** Requests that met it so far. */
  readonly count: number;
  /** Lets everything held go on, now and later. */
  release(): void;
  disarm(): void;
}

export interface Meeting {
  fault: Fault;
  meet(): void;
  released: Promise<void>;
  snapshot: World | null;
}

interface Slot {
  match: Match;
  fault: Fault;
  left: number;
  skip: number;
  count: number;
  snapshot: World | null;
  meet(entry: Entry): void;
  release(): void;
  released: Promise<void>;
}

function fits(match: Match, entry: Entry): boolean {
  const path = entry.path.split('?')[0] ?? '';
  return (
    (match.method === undefined || match.method === entry.method) &&
    (match.surface === undefined || match.surface === entry.surface) &&
    (match.kind === undefined || match.kind === entry.kind) &&
    (match.operation === undefined || entry.operation.includes(match.operation)) &&
    (match.path === undefined ||
      (typeof match.path === 'string' ? match.path === path : match.path.test(path))) &&
    (match.when === undefined || match.when(entry))
  );
}

export class Faults {
  readonly #slots: Slot[] = [];
  readonly #snapshot: () => World;

  constructor(snapshot: () => World) {
    this.#snapshot = snapshot;
  }

  /** Arms a fault for the next `times` matching requests (default 1) after `skip` good ones. */
  add(match: Match, fault: Fault, options: { times?: number; skip?: number } = {}): Armed {
    let meet: (entry: Entry) => void = () => {};
    let release = () => {};
    const met = new Promise<Entry>((resolve) => {
      meet = resolve;
    });
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const snapshot = fault.kind === 'stale' ? this.#snapshot() : null;
    const slot: Slot = {
      match,
      fault,
      left: options.times ?? 1,
      skip: options.skip ?? 0,
      count: 0,
      snapshot,
      meet,
      release,
      released,
    };
    this.#slots.push(slot);
    return {
      met,
      get count() {
        return slot.count;
      },
      release,
      disarm: () => {
        slot.left = 0;
        release();
      },
    };
  }

  /** The fault this request meets, which is thereby used up. */
  take(entry: Entry): Meeting | null {
    const fitting = this.#slots.filter((slot) => slot.left > 0 && fits(slot.match, entry));
    for (const slot of fitting) {
      if (slot.skip > 0) {
        slot.skip -= 1;
        continue;
      }
      slot.left -= 1;
      slot.count += 1;
      const { fault, released, snapshot } = slot;
      return { fault, meet: () => slot.meet(entry), released, snapshot };
    }
    return null;
  }

  clear(): void {
    for (const slot of this.#slots) {
      slot.left = 0;
      slot.release();
    }
  }
}
