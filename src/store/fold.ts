import { canonicalJson } from '../lib/canonical.ts';
import type { LogProblem, Projection, StoredEvent } from './event-store.ts';
import { type Problems, quoted } from './problems.ts';
import type { StateText } from './tx-buffer.ts';
import type { Upcasters } from './upcast.ts';

/** Everything derived from the log, as canonical JSON texts. */
export interface Derived {
  states: Map<string, StateText>;
  /** By {@link viewId}. */
  views: Map<string, string>;
  timers: Map<string, string>;
}

/** One key for kind and key together: neither can hold a control character. */
export function viewId(kind: string, key: string): string {
  return `${kind}\0${key}`;
}

export function splitViewId(id: string): [kind: string, key: string] {
  const at = id.indexOf('\0');
  return [id.slice(0, at), id.slice(at + 1)];
}

/**
 * Folds the whole log in memory. Views and timers come from each stream's final state, streams in
 * the order of their last event, because that is the order in which live commits wrote them; so a
 * projection must return `row: null` for a view row that it no longer shows.
 */
export class Fold {
  readonly #projection: Projection;
  readonly #upcasters: Upcasters;
  readonly #streams = new Map<string, { state: unknown; version: number; seq: number }>();

  constructor(projection: Projection, upcasters: Upcasters) {
    this.#projection = projection;
    this.#upcasters = upcasters;
  }

  add(stored: StoredEvent): void {
    const { stream, version, seq } = stored;
    const before = this.#streams.get(stream)?.state;
    const state = this.#projection.evolve(stream, before, this.#upcasters.apply(stored));
    // Deleted first, so that the map's order is the order of last events.
    this.#streams.delete(stream);
    this.#streams.set(stream, { state, version, seq });
  }

  derived(): Derived {
    const result: Derived = { states: new Map(), views: new Map(), timers: new Map() };
    for (const [stream, { state, version }] of this.#streams) {
      if (state === undefined) continue;
      result.states.set(stream, { version, text: canonicalJson(state) });
      for (const { kind, key, row } of this.#projection.views(stream, state)) {
        if (row === null) result.views.delete(viewId(kind, key));
        else result.views.set(viewId(kind, key), canonicalJson(row));
      }
      const at = this.#projection.timer(stream, state);
      if (at !== null) result.timers.set(stream, at);
    }
    return result;
  }

  /** Seq of the stream's last event, null for a stream that is not in the log. */
  lastSeq(stream: string): number | null {
    return this.#streams.get(stream)?.seq ?? null;
  }
}

/** Adds one problem per derived row that differs from what the log gives. */
export function compareDerived(fold: Fold, stored: Derived, problems: Problems): void {
  const truth = fold.derived();
  const kind: LogProblem['kind'] = 'view-differs';
  const logEnd = (stream: string): string => {
    const seq = fold.lastSeq(stream);
    return seq === null ? 'which has no event in the log' : `whose last event is ${seq}`;
  };
  for (const stream of keysOf(truth.states, stored.states)) {
    const [a, b] = [truth.states.get(stream), stored.states.get(stream)];
    if (a?.version === b?.version && a?.text === b?.text) continue;
    problems.add(
      kind,
      fold.lastSeq(stream),
      `The state of stream ${quoted(stream)}, ${logEnd(stream)}, ${differs(a, b)}.`,
    );
  }
  for (const id of keysOf(truth.views, stored.views)) {
    const [a, b] = [truth.views.get(id), stored.views.get(id)];
    if (a === b) continue;
    const [view, key] = splitViewId(id);
    problems.add(kind, null, `The view row ${quoted(view)} ${quoted(key)} ${differs(a, b)}.`);
  }
  for (const stream of keysOf(truth.timers, stored.timers)) {
    const [a, b] = [truth.timers.get(stream), stored.timers.get(stream)];
    if (a === b) continue;
    problems.add(
      kind,
      fold.lastSeq(stream),
      `The timer of stream ${quoted(stream)}, ${logEnd(stream)}, ${differs(a, b)}.`,
    );
  }
}

function keysOf(a: Map<string, unknown>, b: Map<string, unknown>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].sort();
}

function differs(truth: unknown, stored: unknown): string {
  if (stored === undefined) return 'is missing: a rebuild makes it anew';
  if (truth === undefined) return 'does not follow from the log: a rebuild removes it';
  return 'is not what the log gives: a rebuild corrects it';
}
