import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach } from 'vitest';
import type {
  EventDraft,
  EventMeta,
  EventStore,
  Projection,
  StoredEvent,
} from '../../src/store/event-store.ts';
import { loadOrCreateKey, type SigningKey } from '../../src/store/signer.ts';
import { openSqliteStore, type StoreOptions } from '../../src/store/sqlite/store.ts';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanUps.splice(0).reverse()) await clean();
});

/** Runs after the test, last registered first. */
export function later(clean: () => unknown): void {
  cleanUps.push(clean);
}

/** A folder that is gone after the test. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aedev-store-'));
  later(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Log {
  path: string;
  signer: SigningKey;
  reports: string[];
  open(options?: Partial<StoreOptions>): EventStore;
}

/** Where a SQLite log lives, and how to open it. */
export function logIn(folder: string, name = 'aedev.db'): Log {
  const path = join(folder, name);
  const signer = loadOrCreateKey(join(folder, 'keys', 'log.pem'));
  const reports: string[] = [];
  const open = (options: Partial<StoreOptions> = {}): EventStore => {
    const report = (sentence: string): void => void reports.push(sentence);
    const store = openSqliteStore({ path, signer, report, ...options });
    later(() => store.close().catch(() => undefined));
    return store;
  };
  return { path, signer, reports, open };
}

export const TIME = '2026-01-02T03:04:05.678Z';

export function meta(causation = 'c-1'): EventMeta {
  return { time: TIME, actor: 'operator:ada', causation };
}

export function draft(stream: string, amount: number, more: Partial<EventDraft> = {}): EventDraft {
  return { stream, type: 'counted', schema: 1, data: { amount }, ...more };
}

/** Appends and keeps state, view and timer up to date, as the engine does. */
export async function add(store: EventStore, stream: string, amount: number): Promise<StoredEvent> {
  return store.transact(async (tx) => {
    const before = await tx.state(stream);
    const version = before?.version ?? 0;
    const [event] = await tx.append(
      version,
      [draft(stream, amount)],
      meta(`c-${stream}-${version}`),
    );
    if (!event) throw new Error('nothing was appended');
    const state = projection.evolve(stream, before?.state, event);
    await tx.putState({ stream, version: event.version, state });
    for (const row of projection.views(stream, state)) await tx.putView(row);
    await tx.putTimer(stream, projection.timer(stream, state));
    return event;
  });
}

interface Sum {
  sum: number;
  count: number;
}

/** Sums amounts; even sums are shown, sums of three or more have a timer. */
export const projection: Projection = {
  evolve(_stream, state, event) {
    const { sum, count } = (state ?? { sum: 0, count: 0 }) as Sum;
    return { sum: sum + ((event.data as { amount?: number }).amount ?? 0), count: count + 1 };
  },
  views(stream, state) {
    const { sum } = state as Sum;
    return [
      { kind: 'sums', key: stream, row: { sum } },
      { kind: 'even', key: stream, row: sum % 2 === 0 ? { stream } : null },
    ];
  },
  timer: (_stream, state) => ((state as Sum).sum >= 3 ? TIME : null),
};

/** Runs SQL on the file behind the store's back. */
export function tamper(path: string, ...sql: string[]): void {
  const db = new Database(path, { timeout: 5000 });
  try {
    for (const one of sql) db.exec(one);
  } finally {
    db.close();
  }
}

export const DROP_TRIGGERS =
  'DROP TRIGGER events_no_update; DROP TRIGGER events_no_delete; DROP TRIGGER events_in_order';

/** The file's own SQL for its triggers, to put them back after tampering. */
export function withoutTriggers(path: string, ...sql: string[]): void {
  const db = new Database(path, { timeout: 5000 });
  try {
    const triggers = db.prepare("SELECT sql FROM sqlite_schema WHERE type = 'trigger'").all() as {
      sql: string;
    }[];
    db.exec(DROP_TRIGGERS);
    for (const one of sql) db.exec(one);
    for (const trigger of triggers) db.exec(trigger.sql);
  } finally {
    db.close();
  }
}

export async function kinds(store: EventStore, withProjection = false): Promise<string[]> {
  const problems = await store.verify(withProjection ? projection : undefined);
  return [...new Set(problems.map((problem) => problem.kind))].sort();
}
