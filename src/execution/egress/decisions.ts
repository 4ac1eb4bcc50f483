import { closeSync, openSync, writeSync } from 'node:fs';
import type { EgressRecord, Target } from '../../control/egress.ts';
import { printable } from '../../lib/escape.ts';

/** Lines in a run's log; a coder that asks more often is told by one last line. */
const MAX_LINES = 2000;
/** Different targets in the evidence. */
const MAX_RECORDS = 100;
const MAX_TEXT = 200;

/** Stands in the evidence for what was no host name: the coder's own words do not get there. */
const UNREADABLE = '(unreadable)';
const OTHERS = '(others)';

export interface Decision {
  kind: 'connect' | 'api' | 'malformed';
  /** As the coder wrote it; escaped and cut in the log. */
  asked: string;
  target: Target | null;
  /** null: it was let through. */
  refused: string | null;
}

/**
 * What a run asked to reach and what was decided: a line each in a file, and sums for the evidence.
 * Written at once, so that a crash of the daemon does not lose what was decided before.
 */
export class Decisions {
  readonly #file: number;
  readonly #records = new Map<string, EgressRecord>();
  readonly #now: () => number;
  #lines = 0;
  #open = true;

  /** @param path host file, outside everything that the run can write */
  constructor(path: string, now: () => number) {
    this.#file = openSync(path, 'a', 0o600);
    this.#now = now;
  }

  /** @returns the record that later bytes are added to */
  add(decision: Decision): EgressRecord {
    const { kind, asked, target, refused } = decision;
    this.#write({
      at: new Date(this.#now()).toISOString(),
      kind,
      asked: printable(asked, MAX_TEXT),
      ...(refused === null ? { allowed: true } : { allowed: false, reason: refused }),
    });
    const allowed = refused === null;
    const host = target?.host ?? UNREADABLE;
    const port = target?.port ?? null;
    return this.#record(host, port, allowed);
  }

  #record(host: string, port: number | null, allowed: boolean): EgressRecord {
    const key = `${allowed} ${host} ${port}`;
    const known = this.#records.get(key);
    if (known !== undefined) return known;
    // What was allowed is on the operator's list, so only what was refused can be without end.
    if (!allowed && this.#records.size >= MAX_RECORDS && host !== OTHERS) {
      return this.#record(OTHERS, null, false);
    }
    const record: EgressRecord = { host, port, allowed, bytes: 0 };
    this.#records.set(key, record);
    return record;
  }

  #write(line: object): void {
    if (!this.#open || this.#lines > MAX_LINES) return;
    this.#lines += 1;
    const text = this.#lines > MAX_LINES ? { more: 'further decisions are not in this log' } : line;
    try {
      writeSync(this.#file, `${JSON.stringify(text)}\n`);
    } catch {
      // A full disk must not open the proxy nor end the run; the sums are kept all the same.
    }
  }

  records(): EgressRecord[] {
    return [...this.#records.values()].map((record) => ({ ...record }));
  }

  close(): void {
    if (this.#open) closeSync(this.#file);
    this.#open = false;
  }
}
